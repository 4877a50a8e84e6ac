// The thread of a producer: forms batches, sends them one after the other, tries again while the server is away.
//
// It begins with the first push and ends when there has been nothing to send for a while. A batch keeps its ids and its
// ticket however often it is sent, so that a lost answer doubles nothing.

import DistCoordRedis

/// One run of a producer's thread.
final class ProducerSender {
    private let room: ProducerRoom
    private let session: Session
    private let settings: ProducerSettings
    /// Jobs taken from the buffer, of which those before `next` are dealt with.
    private var jobs: [BufferedJob] = []
    private var next = 0
    private var spare: [BufferedJob] = []
    /// Since when no batch was accepted, and why.
    private var outage: (since: Instant, error: CoordinationError)?
    /// While it has jobs a closing client waits for it for a moment.
    private var isOperation = false

    /// How long the thread stays with nothing to send, in milliseconds.
    private static let linger: Int64 = 5_000
    /// No try is given less time than that, in milliseconds: a shorter one would only meet a slow server and leave it
    /// open whether the jobs were pushed.
    private static let shortestTry: Int64 = 1_000

    init(_ room: ProducerRoom) {
        self.room = room
        session = room.session
        settings = room.settings
    }

    func run() {
        session.cancelScope.add(room.parker)
        defer { session.cancelScope.remove(room.parker) }
        while let batch = nextBatch() {
            send(batch, PushTicket())
            removeSettled()
        }
    }

    /// Forgets jobs that are dealt with: all of them when nothing is left, else when they are the larger part.
    private func removeSettled() {
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: jobs.capacity <= ProducerRoom.keptCapacity)
            noteOperation(false)
        } else if next >= max(ProducerRoom.keptCapacity, jobs.count / 2) {
            jobs.removeFirst(next)
        } else {
            return
        }
        next = 0
    }

    private func noteOperation(_ isOne: Bool) {
        guard isOne != isOperation else { return }
        isOperation = isOne
        if isOne { session.beginOperation() } else { session.endOperation() }
    }

    // MARK: - Batches, as places in `jobs`: a slice of it would have it copied with the next change

    /// Sleeps until there is a batch to send; nil when the thread is to end.
    private func nextBatch() -> Range<Int>? {
        let idleUntil = Instant.now.advanced(milliseconds: ProducerSender.linger)
        while true {
            let view = room.collect(into: &jobs, by: &spare)
            let now = Instant.now
            guard let first = jobs.indices.contains(next) ? jobs[next] : nil else {
                if view.isClosed || now >= idleUntil {
                    if room.end() { return nil }
                } else {
                    room.sleep(until: idleUntil, wakeAt: 1)
                }
                continue
            }
            noteOperation(true)
            let (end, isFull) = batchEnd()
            let due = first.pushedAt.advanced(milliseconds: settings.batchTimeout)
            if isFull || view.isHurried || isStopped || now >= due { return next..<end }
            room.sleep(until: due, wakeAt: settings.batchSize - (end - next))
        }
    }

    /// Where the next batch ends, and whether it is full: when several full ones wait, they go together. A large job goes
    /// alone: when the server does not take it, no other suffers.
    private func batchEnd() -> (end: Int, isFull: Bool) {
        let limit = QueueHandle.callLimit.bytes
        var end = next
        var bytes = 0
        while end < jobs.count, end - next < QueueHandle.callLimit.jobs {
            let length = jobs[end].payload.count
            if end > next, bytes + length > limit { return (end, true) }
            bytes += length
            end += 1
        }
        let count = end - next
        if count > settings.batchSize, bytes < limit { end -= count % settings.batchSize }
        return (end, count >= settings.batchSize || bytes >= limit)
    }

    // MARK: - Sending

    /// Sends a batch, as often as it takes, and settles its jobs.
    private func send(_ batch: Range<Int>, _ ticket: PushTicket) {
        var ticket = ticket
        defer { room.queue.finish(ticket, in: session) }
        var backoff = Backoff()
        while true {
            if let end = endReason { return fail(batch, end) }
            let failure: CoordinationError
            do throws(CoordinationError) {
                let outcomes = try push(batch, &ticket)
                outage = nil
                return settle(batch, outcomes)
            } catch {
                failure = error
            }
            if let end = endReason { return fail(batch, end) }
            guard failure.status.isRetriable else { return reject(batch, failure) }
            let since = outage?.since ?? .now
            outage = (since, failure)
            let giveUp = giveUpTime(batch, outageSince: since)
            if Instant.now >= giveUp { return failOverdue(batch, failure) }
            backoff.next()
            let retry = min(backoff.notBefore, giveUp)
            while Instant.now < retry, !isStopped { room.parker.park(until: retry) }
        }
    }

    private func push(
        _ batch: Range<Int>, _ ticket: inout PushTicket
    ) throws(CoordinationError) -> [PushOutcome] {
        let now = Instant.now
        var patience = session.redis.patience { [room] in room.isGivenUp }
        if settings.retryTime > 0 {
            let giveUp = giveUpTime(batch, outageSince: outage?.since ?? now)
            patience.deadline = min(
                patience.deadline, max(giveUp, now.advanced(milliseconds: ProducerSender.shortestTry)))
        }
        let outcomes = try room.queue.push(
            prepared: batch.map { jobs[$0].item(now: now) }, ids: batch.map { jobs[$0].id }, ticket: &ticket,
            patience: patience)
        guard outcomes.count == batch.count else {
            throw CoordinationError(
                .serverError, "the server answered for \(outcomes.count) jobs of \(batch.count) that were pushed")
        }
        return outcomes
    }

    /// When a batch has failed: so long after it was pushed, and after the server went away.
    private func giveUpTime(_ batch: Range<Int>, outageSince: Instant) -> Instant {
        let retryTime = settings.retryTime
        guard retryTime >= 0 else { return .never }
        return max(jobs[batch.lowerBound].pushedAt, outageSince).advanced(milliseconds: retryTime)
    }

    private var isStopped: Bool { endReason != nil }

    /// Why nothing more is to be sent, if so.
    private var endReason: CoordinationError? {
        let what: String
        if room.isGivenUp {
            what = "the producer was closed"
        } else {
            do throws(CoordinationError) {
                try session.checkOpen()
                return nil
            } catch {
                what = "the client was closed"
            }
        }
        let cause = outage.map { "; the last try failed: \($0.error.message)" } ?? ""
        return CoordinationError(.closed, "\(what) before it was known that the job is pushed\(cause)")
    }

    // MARK: - What becomes of jobs

    private func settle(_ batch: Range<Int>, _ outcomes: [PushOutcome]) {
        var failures: [PushFailure] = []
        for (place, outcome) in zip(batch, outcomes) where outcome.status != .ok {
            failures.append(PushFailure(id: jobs[place].id, outcome: outcome))
        }
        room.settle(jobs[batch], sent: batch.count - failures.count, failures: failures)
        next = batch.upperBound
    }

    private func fail(_ batch: Range<Int>, _ error: CoordinationError) {
        let failures = batch.map { PushFailure(id: jobs[$0].id, status: error.status, message: error.message) }
        room.settle(jobs[batch], sent: 0, failures: failures)
        next = batch.upperBound
    }

    /// The server refuses a batch. What it has against one job is not to be the others' fault: each is sent alone.
    private func reject(_ batch: Range<Int>, _ error: CoordinationError) {
        guard batch.count > 1 else { return fail(batch, error) }
        while next < batch.upperBound { send(next..<(next + 1), PushTicket()) }
    }

    /// A batch has been tried for long enough. While the server stays away that holds for all jobs that are as old:
    /// none of them has to wait for tries of its own.
    private func failOverdue(_ batch: Range<Int>, _ error: CoordinationError) {
        fail(batch, error)
        let retryTime = settings.retryTime
        guard retryTime > 0 else { return }
        let now = Instant.now
        var end = next
        while end < jobs.count, jobs[end].pushedAt.advanced(milliseconds: retryTime) <= now { end += 1 }
        if end > next { fail(next..<end, error) }
    }
}
