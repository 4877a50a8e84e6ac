// include/distcoord/membership.h

public import CDistCoord
import DistCoordCore

/// Options of a membership as C holds them.
final class MembershipOptionsBox {
    var lease: Int64 = 10_000
    var id: String?
    var value: String?
}

/// A handle on a group as C holds it.
final class MembershipBox {
    let membership: MembershipHandle
    let id: CText

    init(_ membership: MembershipHandle) {
        self.membership = membership
        id = CText(membership.id)
    }

    deinit {
        membership.dispose()
    }
}

/// A member as C sees it.
final class MemberTexts {
    let member: GroupMember
    let id: CText
    let value: CText
    let label: CText

    init(_ member: GroupMember) {
        self.member = member
        id = CText(member.id)
        value = CText(member.value)
        label = CText(member.label)
    }
}

@implementation @_cdecl("distcoord_membership_options_new")
public func distcoord_membership_options_new() -> OpaquePointer! {
    HandleBox.make(MembershipOptionsBox())
}

@implementation @_cdecl("distcoord_membership_options_free")
public func distcoord_membership_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: MembershipOptionsBox.self)
}

@implementation @_cdecl("distcoord_membership_options_set_lease_ms")
public func distcoord_membership_options_set_lease_ms(
    _ options: OpaquePointer!, _ lease_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: MembershipOptionsBox = try require(options, "options")
        try LeaseLength.check(lease_ms)
        box.lease = lease_ms
    }
}

@implementation @_cdecl("distcoord_membership_options_set_id")
public func distcoord_membership_options_set_id(
    _ options: OpaquePointer!, _ id: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: MembershipOptionsBox = try require(options, "options")
        let id = try text(id, "id")
        try MembershipHandle.check(id: id)
        box.id = id
    }
}

@implementation @_cdecl("distcoord_membership_options_set_value")
public func distcoord_membership_options_set_value(
    _ options: OpaquePointer!, _ value: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: MembershipOptionsBox = try require(options, "options")
        let value = try text(value, "value")
        try MembershipHandle.check(value: value)
        box.value = value
    }
}

@implementation @_cdecl("distcoord_membership_open")
public func distcoord_membership_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_membership: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_membership, "out_membership")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: MembershipOptionsBox.self) ?? MembershipOptionsBox()
        let membership = try MembershipHandle(
            client: box.client, name: try text(name, "name"), lease: chosen.lease, id: chosen.id, value: chosen.value)
        out.pointee = HandleBox.make(MembershipBox(membership))
        return .ok
    }
}

@implementation @_cdecl("distcoord_membership_join")
public func distcoord_membership_join(
    _ membership: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: MembershipBox = try require(membership, "membership")
        return try box.membership.join()
    }
}

@implementation @_cdecl("distcoord_membership_leave")
public func distcoord_membership_leave(
    _ membership: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: MembershipBox = try require(membership, "membership")
        return try box.membership.leave()
    }
}

@implementation @_cdecl("distcoord_membership_set_value")
public func distcoord_membership_set_value(
    _ membership: OpaquePointer!, _ value: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: MembershipBox = try require(membership, "membership")
        return try box.membership.setValue(try text(value, "value"))
    }
}

@implementation @_cdecl("distcoord_membership_id")
public func distcoord_membership_id(_ membership: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(membership, as: MembershipBox.self)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_membership_state")
public func distcoord_membership_state(_ membership: OpaquePointer!) -> Int32 {
    HandleBox.borrow(membership, as: MembershipBox.self)?.membership.state.rawValue ?? 0
}

@implementation @_cdecl("distcoord_membership_wait_lost")
public func distcoord_membership_wait_lost(_ membership: OpaquePointer!, _ wait_ms: Int64) -> distcoord_status {
    attempt(nil) { () throws(CoordinationError) in
        let box: MembershipBox = try require(membership, "membership")
        return try box.membership.waitLost(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_membership_event_fd")
public func distcoord_membership_event_fd(_ membership: OpaquePointer!) -> Int32 {
    HandleBox.borrow(membership, as: MembershipBox.self)?.membership.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_membership_cancel")
public func distcoord_membership_cancel(_ membership: OpaquePointer!) {
    HandleBox.borrow(membership, as: MembershipBox.self)?.membership.cancelWaits()
}

@implementation @_cdecl("distcoord_membership_free")
public func distcoord_membership_free(_ membership: OpaquePointer!) {
    _ = HandleBox.consume(membership, as: MembershipBox.self)
}
