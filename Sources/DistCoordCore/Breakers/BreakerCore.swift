// What one process knows of a circuit breaker, for one handle.
//
// While the breaker is closed, a call costs two atomic instructions: the gate holds the permit that everybody is given,
// and successes are a number that the keeper tells the server now and then. Whatever changes that closes the gate; then
// calls take the slow way, which looks under the lock and asks the server where it has to. Messages tell of changes
// that others have made.

import DistCoordRedis
import Synchronization

/// A breaker in one process.
final class BreakerCore: Sendable {
    struct State {
        /// How the breaker stands, as far as is known.
        var news = BreakerNews.none
        /// When that was learned; an answer to what was asked later is newer, whatever its epoch.
        var newsAt = Instant(nanoseconds: 0)
        var isKnown = false
        /// The server must be asked before anybody is let through: changes may have been missed.
        var mustAsk = true
        var follower: ChannelFollower?
        /// While the server cannot be reached.
        var local: LocalBreaker?
        var backoff = Backoff()
        /// The latest failures of this process in this epoch, at most as many as matter, and how many of them the
        /// server has not been told of.
        var failures: [Instant] = []
        var untold = 0
        /// With those that others have told, they may open the breaker: nobody is let through before the server was
        /// told.
        var mustTell = false
        var failed: Int64 = 0
        /// Counts that were sent, without an answer so far.
        var sent: BreakerCounts?
        /// What the keeper has sent: the number of these counts.
        var keeperNumber: UInt64?
        /// When the keeper is to tell.
        var tellAt = Instant.never
        var isClosed = false
        /// When the handle was freed.
        var freedAt: Instant?
    }

    let session: Session
    /// The process it belongs to, as ForkGuard counts.
    let generation: Int
    let calls: BreakerCalls
    let options: BreakerOptions
    let lane: CallLane
    let state = Guarded(State())
    let isKept = Flag()
    /// The permit of everybody while nobody has to be asked; 0: take the slow way.
    private let gate = Atomic<UInt64>(0)
    let succeeded = Atomic<Int64>(0)
    let rejected = Atomic<Int64>(0)
    /// One thread at a time asks: what the others wait for is the same answer.
    private let turns = Turns()
    private let name: String

    /// How long a call may wait for the server, in milliseconds; after that it cannot be reached.
    private static let patience: Int64 = 1_000

    init(session: Session, name: String, options: BreakerOptions) {
        self.session = session
        generation = session.generation
        self.name = name
        self.options = options
        calls = BreakerCalls(keys: session.keys, name: name, options: options)
        lane = session.lanes.take()
        session.add(self)
    }

    deinit {
        session.forgetTeller(ObjectIdentifier(self))
        session.lanes.giveBack(lane)
    }

    // MARK: - Calls

    /// The number of everybody's permit while nobody has to be asked; 0: ask.
    @inline(__always)
    var openPermit: UInt64 { gate.load(ordering: .acquiring) }

    /// Counts a success with that permit; false: it has to be reported.
    @inline(__always)
    func counts(successWith permit: UInt64) -> Bool {
        guard permit != 0, permit == openPermit else { return false }
        countSuccess()
        return true
    }

    /// Whether a call may be made.
    @inline(__always)
    func allow() throws(CoordinationError) -> BreakerVerdict {
        let permit = openPermit
        return permit == 0 ? try ask() : .allowed(BreakerPermit(permit))
    }

    /// Takes note of how a call has ended.
    @inline(__always)
    func report(_ permit: BreakerPermit, _ outcome: CallOutcome) {
        if outcome == .succeeded, counts(successWith: permit.number) { return }
        note(permit, outcome)
    }

    @inline(__always)
    private func countSuccess() {
        if succeeded.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { tell(within: options.flush) }
    }

    private func note(_ permit: BreakerPermit, _ outcome: CallOutcome) {
        if let trial = permit.trial, !permit.isLocal { return settle(permit, trial, outcome) }
        if outcome == .succeeded { countSuccess() }
        let now = Instant.now
        let delay = state.withLock { state -> Int64? in
            state.local?.report(permit, outcome, now: now)
            defer { openGate(state) }
            guard outcome == .failed else { return nil }
            state.failed &+= 1
            guard permit.isOf(state.news.epoch), state.news.state == .closed else { return options.flush }
            return keep(failure: now, in: &state)
        }
        if let delay { tell(within: delay) }
    }

    /// - Returns: Within how many milliseconds it is to be told.
    private func keep(failure: Instant, in state: inout State) -> Int64 {
        let threshold = Int(options.threshold)
        state.failures.append(failure)
        // Not one by one, each of which would move all the others.
        if state.failures.count >= 2 * threshold { state.failures.removeFirst(state.failures.count - threshold) }
        state.untold = min(state.untold + 1, threshold)
        guard state.local == nil, mayOpen(state) else { return options.failureDelay }
        state.mustTell = true
        return 0
    }

    /// Whether the failures that the server knows, as far as is known, and those that it may not know are enough.
    func mayOpen(_ state: State) -> Bool {
        guard state.news.state == .closed else { return false }
        var unknown = Int64(state.untold)
        if let sent = state.sent, sent.epoch == state.news.epoch { unknown += Int64(sent.failures.count) }
        return unknown > 0 && unknown &+ state.news.failures >= options.threshold
    }

    // MARK: - The slow way

    private enum Step {
        case answer(BreakerVerdict)
        case follow, ask, tell
    }

    private func ask() throws(CoordinationError) -> BreakerVerdict {
        if case .answer(let verdict) = try step() { return counted(verdict) }
        let patience = briefPatience()
        do throws(RedisError) {
            try turns.take(patience)
        } catch {
            return counted(withoutServer(because: error))
        }
        defer { turns.give() }
        // Each round learns something, so there are few; another process may undo what one has learned.
        for _ in 0..<8 {
            do throws(RedisError) {
                switch try stepTranslated() {
                case .answer(let verdict): return counted(verdict)
                case .follow: try follow(patience)
                case .tell: try tell(patience)
                case .ask: if let permit = try askServer(patience) { return .allowed(permit) }
                }
            } catch {
                if error.code == .closed { throw CoordinationError(error) }
                return counted(withoutServer(because: error))
            }
        }
        return counted(.rejected(-1))
    }

    private func stepTranslated() throws(RedisError) -> Step {
        do throws(CoordinationError) {
            return try step()
        } catch {
            throw RedisError(.closed, error.message)
        }
    }

    /// What is to be done next to know whether a call may be made.
    private func step() throws(CoordinationError) -> Step {
        try session.checkOpen()
        return state.withLock { state in
            let now = Instant.now
            if state.local != nil {
                defer { openGate(state) }
                return .answer(state.local?.ask(now: now) ?? .rejected(-1))
            }
            if state.follower == nil { return .follow }
            if state.mustAsk { return .ask }
            if state.mustTell { return .tell }
            switch state.news.state {
            case .closed, .forcedClosed: return .answer(.allowed(BreakerPermit(epoch: state.news.epoch)))
            case .forcedOpen: return .answer(.rejected(-1))
            case .open, .halfOpen:
                return state.news.askAt <= now ? .ask : .answer(.rejected(state.news.askAt.milliseconds(from: now)))
            }
        }
    }

    private func counted(_ verdict: BreakerVerdict) -> BreakerVerdict {
        if case .rejected = verdict, rejected.wrappingAdd(1, ordering: .relaxed).oldValue == 0 {
            tell(within: options.flush)
        }
        return verdict
    }

    private func briefPatience() -> Patience {
        var patience = session.patience()
        patience.deadline = min(patience.deadline, .now.advanced(milliseconds: BreakerCore.patience))
        return patience
    }

    private func follow(_ patience: Patience) throws(RedisError) {
        let follower = try session.mailbox.follow(calls.channel, patience: patience) { [weak self] in self?.hear($0) }
        // Nobody waits for these messages, so nobody else would read them.
        session.mailbox.readUnattended()
        let isLate = state.withLock { state in
            guard state.freedAt == nil else { return true }
            state.follower = follower
            state.mustAsk = true
            return false
        }
        if isLate { follower.end() }
    }

    /// A trial, if there is one; what the answer says otherwise is known then.
    private func askServer(_ patience: Patience) throws(RedisError) -> BreakerPermit? {
        try session.lanes.withLane { (ticket) throws(RedisError) in
            let sentAt = Instant.now
            let reply: Reply
            do throws(RedisError) {
                reply = try session.redis.run(calls.ask(ticket), patience: patience)
            } catch {
                // The server may have given a trial all the same.
                if error.code != .unreachable, error.code != .server { session.chores.add(calls.forgo(ticket)) }
                throw error
            }
            let news = BreakerNews(reply)
            state.withLock { $0.mustAsk = false }
            apply(news, sentAt: sentAt)
            let trial = reply.integer(at: 4)
            return trial > 0 ? BreakerPermit(epoch: news.epoch, trial: trial) : nil
        }
    }

    private func settle(_ permit: BreakerPermit, _ trial: Int64, _ outcome: CallOutcome) {
        let call = calls.settle(permit, trial, outcome)
        guard state.withLock({ $0.local == nil && !$0.isClosed }) else { return session.chores.add(call) }
        let sentAt = Instant.now
        do throws(RedisError) {
            apply(BreakerNews(try session.redis.run(call, patience: briefPatience())), sentAt: sentAt)
        } catch {
            session.chores.add(call)
            if error.code != .cancelled { away(because: error) }
        }
    }

    // MARK: - What is learned

    /// A message of the breaker's channel came, on any thread; nil: messages may have been missed.
    func hear(_ message: UnsafeBufferPointer<UInt8>?) {
        if let message {
            guard let news = BreakerNews(message) else { return }
            apply(news, sentAt: nil)
            // The server can be reached again, it seems.
            if state.withLock({ $0.local != nil }) { tell(within: 0) }
        } else {
            tell(within: 0)
        }
    }

    /// - Parameter sentAt: When that was asked for what this answers; nil for a message.
    func apply(_ news: BreakerNews, sentAt: Instant?) {
        let mustHurry = state.withLock { state in
            defer { openGate(state) }
            if sentAt != nil {
                state.local = nil
                state.backoff.reset()
            }
            let isSame = news.epoch == state.news.epoch && state.isKnown
            let isNewer = sentAt.map { $0 >= state.newsAt } ?? false
            guard isNewer || !state.isKnown || news.epoch > state.news.epoch else {
                // A message of the same epoch is the one of the change itself, or says that a trial is free. An answer
                // has the failures that it was told.
                if isSame, sentAt == nil { state.news.askAt = min(state.news.askAt, news.askAt) }
                if isSame { state.news.failures = max(state.news.failures, news.failures) }
                return false
            }
            if state.isKnown, !isSame {
                state.failures = []
                state.untold = 0
            }
            state.news = news
            state.newsAt = .now
            state.isKnown = true
            state.mustTell = mayOpen(state)
            return state.mustTell
        }
        if mustHurry { tell(within: 0) }
    }

    /// The server cannot be reached: from now on this process goes by what it knows, until the keeper has found it
    /// again.
    func away(because error: RedisError) {
        let now = Instant.now
        let isNew = state.withLock { state in
            defer { openGate(state) }
            guard state.local == nil, !state.isClosed else { return false }
            state.local = alone(state, now)
            state.mustTell = false
            state.backoff.next()
            state.tellAt = min(state.tellAt, state.backoff.notBefore)
            return true
        }
        guard isNew else { return }
        session.log(.warning, "breaker '\(name)' goes by what this process knows: \(error.message)")
        keep()
    }

    /// What a call is told that has got no answer from the server.
    private func withoutServer(because error: RedisError) -> BreakerVerdict {
        // Somebody has ended the wait of this one call; that says nothing of the server.
        if error.code != .cancelled { away(because: error) }
        let now = Instant.now
        return state.withLock { state in
            defer { openGate(state) }
            var local = state.local ?? alone(state, now)
            let verdict = local.ask(now: now)
            if state.local != nil { state.local = local }
            return verdict
        }
    }

    private func alone(_ state: State, _ now: Instant) -> LocalBreaker {
        LocalBreaker(after: state.news, failures: recent(state, now), options: options)
    }

    private func recent(_ state: State, _ now: Instant) -> [Instant] {
        let first = Instant(nanoseconds: now.nanoseconds &- options.sampling &* 1_000_000)
        return state.failures.suffix(Int(options.threshold)).filter { $0 >= first }
    }

    /// What calls are given without a look.
    func openGate(_ state: State) {
        gate.store(permit(state)?.number ?? 0, ordering: .releasing)
    }

    private func permit(_ state: State) -> BreakerPermit? {
        if state.isClosed || state.freedAt != nil { return nil }
        if let local = state.local { return local.permit }
        guard state.follower != nil, !state.mustAsk, !state.mustTell, state.news.letsThrough else { return nil }
        return BreakerPermit(epoch: state.news.epoch)
    }

    /// The state as far as this process knows it.
    var knownState: BreakerState {
        let now = Instant.now
        return state.withLock { $0.local?.state(at: now) ?? $0.news.state(at: now) }
    }

    /// Ends with the handle; what was counted is still told.
    func dispose() {
        let follower = state.withLock { state in
            state.freedAt = .now
            openGate(state)
            defer { state.follower = nil }
            return state.follower
        }
        follower?.end()
        guard hasCounts else { return }
        session.keep(self)
        tell(within: 0)
    }
}
