// The worker's own thread: sends what is done when nobody claims, says that the worker lives, gives back what was
// claimed ahead and is not asked for.

import DistCoordRedis

extension WorkerCore {
    /// Jobs that were claimed ahead by the worker's own choice, and of which none was asked for that long, are given
    /// back: one that takes long must not keep others waiting that another worker could do. In milliseconds.
    private static let idleLimit: Int64 = 25

    /// Of a job that takes longer than that, somebody may ask that it be cancelled. In milliseconds.
    private static let longJob: Int64 = 100

    /// When to look again after jobs were claimed, with the lock held.
    func nextLookAfterClaim(_ state: State, _ now: Instant) -> Instant {
        var next = Instant.never
        if prefetch == nil, !state.ready.isEmpty { next = now.advanced(milliseconds: WorkerCore.idleLimit) }
        if !state.listens, state.running > 0 || !state.ready.isEmpty {
            next = min(next, now.advanced(milliseconds: WorkerCore.longJob))
        }
        return next
    }

    /// Has the thread look by that moment, with the lock held; true when it must be woken.
    static func look(_ state: inout State, by moment: Instant) -> Bool {
        guard moment < state.threadLooksAt else { return false }
        state.threadLooksAt = moment
        return true
    }

    /// Has the thread look by that moment.
    func wakeThread(by moment: Instant) {
        startThread()
        if state.withLock({ WorkerCore.look(&$0, by: moment) }) { parker.unpark() }
    }

    /// Starts the thread unless it runs.
    func startThread() {
        let mustStart = state.withLock { state in
            defer { state.threadRuns = true }
            return !state.threadRuns
        }
        guard mustStart else { return }
        do throws(RedisError) {
            try NativeThread.start("dc-worker") { self.runThread() }
        } catch {
            state.withLock { $0.threadRuns = false }
            session.log(.warning, "worker '\(name)' has no thread: \(error.message)")
        }
    }

    private func runThread() {
        while true {
            let now = Instant.now
            if state.withLock({ $0.flushAt <= now }) { flush() }
            giveBackIdle()
            listen()
            if isAtEnd { registration.end() } else if registration.isDue(now) { registration.beat(self) }
            guard let until = nextLook() else { return }
            parker.park(until: until)
        }
    }

    /// Nothing is left to be done by this worker.
    private var isAtEnd: Bool { state.withLock { WorkerCore.isAtEnd($0) } }

    private static func isAtEnd(_ state: State) -> Bool {
        state.phase == .stopped && (state.running == 0 || state.isFreed) && state.handedIn.isEmpty && state.sending == 0
    }

    /// When the thread has something to do; nil when it is to end.
    private func nextLook() -> Instant? {
        let isClosed = session.isClosedNow
        return state.withLock { state in
            if isClosed || (WorkerCore.isAtEnd(state) && !state.isClaiming) {
                state.threadRuns = false
                state.threadLooksAt = .never
                return nil
            }
            let next = min(state.flushAt, registration.nextBeat, nextLookAfterClaim(state, .now))
            state.threadLooksAt = next
            return next
        }
    }

    /// Has messages read from now on, if a job takes long.
    private func listen() {
        let isNeeded = state.withLock { state in
            let isLong = state.idleSince.advanced(milliseconds: WorkerCore.longJob) <= Instant.now
            guard !state.listens, state.running > 0, isLong else { return false }
            state.listens = true
            return true
        }
        if isNeeded { session.mailbox.readUnattended() }
    }

    /// Gives back what is ahead, if none of it was asked for in the last while. Nobody claims meanwhile: what comes after
    /// those jobs would come before them.
    private func giveBackIdle() {
        let now = Instant.now
        let idle = state.withLock { state -> [ClaimedJob] in
            if state.taken > 0 { state.idleSince = now }
            state.taken = 0
            guard prefetch == nil, !state.ready.isEmpty, !state.isClaiming,
                now >= state.idleSince.advanced(milliseconds: WorkerCore.idleLimit)
            else {
                return []
            }
            defer { note(&state) }
            state.awaitingReturn = []
            return state.ready.removeAll()
        }
        if idle.isEmpty { return }
        session.log(.debug, "worker '\(name)' gives back \(idle.count) jobs that it has not begun")
        ClaimedJob.giveBack(idle) { session, call in
            do throws(RedisError) {
                _ = try session.redis.run(call, patience: session.patience())
            } catch {
                session.chores.add(call)
            }
        }
        let waiting = state.withLock { state in
            defer { state.awaitingReturn = nil }
            return state.awaitingReturn ?? []
        }
        for parker in waiting { parker.unpark() }
    }
}
