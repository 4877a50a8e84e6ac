// include/distcoord/latch.h

public import CDistCoord
import DistCoordCore

/// A latch as C holds it.
final class LatchBox {
    let latch: LatchHandle

    init(_ latch: LatchHandle) {
        self.latch = latch
    }

    deinit {
        latch.cancelWaits()
    }
}

@implementation @_cdecl("distcoord_latch_open")
public func distcoord_latch_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ count: Int64,
    _ out_latch: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_latch, "out_latch")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let latch = try LatchHandle(client: box.client, name: try text(name, "name"), count: count)
        out.pointee = HandleBox.make(LatchBox(latch))
        return .ok
    }
}

@implementation @_cdecl("distcoord_latch_count_down")
public func distcoord_latch_count_down(
    _ latch: OpaquePointer!, _ by: Int64, _ out_count: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LatchBox = try require(latch, "latch")
        guard let left = try box.latch.countDown(by: by) else { return .notFound }
        out_count?.pointee = left
        return .ok
    }
}

@implementation @_cdecl("distcoord_latch_wait")
public func distcoord_latch_wait(
    _ latch: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LatchBox = try require(latch, "latch")
        return try box.latch.wait(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_latch_count")
public func distcoord_latch_count(
    _ latch: OpaquePointer!, _ out_count: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_count, "out_count")
        let box: LatchBox = try require(latch, "latch")
        guard let count = try box.latch.presentCount() else { return .notFound }
        out.pointee = count
        return .ok
    }
}

@implementation @_cdecl("distcoord_latch_reset")
public func distcoord_latch_reset(
    _ latch: OpaquePointer!, _ count: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LatchBox = try require(latch, "latch")
        try box.latch.reset(to: count)
        return .ok
    }
}

@implementation @_cdecl("distcoord_latch_cancel")
public func distcoord_latch_cancel(_ latch: OpaquePointer!) {
    HandleBox.borrow(latch, as: LatchBox.self)?.latch.cancelWaits()
}

@implementation @_cdecl("distcoord_latch_free")
public func distcoord_latch_free(_ latch: OpaquePointer!) {
    _ = HandleBox.consume(latch, as: LatchBox.self)
}
