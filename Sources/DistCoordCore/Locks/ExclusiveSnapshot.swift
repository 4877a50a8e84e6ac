// Who holds a lock or leads, as the server says it.

import DistCoordRedis

/// Who holds something, at one moment.
public struct ExclusiveSnapshot: Sendable {
    /// Label of the holder's client.
    public let label: String
    /// What a leader publishes; empty for locks.
    public internal(set) var value: String
    /// The explicit owner's id, or empty.
    public let owner: String
    public internal(set) var fence: UInt64
    /// Of one server of a quorum: the fence under which all of them grant it, once that is settled.
    let settledFence: UInt64?
    public internal(set) var heldMilliseconds: Int64
    public internal(set) var leaseLeftMilliseconds: Int64
    public let waiters: Int64
    /// Milliseconds since 1970 by the server's clock.
    public internal(set) var sinceMilliseconds: Int64
    /// Labels of those in line, in their order, as far as they were asked for.
    public let line: [String]

    /// A snapshot from the reply of exclusive_inspect.lua; nil when it is free.
    init?(_ reply: Reply) {
        guard reply.integer(at: 0) == 1 else { return nil }
        let holder = Member(reply.string(at: 2))
        label = holder.label
        let announced = reply[8].flatMap { $0.isNull ? nil : $0.string }
        value = announced ?? holder.value
        owner = holder.owner ?? ""
        fence = UInt64(clamping: reply.integer(at: 1))
        settledFence = reply[9].flatMap { $0.isNull ? nil : UInt64($0.string) }
        heldMilliseconds = max(0, reply.integer(at: 3))
        leaseLeftMilliseconds = reply.integer(at: 4)
        waiters = reply.integer(at: 5)
        sinceMilliseconds = reply.integer(at: 6)
        let waiting = reply[7]
        line = (0..<(waiting?.count ?? 0)).map { Member(waiting?.string(at: $0) ?? "").label }
    }
}

/// Who holds or waits, taken apart: "<token>[;<extra>] <label>\n<lease in ms> <1 or 0>[\n<value>]", as
/// exclusive_state.lua writes it.
struct Member {
    let token: String
    /// 'o<owner>', 'g' or 'm', see exclusive_state.lua; of readers and the like a weight, see permits_state.lua.
    let extra: String
    let label: String
    /// Milliseconds for which its holds outlive it; 0 when it does not say.
    let lease: Int64
    /// Whether its leases are renewed.
    let renews: Bool
    /// Of a vote in a quorum: when its acquire began; see Ticket.
    let ticket: String?
    let value: String

    init(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let identity = words[0].split(separator: ";", maxSplits: 1)
        token = identity.first.map(String.init) ?? ""
        extra = identity.count > 1 ? String(identity[1]) : ""
        let info = words.count > 1 ? words[1] : ""
        let lines = info.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        label = lines.first.map(String.init) ?? ""
        let terms = lines.count > 1 ? lines[1].split(separator: " ") : []
        lease = terms.first.flatMap { Int64($0) } ?? 0
        renews = terms.count > 1 && terms[1] == "1"
        ticket = terms.count > 2 ? String(terms[2]) : nil
        value = lines.count > 2 ? String(lines[2]) : ""
    }

    /// Under this the server knows the client.
    var client: String { String(token.prefix { $0 != ":" }) }

    /// The id of the owner it stands for; nil for none, and for the owner that a handle makes of each thread.
    var owner: String? {
        // Behind the weight of a reader or writer.
        guard let word = extra.split(separator: ";").last, word.utf8.first == UInt8(ascii: "o") else { return nil }
        let id = Owner.decoded(word.dropFirst())
        return id.hasPrefix(client + "/") ? nil : id
    }
}
