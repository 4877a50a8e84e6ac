// In which order those who want a lock of a quorum are served.
//
// Each acquire draws one ticket and stands in line with it at every server, so that all lines have the same order: a
// release hands the lock to the same waiter everywhere. Where servers have voted for different ones all the same,
// because requests crossed each other, the ticket says who gives back.

import DistCoordRedis
import Glibc

/// When an acquire began, by the servers' clocks, and whose it is.
struct Ticket: Sendable, Hashable, Comparable {
    /// Microseconds since 1970: the number on arrival in every line.
    let arrival: Int64
    /// Id of the client and number of the acquire.
    let voter: String

    /// What stands behind the lease in what others see of a holder or waiter.
    let text: String

    init(arrival: Int64, client: String, number: UInt64) {
        self.arrival = arrival
        voter = "\(ClientPresence.plainIdentity(client)).\(number)"
        text = " q\(arrival).\(number)"
    }

    /// The ticket of a holder or waiter; nil for one that has none.
    init?(_ member: Member) {
        guard let text = member.ticket, text.first == "q" else { return nil }
        let numbers = text.dropFirst().split(separator: ".")
        guard numbers.count == 2, let arrival = Int64(numbers[0]), let number = UInt64(numbers[1]) else { return nil }
        self.init(arrival: arrival, client: member.client, number: number)
    }

    static func < (left: Ticket, right: Ticket) -> Bool {
        (left.arrival, left.voter) < (right.arrival, right.voter)
    }
}

/// Tells the time of the servers, so that a client whose own clock is wrong is served in its turn. Nothing but the
/// order of waiters rests on it.
final class QuorumClock: Sendable {
    private struct State {
        /// How much further the servers' clocks are than this machine's boot clock, in microseconds.
        var ahead: Int64 = 0
        var comparedAt: Instant?
        var last: Int64 = 0
    }

    private let state = Guarded(State())

    /// How long a comparison of the clocks serves, and how long it may take, in milliseconds.
    private static let lifetime: Int64 = 600_000
    private static let patience: Int64 = 250

    /// Microseconds since 1970 by the middle one of the servers' clocks; each time a greater number. Asks the servers
    /// now and then.
    func now(_ quorum: Quorum, _ wait: Wait) -> Int64 {
        let comparedAt = state.withLock { $0.comparedAt }
        if comparedAt.map({ Instant.now >= $0.advanced(milliseconds: QuorumClock.lifetime) }) ?? true {
            // Too few answer: this machine's clock will do, and whether the servers are there the acquire will see.
            let ahead = compare(quorum, wait) ?? (comparedAt == nil ? QuorumClock.aheadHere : nil)
            state.withLock { state in
                if let ahead { state.ahead = ahead }
                state.comparedAt = .now
            }
        }
        return state.withLock { state in
            state.last = max(Instant.now.nanoseconds / 1_000 &+ state.ahead, state.last &+ 1)
            return state.last
        }
    }

    /// The same by this machine's clock alone.
    private static var aheadHere: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1_000 &- Instant.now.nanoseconds / 1_000
    }

    private func compare(_ quorum: Quorum, _ wait: Wait) -> Int64? {
        let limit = Instant.now.advanced(milliseconds: QuorumClock.patience)
        let outcomes: [Quorum.Outcome<Int64>] = quorum.ask(
            Array(quorum.members.indices), wait,
            until: { Instant.now >= limit || Quorum.count($0) { _ in true } >= quorum.required },
            { (place) throws(CoordinationError) in
                let session = try quorum.members[place].openSession()
                let reply = try translating { () throws(RedisError) in
                    try quorum.pulse(place).taking { () throws(RedisError) in
                        try session.redis.commands(patience: session.redis.patience()) { $0.command("TIME") }
                    }
                }
                guard let time = reply.first, time.count == 2 else {
                    throw CoordinationError(
                        session.redis.serverError(reply.first?.error ?? "no time", doing: "TIME"))
                }
                return time.integer(at: 0) &* 1_000_000 &+ time.integer(at: 1) &- Instant.now.nanoseconds / 1_000
            })
        let known = outcomes.compactMap { try? $0?.get() }.sorted()
        return known.count >= quorum.required ? known[known.count / 2] : nil
    }
}
