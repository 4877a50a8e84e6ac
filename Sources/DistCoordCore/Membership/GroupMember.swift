// What is known of a member of a group, as the scripts pack it (members_state.lua).

import DistCoordRedis

/// A member of a group.
public struct GroupMember: Sendable {
    public let id: String
    public let value: String
    /// Of its client.
    public let label: String
    /// Identity of its client.
    let client: String
    /// Since when it is a member, by the server's clock.
    public let sinceMilliseconds: Int64
    /// How long its lease still runs, when it was listed.
    public internal(set) var leaseLeftMilliseconds: Int64
    /// Grows from one that joins to the next.
    let fence: UInt64

    /// What is packed, in lines: whose it is, "<fence> <since, ms> <lease, ms>", token, label, value. Nil for anything
    /// else.
    init?(id: String, packed: Substring) {
        let lines = packed.split(separator: "\n", maxSplits: 4, omittingEmptySubsequences: false)
        guard lines.count == 5 else { return nil }
        let terms = lines[1].split(separator: " ")
        guard terms.count == 3, let fence = UInt64(terms[0]), let since = Int64(terms[1]), let lease = Int64(terms[2])
        else { return nil }
        self.id = id
        self.fence = fence
        sinceMilliseconds = since
        leaseLeftMilliseconds = lease
        client = String(lines[0].prefix { $0 != "/" })
        label = String(lines[3])
        value = String(lines[4])
    }
}

/// The members of a group at one moment.
struct MemberList {
    /// In order of joining.
    let members: [GroupMember]
    /// Of the last change.
    let number: UInt64

    /// A reply of members_list.lua.
    init(_ reply: Reply) {
        number = UInt64(reply.string(at: 0)) ?? 0
        var members: [GroupMember] = []
        for index in stride(from: 1, to: reply.count, by: 3) {
            guard var member = GroupMember(id: reply.string(at: index), packed: reply.string(at: index + 1)[...]) else {
                continue
            }
            member.leaseLeftMilliseconds = max(0, reply.integer(at: index + 2))
            members.append(member)
        }
        self.members = members.sorted { $0.fence < $1.fence }
    }
}

/// A message on a group's channel.
struct MemberNotice {
    let number: UInt64
    let id: String
    /// Nil: it has gone.
    let member: GroupMember?

    /// "<number> + <id>\n<packed>" or "<number> - <id>".
    init?(_ message: UnsafeBufferPointer<UInt8>) {
        let text = String(decoding: message, as: UTF8.self)
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let number = UInt64(parts[0]) else { return nil }
        self.number = number
        if parts[1] == "-" {
            id = String(parts[2])
            member = nil
            return
        }
        let lines = parts[2].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[1] == "+", lines.count == 2, let member = GroupMember(id: String(lines[0]), packed: lines[1]) else {
            return nil
        }
        id = member.id
        self.member = member
    }
}
