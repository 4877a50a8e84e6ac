// Lists and watches of include/distcoord/membership.h

public import CDistCoord
import DistCoordCore

/// A list of members as C holds it.
final class MemberListBox {
    private let members: [MemberTexts]

    init(_ members: [GroupMember]) {
        self.members = members.map { MemberTexts($0) }
    }

    var count: Int { members.count }

    func member(_ index: Int) -> MemberTexts? {
        members.indices.contains(index) ? members[index] : nil
    }
}

/// A change of a group as C holds it.
final class MemberChangeBox {
    let kind: MemberChange.Kind
    let member: MemberTexts

    init(_ change: MemberChange) {
        kind = change.kind
        member = MemberTexts(change.member)
    }
}

private func member(_ list: OpaquePointer?, _ index: Int) -> MemberTexts? {
    HandleBox.borrow(list, as: MemberListBox.self)?.member(index)
}

private func member(_ change: OpaquePointer?) -> MemberTexts? {
    HandleBox.borrow(change, as: MemberChangeBox.self)?.member
}

@implementation @_cdecl("distcoord_membership_list")
public func distcoord_membership_list(
    _ membership: OpaquePointer!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: MembershipBox = try require(membership, "membership")
        out.pointee = HandleBox.make(MemberListBox(try box.membership.members()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_member_list_count")
public func distcoord_member_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: MemberListBox.self)?.count ?? 0
}

@implementation @_cdecl("distcoord_member_list_id")
public func distcoord_member_list_id(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    member(list, index)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_member_list_value")
public func distcoord_member_list_value(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    member(list, index)?.value.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_member_list_label")
public func distcoord_member_list_label(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    member(list, index)?.label.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_member_list_since_ms")
public func distcoord_member_list_since_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    member(list, index)?.member.sinceMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_member_list_lease_left_ms")
public func distcoord_member_list_lease_left_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    member(list, index)?.member.leaseLeftMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_member_list_free")
public func distcoord_member_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: MemberListBox.self)
}

@implementation @_cdecl("distcoord_membership_watch")
public func distcoord_membership_watch(
    _ membership: OpaquePointer!, _ out_watch: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_watch, "out_watch")
        out.pointee = nil
        let box: MembershipBox = try require(membership, "membership")
        out.pointee = HandleBox.make(WatchBox(try box.membership.watch()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_membership_watch_next")
public func distcoord_membership_watch_next(
    _ watch: OpaquePointer!, _ wait_ms: Int64, _ out_change: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_change, "out_change")
        out.pointee = nil
        let watch: MembershipWatch = try requireWatch(watch, of: "a group")
        let (status, change) = try watch.next(milliseconds: wait_ms)
        if let change { out.pointee = HandleBox.make(MemberChangeBox(change)) }
        return status
    }
}

@implementation @_cdecl("distcoord_member_change_kind")
public func distcoord_member_change_kind(_ change: OpaquePointer!) -> Int32 {
    HandleBox.borrow(change, as: MemberChangeBox.self)?.kind.rawValue ?? -1
}

@implementation @_cdecl("distcoord_member_change_id")
public func distcoord_member_change_id(_ change: OpaquePointer!) -> UnsafePointer<CChar>! {
    member(change)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_member_change_value")
public func distcoord_member_change_value(_ change: OpaquePointer!) -> UnsafePointer<CChar>! {
    member(change)?.value.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_member_change_label")
public func distcoord_member_change_label(_ change: OpaquePointer!) -> UnsafePointer<CChar>! {
    member(change)?.label.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_member_change_free")
public func distcoord_member_change_free(_ change: OpaquePointer!) {
    _ = HandleBox.consume(change, as: MemberChangeBox.self)
}
