// Telling the server what is done. Nothing is dropped while its lease lasts; what could not be told until then is
// counted as lost, and will run again.

import DistCoordRedis

extension WorkerCore {
    /// How long after a failure what is done is sent again, in milliseconds.
    private static let retry: ClosedRange<Int64> = 100...400

    /// Takes what is to be sent, with the lock held; `sent` must follow, or it must be forgotten.
    func takeHandedIn(_ state: inout State) -> [HandedIn] {
        guard !state.handedIn.isEmpty else { return [] }
        let jobs = state.handedIn
        state.handedIn = []
        state.handedIn.reserveCapacity(jobs.count)
        state.handedInBytes = 0
        state.flushAt = .never
        return jobs
    }

    /// What was taken to be sent is answered, or back.
    func sent(_ count: Int) {
        if count == 0 { return }
        state.withLock { state in
            state.sending -= count
            wakeSleepers(&state)
        }
    }

    /// Sends what is done, now.
    func flush() {
        // A client that closes waits for this, and tells itself what comes later.
        session.beginOperation()
        defer { session.endOperation() }
        if session.isClosedNow { return }
        let jobs = state.withLock { state in
            let jobs = takeHandedIn(&state)
            state.sending += jobs.count
            return jobs
        }
        if jobs.isEmpty { return }
        let calls = HandedInCall.calls(for: jobs)
        do throws(RedisError) {
            let replies = try session.redis.run(calls.map(\.call), patience: session.redis.patience())
            take(Array(replies), for: calls)
        } catch {
            putBack(calls.flatMap(\.jobs), after: CoordinationError(error))
        }
        sent(jobs.count)
    }

    /// Takes note of replies, of which there is one for each call.
    func take(_ replies: [Reply], for calls: [HandedInCall]) {
        for (index, call) in calls.enumerated() {
            guard index < replies.count else {
                putBack(call.jobs, after: CoordinationError(.noReply, "a reply is missing"))
                continue
            }
            let open = call.take(replies[index])
            if open.isEmpty { continue }
            let text = replies[index].error
            let error = text.map { session.redis.serverError($0, doing: "queue_complete") }
            putBack(
                open, after: error.map { CoordinationError($0) } ?? CoordinationError(.noReply, "a reply is cut off"))
        }
    }

    /// What is done could not be sent.
    func putBack(_ jobs: [HandedIn], after error: CoordinationError) {
        if jobs.isEmpty { return }
        session.log(.warning, "worker '\(name)' could not tell of \(jobs.count) jobs done: \(error.message)")
        var kept: [HandedIn] = []
        for job in jobs {
            if error.status.isRetriable || error.status == .interrupted, !job.batch.isOver {
                var job = job
                job.isRepeated = true
                kept.append(job)
            } else {
                session.log(
                    .error,
                    "job '\(job.batch.entries[job.index].held.id)' lost: that it is done could not be told in time")
                job.batch.lose(job.index)
            }
        }
        if kept.isEmpty { return }
        let again = Instant.now.advanced(milliseconds: Int64.random(in: WorkerCore.retry))
        state.withLock { state in
            state.handedIn = kept + state.handedIn
            state.handedInBytes = state.handedIn.reduce(0) { $0 + $1.result.count }
            state.flushAt = again
        }
        wakeThread(by: again)
    }
}
