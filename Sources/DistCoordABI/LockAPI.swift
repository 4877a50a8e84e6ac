// include/distcoord/lock.h

public import CDistCoord
import DistCoordCore

/// Whatever is held under a `distcoord_lock`, as C holds it.
final class LockBox {
    let lock: any LockForm

    init(_ lock: any LockForm) {
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
    let owner: CText
    let line: [CText]

    init(_ snapshot: ExclusiveSnapshot) {
        self.snapshot = snapshot
        label = CText(snapshot.label)
        value = CText(snapshot.value)
        owner = CText(snapshot.owner)
        line = snapshot.line.map { CText($0) }
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
        let lock = try Locks.open(box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(LockBox(lock))
        return .ok
    }
}

@implementation @_cdecl("distcoord_lock_open_many")
public func distcoord_lock_open_many(
    _ client: OpaquePointer!, _ names: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int, _ options: OpaquePointer!,
    _ out_lock: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_lock, "out_lock")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: LockOptionsBox.self)?.options ?? LockOptions()
        let names = try texts(names, count, limit: Locks.mostNames, "names")
        out.pointee = HandleBox.make(LockBox(try Locks.open(box.client, names: names, options: chosen)))
        return .ok
    }
}

@implementation @_cdecl("distcoord_lock_acquire")
public func distcoord_lock_acquire(
    _ lock: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.acquire(milliseconds: wait_ms == .min ? box.lock.defaultWait : wait_ms)
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

@implementation @_cdecl("distcoord_lock_adopt")
public func distcoord_lock_adopt(
    _ lock: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.adopt()
    }
}

@implementation @_cdecl("distcoord_lock_detach")
public func distcoord_lock_detach(
    _ lock: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.detach()
    }
}

@implementation @_cdecl("distcoord_lock_break")
public func distcoord_lock_break(
    _ lock: OpaquePointer!, _ fence: UInt64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LockBox = try require(lock, "lock")
        return try box.lock.breakHold(fence: fence)
    }
}

@implementation @_cdecl("distcoord_lock_depth")
public func distcoord_lock_depth(_ lock: OpaquePointer!) -> Int64 {
    Int64(HandleBox.borrow(lock, as: LockBox.self)?.lock.depth ?? 0)
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

@implementation @_cdecl("distcoord_lock_info_owner")
public func distcoord_lock_info_owner(_ info: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(info, as: SnapshotBox.self)?.owner.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_lock_info_waiter")
public func distcoord_lock_info_waiter(_ info: OpaquePointer!, _ place: Int) -> UnsafePointer<CChar>! {
    guard let line = HandleBox.borrow(info, as: SnapshotBox.self)?.line, line.indices.contains(place) else {
        return nil
    }
    return line[place].pointer
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
