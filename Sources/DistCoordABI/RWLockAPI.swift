// include/distcoord/rwlock.h

public import CDistCoord
import DistCoordCore

/// A read-write lock as C holds it.
final class RWLockBox {
    let lock: ReadWriteLock

    init(_ lock: ReadWriteLock) {
        self.lock = lock
    }

    deinit {
        lock.cancelWaits()
    }
}

@implementation @_cdecl("distcoord_rwlock_open")
public func distcoord_rwlock_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_rwlock: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_rwlock, "out_rwlock")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: LockOptionsBox.self)?.options ?? LockOptions()
        let lock = try ReadWriteLock(client: box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(RWLockBox(lock))
        return .ok
    }
}

@implementation @_cdecl("distcoord_rwlock_read")
public func distcoord_rwlock_read(
    _ rwlock: OpaquePointer!, _ wait_ms: Int64, _ out_hold: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    acquireHold(out_hold, "out_hold", error) { () throws(CoordinationError) in
        let box: RWLockBox = try require(rwlock, "rwlock")
        return try box.lock.read(milliseconds: wait_ms == .min ? box.lock.defaultWait : wait_ms)
    }
}

@implementation @_cdecl("distcoord_rwlock_write")
public func distcoord_rwlock_write(
    _ rwlock: OpaquePointer!, _ wait_ms: Int64, _ out_hold: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    acquireHold(out_hold, "out_hold", error) { () throws(CoordinationError) in
        let box: RWLockBox = try require(rwlock, "rwlock")
        return try box.lock.write(milliseconds: wait_ms == .min ? box.lock.defaultWait : wait_ms)
    }
}

@implementation @_cdecl("distcoord_rwlock_downgrade")
public func distcoord_rwlock_downgrade(
    _ hold: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(hold, "hold")
        return try box.lock.downgrade()
    }
}

@implementation @_cdecl("distcoord_rwlock_inspect")
public func distcoord_rwlock_inspect(
    _ rwlock: OpaquePointer!, _ out_readers: UnsafeMutablePointer<Int64>!, _ out_writers: UnsafeMutablePointer<Int64>!,
    _ out_waiters: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: RWLockBox = try require(rwlock, "rwlock")
        let snapshot = try box.lock.inspect()
        out_readers?.pointee = snapshot.used
        out_writers?.pointee = snapshot.writers
        out_waiters?.pointee = snapshot.waiters
        return .ok
    }
}

@implementation @_cdecl("distcoord_rwlock_cancel")
public func distcoord_rwlock_cancel(_ rwlock: OpaquePointer!) {
    HandleBox.borrow(rwlock, as: RWLockBox.self)?.lock.cancelWaits()
}

@implementation @_cdecl("distcoord_rwlock_free")
public func distcoord_rwlock_free(_ rwlock: OpaquePointer!) {
    _ = HandleBox.consume(rwlock, as: RWLockBox.self)
}
