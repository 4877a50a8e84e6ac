// Those who ask a worker for a job when none is there: one claims, the others wait for what it brings.

import DistCoordRedis
import Synchronization

extension WorkerCore {
    private enum Step {
        case job(ClaimedJob)
        /// `alone`: nothing that this worker does can bring another job by the time the claim reaches the server.
        case claim(count: Int, alone: Bool)
        case sleep
        case awaitReturn
        case stopped
    }

    /// Waits for a job.
    func waitForNext(_ milliseconds: Int64) throws(CoordinationError) -> (Status, ClaimedJob?) {
        try session.checkOpen()
        if isStopped { return (.empty, nil) }
        startThread()
        let deadline = Instant.after(waitMilliseconds: milliseconds)
        let cancelsBefore = (cancels.load(ordering: .acquiring), session.cancelScope.currentEpoch)
        var wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer {
            wait.end()
            // Whoever was woken to do something, and does not, leaves it to another.
            state.withLock { wakeSleepers(&$0) }
        }
        var backoff = Backoff()
        while true {
            var stopReason: Status?
            switch step(wait) {
            case .job(let job):
                if job.batch.begin(job.index) { return (.ok, job) }
                endRunning(1)
                continue
            case .stopped: return (.empty, nil)
            case .claim(let count, let alone):
                do throws(CoordinationError) {
                    let status = try claim(count, wait, waits: milliseconds != 0)
                    if status == .ok { continue }
                    if status == .empty, endDraining(claimedAlone: alone) { return (.empty, nil) }
                    stopReason = status == .empty ? (milliseconds == 0 ? .timedOut : nil) : status
                    backoff.reset()
                } catch {
                    stopReason = try rideOut(error, &backoff, wait, deadline)
                }
            case .sleep:
                if milliseconds != 0 { wait.sleep(until: .never) }
                forget(wait.parker)
                if let job = takeReady() { return (.ok, job) }
                stopReason = wait.stopReason ?? (Instant.now >= deadline ? .timedOut : nil)
            case .awaitReturn:
                // Also by one who does not wait: perhaps those are all the jobs there are. It takes no longer than a command.
                wait.parker.park(until: Instant.now.advanced(milliseconds: Patience.slice))
                stopReason = wait.stopReason
            }
            guard let stopReason else { continue }
            if isStopped { return (.empty, nil) }
            let cancelsNow = (cancels.load(ordering: .acquiring), session.cancelScope.currentEpoch)
            if stopReason != .cancelled || cancelsNow != cancelsBefore { return (stopReason, nil) }
            // Cancelled by the worker itself, to have it look anew.
            wait.end()
            wait = Wait(session, scope: scope, milliseconds: deadline == .never ? -1 : deadline.milliseconds())
        }
    }

    var isStopped: Bool { state.withLock { $0.phase == .stopped } }
    private var isDraining: Bool { state.withLock { $0.phase == .draining } }

    /// What is to be done next by one who asks.
    private func step(_ wait: Wait) -> Step {
        state.withLock { state in
            if state.phase == .stopped { return .stopped }
            if state.running < concurrency {
                if let job = state.ready.take() {
                    state.running += 1
                    state.taken += 1
                    note(&state)
                    return .job(job)
                }
                if state.awaitingReturn != nil {
                    state.awaitingReturn?.append(wait.parker)
                    return .awaitReturn
                }
                if !state.isClaiming {
                    state.isClaiming = true
                    state.pace.ranDry(at: .now)
                    let ahead = prefetch ?? state.pace.ahead()
                    // What has been handed in travels with the claim and comes to the server before it; but it counts
                    // after it when the server does not know its script yet, or when it has to be sent again.
                    return .claim(
                        count: min(concurrency - state.running + ahead, QueueCalls.batchLimit),
                        alone: state.running == 0 && state.handedIn.isEmpty && state.sending == 0)
                }
            }
            state.sleepers.append(wait.parker)
            return .sleep
        }
    }

    private func forget(_ parker: Parker) {
        state.withLock { $0.sleepers.removeAll { $0 === parker } }
    }

    /// Claims for all who ask.
    private func claim(_ count: Int, _ wait: Wait, waits: Bool) throws(CoordinationError) -> Status {
        // Who drains does not wait for what may come.
        let waits = waits && !isDraining
        do throws(CoordinationError) {
            for queue in queues { try queue.rooms.register(wait.patience) }
            // A request to cancel one of the jobs is to find somebody to tell.
            try translating { () throws(RedisError) in try session.mailbox.open(wait.patience) }
        } catch {
            receive([])
            if error.status == .interrupted, let reason = wait.stopReason { return reason }
            throw error
        }
        var claimer = Claimer(
            sourcesInTurn(), session: session, wait: wait, count: count, follower: self, luggage: luggage())
        do throws(CoordinationError) {
            let status = try claimer.run(waits: waits)
            hasMet.set()
            receive(claimer.jobs)
            return status
        } catch {
            receive(claimer.jobs)
            throw error
        }
    }

    /// The claim has ended.
    private func receive(_ jobs: [ClaimedJob]) {
        let (isUnwanted, wakesThread) = state.withLock { state -> (Bool, Bool) in
            state.isClaiming = false
            state.hasClaimLeft = false
            guard state.phase != .stopped else { return (true, false) }
            if !jobs.isEmpty {
                let now = Instant.now
                state.ready.add(jobs)
                state.pace.refilled(jobs.count, at: now)
                state.idleSince = now
                note(&state)
                return (false, WorkerCore.look(&state, by: nextLookAfterClaim(state, now)))
            }
            return (false, false)
        }
        state.withLock { wakeSleepers(&$0) }
        if isUnwanted { ClaimedJob.giveBack(jobs) }
        if isUnwanted || wakesThread { parker.unpark() }
    }

    /// A claim has failed. An outage of a server that has been reached before is waited out.
    ///
    /// - Returns: A reason to give up, else nil: to try again.
    private func rideOut(
        _ error: CoordinationError, _ backoff: inout Backoff, _ wait: Wait, _ deadline: Instant
    ) throws(CoordinationError) -> Status? {
        if let reason = wait.stopReason { return reason }
        guard error.status.isRetriable, hasMet.isSet, Instant.now < deadline else { throw error }
        session.log(.warning, "worker '\(name)' cannot claim: \(error.message)")
        backoff.next()
        while Instant.now < backoff.notBefore, wait.stopReason == nil, Instant.now < deadline {
            wait.sleep(until: backoff.notBefore)
        }
        if let reason = wait.stopReason { return reason }
        if Instant.now >= deadline { throw error }
        return nil
    }

    /// There was nothing to claim: stops a worker that drains. As long as others work on jobs it goes on, for what their
    /// completion may let in; only the caller ends.
    ///
    /// - Parameter claimedAlone: Nothing was under way when the claim began. If something was, its end may have let in a
    ///   job after the server had found none: then it is to be asked again.
    /// - Returns: Whether the caller ends.
    private func endDraining(claimedAlone: Bool) -> Bool {
        let (isDraining, othersWork) = state.withLock { ($0.phase == .draining, $0.running > 0) }
        guard isDraining else { return false }
        if othersWork { return true }
        guard claimedAlone else { return false }
        stop()
        return true
    }

    // MARK: - What travels with a claim

    /// What is to be told to the server besides.
    private func luggage() -> ClaimLuggage? {
        let handedIn = state.withLock { state in
            let jobs = takeHandedIn(&state)
            state.sending += jobs.count
            return jobs
        }
        let calls = HandedInCall.calls(for: handedIn)
        let beat = registration.firstBeat(tally)
        guard !calls.isEmpty || !beat.isEmpty else {
            state.withLock { $0.hasClaimLeft = true }
            return nil
        }
        return ClaimLuggage(
            calls: calls.map(\.call) + beat,
            delivered: { [self] replies in
                state.withLock { $0.hasClaimLeft = true }
                take(Array(replies.prefix(calls.count)), for: calls)
                sent(handedIn.count)
                registration.answered(Array(replies.dropFirst(calls.count)))
                if !beat.isEmpty { wakeThread(by: registration.nextBeat) }
            },
            failed: { [self] error in
                putBack(handedIn, after: error)
                sent(handedIn.count)
                if !beat.isEmpty { wakeThread(by: registration.nextBeat) }
            })
    }
}
