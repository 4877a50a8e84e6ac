// One line of the list of all that is held.

import DistCoordRedis

/// A grant that somebody has, at one moment.
public struct HoldEntry: Sendable {
    public let kind: HoldKind
    public let name: String
    /// Label of the holder's client.
    public let label: String
    /// Identity of the holder's client.
    public let client: String
    /// The explicit owner's id, or empty.
    public let owner: String
    public let fence: UInt64
    public let permits: Int64
    /// Milliseconds since 1970 by the server's clock.
    public let sinceMilliseconds: Int64
    public let heldMilliseconds: Int64
    public let leaseLeftMilliseconds: Int64
    public let waiters: Int64
    /// Empty when it is not known.
    public private(set) var host = ""
    /// 0 when it is not known.
    public private(set) var process: Int64 = 0
    /// Whether the holder's client is gone, or has missed a renewal that was due.
    public private(set) var isStale = false
    /// As the server has the holder.
    let member: String
    private let leases: [Lease]

    /// A lease of the grant. An owner has one for each level, which may be another client's.
    struct Lease: Sendable {
        let client: String
        let left: Int64
        /// Milliseconds after each renewal; 0 when it is not renewed, or that is not known.
        let renewedTo: Int64
        /// Left to another handle of the owner, which has not come yet: its client may go.
        var isDetached = false
    }

    /// A grant by message has a shorter lease at first, until its receiver stretches it.
    private static let firstLease: Int64 = 1_000

    /// A hold as exclusive_holds.lua tells it; nil when nobody holds the thing.
    init?(_ subject: GrantSubject, _ reply: Reply) {
        guard reply.count >= 7 else { return nil }
        let text = reply.string(at: 1)
        let holder = Member(text)
        let renewedTo = holder.renews ? holder.lease : 0
        var leases: [Lease] = []
        if let levels = reply[6] {
            for index in stride(from: 0, to: levels.count - 2, by: 3) {
                leases.append(
                    Lease(
                        client: String(levels.string(at: index).prefix { $0 != ":" }),
                        left: levels.integer(at: index + 1), renewedTo: renewedTo,
                        isDetached: levels.integer(at: index + 2) == 1))
            }
        }
        let left = reply.integer(at: 4)
        if leases.isEmpty { leases = [Lease(client: holder.client, left: left, renewedTo: renewedTo)] }
        kind = subject.kind
        name = subject.name
        label = holder.label
        client = leases.contains { $0.client == holder.client } ? holder.client : leases[0].client
        owner = holder.owner ?? ""
        fence = UInt64(clamping: reply.integer(at: 0))
        permits = 1
        sinceMilliseconds = reply.integer(at: 2)
        heldMilliseconds = reply.integer(at: 3)
        leaseLeftMilliseconds = left
        waiters = reply.integer(at: 5)
        member = text
        self.leases = leases
    }

    /// One of the holds that a part of permits_holds.lua lists; nil when it is none.
    ///
    /// - Parameter index: Where in the reply it begins.
    init?(_ subject: GrantSubject, _ reply: Reply, at index: Int) {
        let text = reply.string(at: index)
        let grant = reply.string(at: index + 1).split(separator: " ")
        guard grant.count == 2, let fence = UInt64(grant[1]) else { return nil }
        let holder = Member(text)
        let now = reply.integer(at: 0)
        switch grant[0] {
        case "r": kind = .read
        case "w": kind = .write
        default: kind = subject.kind
        }
        name = subject.name
        label = holder.label
        client = holder.client
        owner = holder.owner ?? ""
        self.fence = fence
        permits = Int64(grant[0]) ?? 1
        // A fence is the moment of the grant in microseconds.
        sinceMilliseconds = min(now, Int64(clamping: fence / 1_000))
        heldMilliseconds = now - sinceMilliseconds
        leaseLeftMilliseconds = reply.integer(at: index + 2) - now
        waiters = reply.integer(at: 1)
        member = text
        leases = [
            Lease(client: client, left: leaseLeftMilliseconds, renewedTo: holder.renews ? holder.lease : 0)
        ]
    }

    /// Adds what is known of clients.
    mutating func complete(_ presence: ClientPresence) {
        if let place = presence.place(of: client, label: label) {
            host = place.host
            process = place.process
        }
        // Renewals are at a third of a lease: with less than half of it left one was missed.
        let mayBeSilent = heldMilliseconds > HoldEntry.firstLease
        isStale = leases.allSatisfy { lease in
            !lease.isDetached && (presence.isGone(lease.client) || (mayBeSilent && lease.left < lease.renewedTo / 2))
        }
    }
}
