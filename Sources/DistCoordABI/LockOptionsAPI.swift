// Options of include/distcoord/lock.h

public import CDistCoord
import DistCoordCore

/// Options of a lock as C holds them.
final class LockOptionsBox {
    var options = LockOptions()
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

@implementation @_cdecl("distcoord_lock_options_set_wait_ms")
public func distcoord_lock_options_set_wait_ms(_ options: OpaquePointer!, _ wait_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        box.options.wait = wait_ms
    }
}

@implementation @_cdecl("distcoord_lock_options_set_reentrant")
public func distcoord_lock_options_set_reentrant(_ options: OpaquePointer!, _ reentrant: Bool) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        box.options.isReentrant = reentrant
    }
}

@implementation @_cdecl("distcoord_lock_options_set_fair")
public func distcoord_lock_options_set_fair(_ options: OpaquePointer!, _ fair: Bool) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        box.options.isFair = fair
    }
}

@implementation @_cdecl("distcoord_lock_options_set_tracing")
public func distcoord_lock_options_set_tracing(_ options: OpaquePointer!, _ tracing: Bool) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        box.options.traces = tracing
    }
}

@implementation @_cdecl("distcoord_lock_options_set_owner")
public func distcoord_lock_options_set_owner(
    _ options: OpaquePointer!, _ owner: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        guard let owner else {
            box.options.owner = nil
            return
        }
        let id = try text(owner, "owner")
        try LockOptions.check(owner: id)
        box.options.owner = id
    }
}

@implementation @_cdecl("distcoord_lock_options_set_linger_ms")
public func distcoord_lock_options_set_linger_ms(_ options: OpaquePointer!, _ linger_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: LockOptionsBox = try require(options, "options")
        box.options.linger = try inRange(linger_ms, 0...LockOptions.longestLinger, "linger_ms")
    }
}
