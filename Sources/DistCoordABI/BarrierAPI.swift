// include/distcoord/barrier.h

public import CDistCoord
import DistCoordCore

/// A barrier as C holds it.
final class BarrierBox {
    let barrier: BarrierHandle

    init(_ barrier: BarrierHandle) {
        self.barrier = barrier
    }

    deinit {
        barrier.cancelWaits()
    }
}

@implementation @_cdecl("distcoord_barrier_open")
public func distcoord_barrier_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ parties: Int64,
    _ out_barrier: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_barrier, "out_barrier")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let barrier = try BarrierHandle(client: box.client, name: try text(name, "name"), parties: parties)
        out.pointee = HandleBox.make(BarrierBox(barrier))
        return .ok
    }
}

@implementation @_cdecl("distcoord_barrier_wait")
public func distcoord_barrier_wait(
    _ barrier: OpaquePointer!, _ wait_ms: Int64, _ out_index: UnsafeMutablePointer<Int64>!,
    _ out_generation: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: BarrierBox = try require(barrier, "barrier")
        let (status, arrival) = try box.barrier.wait(milliseconds: wait_ms)
        if let arrival {
            out_index?.pointee = arrival.index
            out_generation?.pointee = arrival.generation
        }
        return status
    }
}

@implementation @_cdecl("distcoord_barrier_wait_acting")
public func distcoord_barrier_wait_acting(
    _ barrier: OpaquePointer!, _ wait_ms: Int64, _ action: distcoord_barrier_action!,
    _ context: UnsafeMutableRawPointer!, _ out_index: UnsafeMutablePointer<Int64>!,
    _ out_generation: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: BarrierBox = try require(barrier, "barrier")
        let act = action.map { action in { action(context) == 0 } }
        let (status, arrival) = try box.barrier.wait(milliseconds: wait_ms, action: act)
        if let arrival {
            out_index?.pointee = arrival.index
            out_generation?.pointee = arrival.generation
        }
        return status
    }
}

@implementation @_cdecl("distcoord_barrier_abort")
public func distcoord_barrier_abort(
    _ barrier: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: BarrierBox = try require(barrier, "barrier")
        try box.barrier.abort()
        return .ok
    }
}

@implementation @_cdecl("distcoord_barrier_reset")
public func distcoord_barrier_reset(
    _ barrier: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: BarrierBox = try require(barrier, "barrier")
        try box.barrier.reset()
        return .ok
    }
}

@implementation @_cdecl("distcoord_barrier_inspect")
public func distcoord_barrier_inspect(
    _ barrier: OpaquePointer!, _ out_waiting: UnsafeMutablePointer<Int64>!,
    _ out_generation: UnsafeMutablePointer<Int64>!, _ out_broken: UnsafeMutablePointer<Bool>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: BarrierBox = try require(barrier, "barrier")
        let snapshot = try box.barrier.inspect()
        out_waiting?.pointee = snapshot.waiting
        out_generation?.pointee = snapshot.generation
        out_broken?.pointee = snapshot.isBroken
        return .ok
    }
}

@implementation @_cdecl("distcoord_barrier_parties")
public func distcoord_barrier_parties(_ barrier: OpaquePointer!) -> Int64 {
    HandleBox.borrow(barrier, as: BarrierBox.self)?.barrier.parties ?? 0
}

@implementation @_cdecl("distcoord_barrier_cancel")
public func distcoord_barrier_cancel(_ barrier: OpaquePointer!) {
    HandleBox.borrow(barrier, as: BarrierBox.self)?.barrier.cancelWaits()
}

@implementation @_cdecl("distcoord_barrier_free")
public func distcoord_barrier_free(_ barrier: OpaquePointer!) {
    _ = HandleBox.consume(barrier, as: BarrierBox.self)
}
