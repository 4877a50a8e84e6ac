// Watching the state of a circuit breaker. Each change is announced; what changes because time goes by is not, until
// somebody asks, so the watch looks then by itself.

import DistCoordRedis

/// The changes of a breaker.
public final class BreakerWatch: WatchForm {
    private struct State {
        var knownEpoch: Int64?
        /// Something was announced, or may have been.
        var isStale = true
        var lookAt = Instant.never
    }

    private let calls: BreakerCalls
    private let session: Session
    /// What the handle knows: it learns what is told here as well.
    private weak let breaker: BreakerCore?
    private let core: WatchCore
    private let state = Guarded(State())

    /// It is looked again after about this long even if nothing is announced, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000

    init(_ client: Client, _ breaker: BreakerCore) throws(CoordinationError) {
        self.breaker = breaker
        calls = breaker.calls
        session = try client.openSession()
        core = try WatchCore(client)
        try core.follow(calls.channel) { [weak self, weak breaker] message in
            self?.state.withLock { $0.isStale = true }
            if message != nil { breaker?.hear(message) }
        }
    }

    /// The next change; the present state at first.
    ///
    /// - Returns: `.ok` with it; `.timedOut`, `.cancelled`, `.interrupted`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, BreakerSnapshot?) {
        try core.next(milliseconds: milliseconds, take: take)
    }

    private func take() throws(CoordinationError) -> BreakerSnapshot? {
        let isDue = state.withLock { state in
            defer { state.isStale = false }
            return state.isStale || state.lookAt <= .now
        }
        guard isDue else { return nil }
        let snapshot: BreakerSnapshot
        do throws(RedisError) {
            let sentAt = Instant.now
            let reply = try session.redis.run(calls.inspect(), patience: core.patience)
            snapshot = BreakerSnapshot(reply)
            breaker?.apply(BreakerNews(reply), sentAt: sentAt)
        } catch {
            state.withLock { $0.isStale = true }
            throw CoordinationError(error)
        }
        let pause = Int64.random(in: BreakerWatch.recheck)
        let lookAt = Instant.now.advanced(milliseconds: min(pause, (snapshot.changesAfter ?? pause) &+ 1))
        let isNew = state.withLock { state in
            state.lookAt = lookAt
            defer { state.knownEpoch = snapshot.epoch }
            return state.knownEpoch != snapshot.epoch
        }
        core.look(at: lookAt)
        return isNew ? snapshot : nil
    }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() { core.cancelWaits() }

    public func dispose() { core.dispose() }
}
