// include/distcoord/semaphore.h

public import CDistCoord
import DistCoordCore

/// A semaphore as C holds it.
final class SemaphoreBox {
    let semaphore: Semaphore

    init(_ semaphore: Semaphore) {
        self.semaphore = semaphore
    }

    deinit {
        semaphore.cancelWaits()
    }
}

/// Runs the body of an entry point that acquires a hold, and hands the hold to C as a lock handle.
func acquireHold(
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ argument: StaticString, _ error: ErrorOut?,
    _ body: () throws(CoordinationError) -> (Status, (any LockForm)?)
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out, argument)
        out.pointee = nil
        let (status, hold) = try body()
        if let hold { out.pointee = HandleBox.make(LockBox(hold)) }
        return status
    }
}

@implementation @_cdecl("distcoord_semaphore_open")
public func distcoord_semaphore_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ permits: Int64, _ options: OpaquePointer!,
    _ out_semaphore: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_semaphore, "out_semaphore")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: LockOptionsBox.self)?.options ?? LockOptions()
        let semaphore = try Semaphore(
            client: box.client, name: try text(name, "name"), permits: permits, options: chosen)
        out.pointee = HandleBox.make(SemaphoreBox(semaphore))
        return .ok
    }
}

@implementation @_cdecl("distcoord_semaphore_acquire")
public func distcoord_semaphore_acquire(
    _ semaphore: OpaquePointer!, _ count: Int64, _ wait_ms: Int64,
    _ out_permit: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    acquireHold(out_permit, "out_permit", error) { () throws(CoordinationError) in
        let box: SemaphoreBox = try require(semaphore, "semaphore")
        let wait = wait_ms == .min ? box.semaphore.defaultWait : wait_ms
        return try box.semaphore.acquire(count, milliseconds: wait)
    }
}

@implementation @_cdecl("distcoord_semaphore_resize")
public func distcoord_semaphore_resize(
    _ semaphore: OpaquePointer!, _ permits: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: SemaphoreBox = try require(semaphore, "semaphore")
        try box.semaphore.resize(permits)
        return .ok
    }
}

@implementation @_cdecl("distcoord_semaphore_inspect")
public func distcoord_semaphore_inspect(
    _ semaphore: OpaquePointer!, _ out_permits: UnsafeMutablePointer<Int64>!, _ out_used: UnsafeMutablePointer<Int64>!,
    _ out_waiters: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: SemaphoreBox = try require(semaphore, "semaphore")
        let snapshot = try box.semaphore.inspect()
        out_permits?.pointee = snapshot.permits
        out_used?.pointee = snapshot.used
        out_waiters?.pointee = snapshot.waiters
        return .ok
    }
}

@implementation @_cdecl("distcoord_semaphore_cancel")
public func distcoord_semaphore_cancel(_ semaphore: OpaquePointer!) {
    HandleBox.borrow(semaphore, as: SemaphoreBox.self)?.semaphore.cancelWaits()
}

@implementation @_cdecl("distcoord_semaphore_free")
public func distcoord_semaphore_free(_ semaphore: OpaquePointer!) {
    _ = HandleBox.consume(semaphore, as: SemaphoreBox.self)
}
