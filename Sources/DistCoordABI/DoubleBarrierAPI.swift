// include/distcoord/double_barrier.h

public import CDistCoord
import DistCoordCore

/// Options of a double barrier as C holds them.
final class DoubleBarrierOptionsBox {
    var lease: Int64 = 10_000
    var shrinks = false
}

/// A party of a double barrier as C holds it.
final class DoubleBarrierBox {
    let barrier: DoubleBarrierHandle

    init(_ barrier: DoubleBarrierHandle) {
        self.barrier = barrier
    }

    deinit {
        barrier.dispose()
    }
}

@implementation @_cdecl("distcoord_double_barrier_options_new")
public func distcoord_double_barrier_options_new() -> OpaquePointer! {
    HandleBox.make(DoubleBarrierOptionsBox())
}

@implementation @_cdecl("distcoord_double_barrier_options_free")
public func distcoord_double_barrier_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: DoubleBarrierOptionsBox.self)
}

@implementation @_cdecl("distcoord_double_barrier_options_set_lease_ms")
public func distcoord_double_barrier_options_set_lease_ms(
    _ options: OpaquePointer!, _ lease_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: DoubleBarrierOptionsBox = try require(options, "options")
        try LeaseLength.check(lease_ms)
        box.lease = lease_ms
    }
}

@implementation @_cdecl("distcoord_double_barrier_options_set_on_death")
public func distcoord_double_barrier_options_set_on_death(
    _ options: OpaquePointer!, _ on_death: Int32
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: DoubleBarrierOptionsBox = try require(options, "options")
        let (first, last) = (Int32(DISTCOORD_ON_DEATH_BREAK), Int32(DISTCOORD_ON_DEATH_SHRINK))
        box.shrinks = try inRange(on_death, first...last, "on_death") == last
    }
}

@implementation @_cdecl("distcoord_double_barrier_open")
public func distcoord_double_barrier_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ parties: Int64, _ options: OpaquePointer!,
    _ out_barrier: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_barrier, "out_barrier")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: DoubleBarrierOptionsBox.self) ?? DoubleBarrierOptionsBox()
        let barrier = try DoubleBarrierHandle(
            client: box.client, name: try text(name, "name"), parties: parties, lease: chosen.lease,
            shrinks: chosen.shrinks)
        out.pointee = HandleBox.make(DoubleBarrierBox(barrier))
        return .ok
    }
}

@implementation @_cdecl("distcoord_double_barrier_enter")
public func distcoord_double_barrier_enter(
    _ barrier: OpaquePointer!, _ wait_ms: Int64, _ out_index: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: DoubleBarrierBox = try require(barrier, "barrier")
        let (status, index) = try box.barrier.enter(milliseconds: wait_ms)
        if let index { out_index?.pointee = index }
        return status
    }
}

@implementation @_cdecl("distcoord_double_barrier_leave")
public func distcoord_double_barrier_leave(
    _ barrier: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: DoubleBarrierBox = try require(barrier, "barrier")
        return try box.barrier.leave(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_double_barrier_abort")
public func distcoord_double_barrier_abort(
    _ barrier: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: DoubleBarrierBox = try require(barrier, "barrier")
        try box.barrier.abort()
        return .ok
    }
}

@implementation @_cdecl("distcoord_double_barrier_inspect")
public func distcoord_double_barrier_inspect(
    _ barrier: OpaquePointer!, _ out_inside: UnsafeMutablePointer<Int64>!, _ out_left: UnsafeMutablePointer<Int64>!,
    _ out_parties: UnsafeMutablePointer<Int64>!, _ out_round: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: DoubleBarrierBox = try require(barrier, "barrier")
        let snapshot = try box.barrier.inspect()
        out_inside?.pointee = snapshot.inside
        out_left?.pointee = snapshot.left
        out_parties?.pointee = snapshot.parties
        out_round?.pointee = snapshot.round
        return .ok
    }
}

@implementation @_cdecl("distcoord_double_barrier_state")
public func distcoord_double_barrier_state(_ barrier: OpaquePointer!) -> Int32 {
    HandleBox.borrow(barrier, as: DoubleBarrierBox.self)?.barrier.state.rawValue ?? 0
}

@implementation @_cdecl("distcoord_double_barrier_event_fd")
public func distcoord_double_barrier_event_fd(_ barrier: OpaquePointer!) -> Int32 {
    HandleBox.borrow(barrier, as: DoubleBarrierBox.self)?.barrier.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_double_barrier_cancel")
public func distcoord_double_barrier_cancel(_ barrier: OpaquePointer!) {
    HandleBox.borrow(barrier, as: DoubleBarrierBox.self)?.barrier.cancelWaits()
}

@implementation @_cdecl("distcoord_double_barrier_free")
public func distcoord_double_barrier_free(_ barrier: OpaquePointer!) {
    _ = HandleBox.consume(barrier, as: DoubleBarrierBox.self)
}
