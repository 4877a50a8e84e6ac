// How counts come to the server: in the keeper's batch, at the latest after the flush interval; at once when they may
// open the breaker. Each count is told once, however often it has to be sent: what was sent without an answer is sent
// again as it was.

import DistCoordRedis
import Synchronization

extension BreakerCore {
    /// How long counts of a freed handle are tried to be told, in milliseconds.
    private static let afterlife: Int64 = 60_000

    /// Has the keeper tell the server within so many milliseconds.
    func tell(within milliseconds: Int64) {
        let moment = Instant.now.advanced(milliseconds: milliseconds)
        let isEarlier = state.withLock { state in
            // While the server is away, the keeper tries again in its own time.
            let isTrying = state.local != nil && state.tellAt != .never && milliseconds > 0
            guard !state.isClosed, !isTrying, moment < state.tellAt else { return false }
            state.tellAt = moment
            return true
        }
        if isEarlier { keep() }
    }

    func keep() {
        do throws(RedisError) {
            try session.keeper.keep(self)
        } catch {
            session.log(.warning, "counts of a breaker wait: \(error.message)")
        }
    }

    var hasCounts: Bool { state.withLock { hasCounts($0) } }

    private func hasCounts(_ state: State) -> Bool {
        state.sent != nil || state.failed > 0 || state.untold > 0 || succeeded.load(ordering: .relaxed) > 0
            || rejected.load(ordering: .relaxed) > 0
    }

    /// What is to be told next; nil when there is nothing.
    private func counts(_ state: inout State) -> BreakerCounts? {
        if let sent = state.sent {
            if !sent.isTooOld { return sent }
            state.sent = nil
        }
        guard hasCounts(state) else { return nil }
        let counts = BreakerCounts(
            ticket: lane.next(), epoch: state.isKnown ? state.news.epoch : nil,
            succeeded: succeeded.exchange(0, ordering: .relaxed), failed: state.failed,
            rejected: rejected.exchange(0, ordering: .relaxed), failures: state.failures.suffix(state.untold))
        state.failed = 0
        state.untold = 0
        state.sent = counts
        return counts
    }

    private func told(_ number: UInt64, _ state: inout State) {
        if state.sent?.ticket.number == number { state.sent = nil }
    }

    /// Tells all that was counted, now.
    func tell(_ patience: Patience) throws(RedisError) {
        // What is counted meanwhile may wait, unless it opens the breaker: that is seen and told by the next call.
        for _ in 0..<2 {
            guard let counts = state.withLock({ counts(&$0) }) else { break }
            let sentAt = Instant.now
            let reply = try session.redis.run(calls.tell(counts), patience: patience)
            state.withLock { told(counts.ticket.number, &$0) }
            apply(BreakerNews(reply), sentAt: sentAt)
        }
        // Nothing to tell, but it was thought that there is: the answer was another thread's.
        state.withLock { state in
            state.mustTell = mayOpen(state)
            openGate(state)
        }
    }
}

extension BreakerCore: Leased {
    var schedule: (renewAt: Instant, lostAt: Instant) {
        (state.withLock { $0.tellAt }, .never)
    }

    func renewal() -> ScriptCall? {
        state.withLock { state in
            state.tellAt = .never
            guard !state.isClosed else { return nil }
            let counts = counts(&state)
            state.keeperNumber = counts?.ticket.number
            // Without anything to tell it is a look: messages were missed, or the server was away.
            return counts.map { calls.tell($0) } ?? calls.inspect()
        }
    }

    func renewed(_ reply: Reply, sentAt: Instant) {
        state.withLock { state in
            if let number = state.keeperNumber { told(number, &state) }
        }
        apply(BreakerNews(reply), sentAt: sentAt)
        let hasEnded = state.withLock { state in
            guard hasCounts(state), !state.isClosed else { return state.freedAt != nil }
            let delay = state.freedAt == nil ? options.failureDelay : 0
            state.tellAt = min(state.tellAt, .now.advanced(milliseconds: delay))
            return false
        }
        if hasEnded { session.forgetTeller(ObjectIdentifier(self)) }
    }

    func renewalFailed(retryAt: Instant) {
        away(because: RedisError(.unreachable, "the server does not answer"))
        let hasEnded = state.withLock { state in
            if state.isClosed { return false }
            let end = state.freedAt?.advanced(milliseconds: BreakerCore.afterlife) ?? .never
            if end <= .now { return true }
            state.backoff.next()
            state.tellAt = max(retryAt, state.backoff.notBefore)
            return false
        }
        if hasEnded { session.forgetTeller(ObjectIdentifier(self)) }
    }

    func expire(now: Instant) {}
}

extension BreakerCore: Telling {
    func lastWords() -> [ScriptCall] {
        state.withLock { state in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            state.tellAt = .never
            openGate(state)
            // What was sent before without an answer, and what came after it.
            var calls: [ScriptCall] = []
            for _ in 0..<2 {
                guard let counts = counts(&state) else { break }
                calls.append(self.calls.tell(counts))
                state.sent = nil
            }
            return calls
        }
    }
}
