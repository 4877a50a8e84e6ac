// Who belongs to a group.

import CDistCoord

/// How a process belongs to a group. Set what differs from the defaults.
public struct MembershipOptions: Sendable, Hashable {
    /// How long a member outlives its process, 0.1 s to 24 h.
    public var lease: Duration
    /// Under which id it joins, 1 to 128 bytes; one that the library makes if `nil`. No two members have the same.
    public var id: String?
    /// What others see of this member (its address, say), at most 4 096 bytes; the client's label if `nil`.
    public var value: String?

    /// Makes options; everything not given has its default.
    public init(lease: Duration = .seconds(10), id: String? = nil, value: String? = nil) {
        self.lease = lease
        self.id = id
        self.value = value
    }
}

/// A member of a group, as the server saw it when it was asked.
public struct Member: Sendable, Hashable, Identifiable {
    /// Its id; no two members have the same.
    public var id: String
    /// What it publishes.
    public var value: String
    /// Label of its client.
    public var label: String
    /// Since when it is a member, by the server's clock.
    public var sinceMillisecondsSince1970: Int64
    /// How long its lease still runs.
    public var leaseLeft: Duration
}

/// Something that happened in a group; see ``Membership/changes``.
public struct MemberChange: Sendable, Hashable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A member has joined, or was there when watching began.
        case came
        /// A member has another value.
        case changed
        /// A member has left, or its lease has ended.
        case went
    }

    /// What happened.
    public var kind: Kind
    /// Id of the member.
    public var id: String
    /// Value of the member; the last one known when it went.
    public var value: String
    /// Label of the member's client.
    public var label: String
}

extension MembershipOptions {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        try accept(
            distcoord_membership_options_set_lease_ms(handle, lease.wholeMilliseconds),
            "\(what): a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        if let id {
            try requireWhole(id, "the member's id")
            try accept(
                distcoord_membership_options_set_id(handle, id),
                "\(what): member '\(id)': an id is 1 to 128 bytes of text without control characters")
        }
        if let value {
            try requireWhole(value, "the member's value")
            try accept(
                distcoord_membership_options_set_value(handle, value),
                "\(what): a member's value is text of at most 4096 bytes")
        }
    }
}
