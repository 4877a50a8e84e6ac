// include/distcoord/lock.h

public import CDistCoord
import DistCoordCore

/// Options of a lock as C holds them.
final class LockOptionsBox {
    var options = LockOptions()
}

/// A lock as C holds it.
final class LockBox {
    let lock: ExclusiveHandle

    init(_ lock: ExclusiveHandle) {
        self.lock = lock
    }

    deinit {
        lock.dispose()
    }
}

/// A snapshot of a lock or a leadership as C holds it.
final class SnapshotBox {
    let snapshot: ExclusiveSnapshot
    let label: CText
    let value: CText

    init(_ snapshot: ExclusiveSnapshot) {
        self.snapshot = snapshot
        label = CText(snapshot.label)
        value = CText(snapshot.value)
    }
}

@implementation @_cdecl("distcoord_lock_options_new")
public func distcoord_lock_options_new() -> OpaquePointer! {
    HandleBox.make(LockOptionsBox())
}

@implementation @_cdecl("distcoord_lock_options_free")
public func distcoord_lock_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: LockOptionsBox.self)
}

@implementation @_cdecl("distcoord_lock_options_set_lease_ms")
public func distcoord_lock_options_set_lease_ms(_ options: OpaquePointer!, _ lease_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        try LeaseLength.check(lease_ms)
        box.options.lease = lease_ms
    }
}

@implementation @_cdecl("distcoord_lock_options_set_renew")
public func distcoord_lock_options_set_renew(_ options: OpaquePointer!, _ renew: Bool) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        box.options.renews = renew
    }
}

@implementation @_cdecl("distcoord_lock_open")
public func distcoord_lock_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_lock: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_lock, "out_lock")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: LockOptionsBox.self)?.options ?? LockOptions()
        let lock = try ExclusiveHandle(lockOf: box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(LockBox(lock))
        return .ok
    }
}

@implementation @_cdecl("distcoord_lock_acquire")
public func distcoord_lock_acquire(
    _ lock: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.acquire(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_lock_release")
public func distcoord_lock_release(
    _ lock: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.release()
    }
}

@implementation @_cdecl("distcoord_lock_extend")
public func distcoord_lock_extend(
    _ lock: OpaquePointer!, _ lease_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.extend(milliseconds: lease_ms)
    }
}

@implementation @_cdecl("distcoord_lock_state")
public func distcoord_lock_state(_ lock: OpaquePointer!) -> Int32 {
    HandleBox.borrow(lock, as: LockBox.self)?.lock.state.rawValue ?? 0
}

@implementation @_cdecl("distcoord_lock_fence")
public func distcoord_lock_fence(_ lock: OpaquePointer!) -> UInt64 {
    HandleBox.borrow(lock, as: LockBox.self)?.lock.fence ?? 0
}

@implementation @_cdecl("distcoord_lock_lease_left_ms")
public func distcoord_lock_lease_left_ms(_ lock: OpaquePointer!) -> Int64 {
    HandleBox.borrow(lock, as: LockBox.self)?.lock.leaseLeft ?? 0
}

@implementation @_cdecl("distcoord_lock_wait_lost")
public func distcoord_lock_wait_lost(_ lock: OpaquePointer!, _ wait_ms: Int64) -> distcoord_status {
    attempt(nil) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.waitLost(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_lock_event_fd")
public func distcoord_lock_event_fd(_ lock: OpaquePointer!) -> Int32 {
    HandleBox.borrow(lock, as: LockBox.self)?.lock.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_lock_cancel")
public func distcoord_lock_cancel(_ lock: OpaquePointer!) {
    HandleBox.borrow(lock, as: LockBox.self)?.lock.cancelWaits()
}

@implementation @_cdecl("distcoord_lock_inspect")
public func distcoord_lock_inspect(
    _ lock: OpaquePointer!, _ out_info: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let box: LockBox = try require(lock, "lock")
        guard let snapshot = try box.lock.inspect() else { return .empty }
        out.pointee = HandleBox.make(SnapshotBox(snapshot))
        return .ok
    }
}

@implementation @_cdecl("distcoord_lock_info_holder")
public func distcoord_lock_info_holder(_ info: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(info, as: SnapshotBox.self)?.label.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_lock_info_fence")
public func distcoord_lock_info_fence(_ info: OpaquePointer!) -> UInt64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.fence ?? 0
}

@implementation @_cdecl("distcoord_lock_info_held_ms")
public func distcoord_lock_info_held_ms(_ info: OpaquePointer!) -> Int64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.heldMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_lock_info_lease_left_ms")
public func distcoord_lock_info_lease_left_ms(_ info: OpaquePointer!) -> Int64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.leaseLeftMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_lock_info_waiters")
public func distcoord_lock_info_waiters(_ info: OpaquePointer!) -> Int64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.waiters ?? 0
}

@implementation @_cdecl("distcoord_lock_info_free")
public func distcoord_lock_info_free(_ info: OpaquePointer!) {
    _ = HandleBox.consume(info, as: SnapshotBox.self)
}

@implementation @_cdecl("distcoord_lock_free")
public func distcoord_lock_free(_ lock: OpaquePointer!) {
    _ = HandleBox.consume(lock, as: LockBox.self)
}
