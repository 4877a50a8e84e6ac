// A handle of the library on a group, of which it may be a member itself.

import CDistCoord

/// Owns a `distcoord_membership`.
package final class BlockingMembership: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    package let id: String
    private let client: BlockingClient

    package init(
        _ client: BlockingClient, _ name: String, _ options: MembershipOptions = MembershipOptions()
    ) throws(DistCoordError) {
        try requireWhole(name, "the group's name")
        let handle = try owned(distcoord_membership_options_new())
        defer { distcoord_membership_options_free(handle) }
        try options.apply(to: handle, of: "group '\(name)'")
        var membership: OpaquePointer?
        _ = try ask { distcoord_membership_open(client.pointer, name, handle, &membership, $0) }
        pointer = try owned(membership)
        self.name = name
        self.client = client
        id = text(distcoord_membership_id(pointer))
    }

    deinit { distcoord_membership_free(pointer) }

    /// "Exists" when another member has the id.
    package func join() throws(DistCoordError) -> Answer { try ask { distcoord_membership_join(pointer, $0) } }

    package func leave() throws(DistCoordError) -> Answer { try ask { distcoord_membership_leave(pointer, $0) } }

    /// "Lost" when its lease had ended; the value holds for the next time all the same.
    package func setValue(_ value: String) throws(DistCoordError) -> Answer {
        try requireWhole(value, "the member's value")
        return try ask { distcoord_membership_set_value(pointer, value, $0) }
    }

    package var state: Membership.State {
        switch Int(distcoord_membership_state(pointer)) {
        case DISTCOORD_MEMBER_JOINED: .joined
        case DISTCOORD_MEMBER_LOST: .lost
        default: .outside
        }
    }

    /// Readable while the state is lost; -1 when the process has no descriptor left. Valid as long as this object.
    package var lossDescriptor: Int32 { distcoord_membership_event_fd(pointer) }

    /// In order of joining.
    package func members() throws(DistCoordError) -> [Member] {
        var list: OpaquePointer?
        _ = try ask { distcoord_membership_list(pointer, &list, $0) }
        defer { distcoord_member_list_free(list) }
        return (0..<distcoord_member_list_count(list)).map { index in
            Member(
                id: text(distcoord_member_list_id(list, index)), value: text(distcoord_member_list_value(list, index)),
                label: text(distcoord_member_list_label(list, index)),
                sinceMillisecondsSince1970: distcoord_member_list_since_ms(list, index),
                leaseLeft: .milliseconds(distcoord_member_list_lease_left_ms(list, index)))
        }
    }

    /// Who comes and goes; those that are there come first.
    package func watch() throws(DistCoordError) -> BlockingWatch<MemberChange> {
        var watch: OpaquePointer?
        _ = try ask { distcoord_membership_watch(pointer, &watch, $0) }
        return BlockingWatch(try owned(watch), client) { watch, milliseconds throws(DistCoordError) in
            var change: OpaquePointer?
            let answer = try ask { distcoord_membership_watch_next(watch, milliseconds, &change, $0) }
            defer { distcoord_member_change_free(change) }
            return (answer, answer == .ok ? MemberChange(change) : nil)
        }
    }
}

extension MemberChange {
    fileprivate init(_ change: OpaquePointer?) {
        let kind: Kind =
            switch Int(distcoord_member_change_kind(change)) {
            case DISTCOORD_MEMBER_CHANGED: .changed
            case DISTCOORD_MEMBER_WENT: .went
            default: .came
            }
        self.init(
            kind: kind, id: text(distcoord_member_change_id(change)),
            value: text(distcoord_member_change_value(change)), label: text(distcoord_member_change_label(change)))
    }
}
