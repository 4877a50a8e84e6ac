// How a worker stops: it takes no more jobs, lets those end that are worked on, and gives the rest back.

import DistCoordRedis
import Synchronization

extension WorkerCore {
    /// Takes no further job; gives back what is ahead.
    func stop() {
        let (ahead, hasThread) = state.withLock { state in
            state.phase = .stopped
            if !state.handedIn.isEmpty { state.flushAt = .now }
            defer {
                note(&state)
                wakeSleepers(&state)
            }
            return (state.ready.removeAll(), state.threadRuns)
        }
        scope.cancel()
        ClaimedJob.giveBack(ahead)
        if hasThread { wakeThread(by: .now) }
    }

    /// Stops by itself once there is nothing more to claim.
    func drain() {
        let isNew = state.withLock { state in
            guard state.phase == .working else { return false }
            state.phase = .draining
            return true
        }
        if isNew { scope.cancel() }
    }

    func cancelWaits() {
        cancels.wrappingAdd(1, ordering: .acquiringAndReleasing)
        scope.cancel()
        endScope.cancel()
        runScope.cancel()
    }

    /// See `Worker.shutdown`.
    func shutdown(_ milliseconds: Int64) -> Status {
        stop()
        // A handler that calls this does not wait for its own job: that is given back.
        let own = handlerThreads.withLock { $0.contains(NativeThread.currentID) } ? 1 : 0
        wait(milliseconds) { $0.running <= own }
        // Of several who shut it down each returns when all is told.
        return ending.withLock {
            let isTold = sendAll()
            giveBackRunning()
            session.chores.awaitIdle(until: Instant.now.advanced(milliseconds: session.options.commandTimeout))
            registration.end()
            parker.unpark()
            return isTold && !state.withLock({ $0.hasGivenUp }) ? .ok : .timedOut
        }
    }

    /// Waits until something is so, or for as long as that.
    private func wait(_ milliseconds: Int64, _ condition: (State) -> Bool) {
        let wait = Wait(session, scope: endScope, milliseconds: milliseconds)
        defer { wait.end() }
        state.withLock { $0.enders.append(wait.parker) }
        defer { state.withLock { $0.enders.removeAll { $0 === wait.parker } } }
        while !state.withLock({ condition($0) }), wait.stopReason == nil, Instant.now < wait.deadline {
            wait.sleep(until: .never)
        }
    }

    /// Sends what is done, also what another thread is about to send; false when that could not be done in the time of
    /// a command.
    private func sendAll() -> Bool {
        let parker = Parker()
        state.withLock { $0.enders.append(parker) }
        defer { state.withLock { $0.enders.removeAll { $0 === parker } } }
        let end = Instant.now.advanced(milliseconds: session.options.commandTimeout)
        flush()
        while Instant.now < end, !session.isClosedNow {
            let (isTold, again) = state.withLock { state in
                (state.handedIn.isEmpty && state.sending == 0 && !state.isClaiming, state.flushAt)
            }
            if isTold { return true }
            if again <= .now { flush() } else { parker.park(until: min(again, end)) }
        }
        return state.withLock { $0.handedIn.isEmpty && $0.sending == 0 }
    }

    /// Gives back what is not done.
    private func giveBackRunning() {
        // What was only claimed ahead, and is not back yet, was not worked on.
        let isCut = state.withLock { $0.running > 0 }
        let calls = queues.flatMap { $0.sources.flatMap { $0.room.leases.surrender() } }
        if calls.isEmpty { return }
        if isCut { state.withLock { $0.hasGivenUp = true } }
        do throws(RedisError) {
            _ = try session.redis.run(calls, patience: session.patience())
        } catch {
            session.log(.warning, "worker '\(name)' gives back in the background: \(error.message)")
            for call in calls { session.chores.add(call) }
        }
    }

    /// The worker is being freed.
    func dispose() {
        state.withLock { $0.isFreed = true }
        stop()
    }
}
