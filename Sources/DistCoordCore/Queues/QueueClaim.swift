// Claiming. A claimer that finds nothing takes a place in line and sleeps until a push hands it jobs, or until time makes
// some ready: a delay or the lease of a dead worker ends. Every claimer in line knows that moment; those further back look a
// little later, so that the first deals with it and the others find it done.

import DistCoordRedis

extension QueueHandle {
    /// Claimers ask again after about this long even if nothing happens, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000
    /// How much later each next one in line looks, and the last at most, in milliseconds.
    private static let stagger: (each: Int64, atMost: Int64) = (25, 800)
    /// How long a claimer that gives up tries to tell the server before it leaves that to the background.
    private static let farewell: Int64 = 100

    /// Claims up to `count` jobs, waiting for the first for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with at least one job, `.empty`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func claim(count: Int, milliseconds: Int64) throws(CoordinationError) -> (Status, [ClaimedJob]) {
        guard (1...10_000).contains(count) else {
            throw .invalid("\(count) jobs cannot be claimed at once; 1 to 10000 can")
        }
        let room = try room()
        let wait = Wait(room.session, scope: room.scope, milliseconds: milliseconds)
        defer { wait.end() }
        var jobs: [ClaimedJob] = []
        do throws(CoordinationError) {
            if milliseconds == 0 || !room.expectsToWait.isSet {
                jobs = try claimReady(count, wait, room)
                if jobs.isEmpty, milliseconds == 0 { return (.empty, []) }
            }
            if jobs.isEmpty {
                room.expectsToWait.set()
                let status = try standInLine(count, wait, room, &jobs)
                if status != .ok { return (status, []) }
            }
        } catch {
            if error.status == .interrupted, let reason = wait.stopReason { return (reason, []) }
            throw error
        }
        addMore(count, wait, room, &jobs)
        return (.ok, jobs)
    }

    /// One call is about a limited number of jobs; takes what else is ready.
    private func addMore(_ count: Int, _ wait: Wait, _ room: QueueRoom, _ jobs: inout [ClaimedJob]) {
        var isFull = jobs.count == QueueCalls.batchLimit
        while isFull, jobs.count < count, wait.stopReason == nil {
            do throws(CoordinationError) {
                let more = try claimReady(count - jobs.count, wait, room)
                jobs.append(contentsOf: more)
                isFull = more.count == QueueCalls.batchLimit
            } catch {
                room.session.log(.warning, "claimed only \(jobs.count) jobs of queue '\(name)': \(error.message)")
                return
            }
        }
    }

    /// Claims what is ready.
    private func claimReady(_ count: Int, _ wait: Wait, _ room: QueueRoom) throws(CoordinationError) -> [ClaimedJob] {
        let claim = QueueCalls.Claim(
            slot: room.takeSlot(), token: "", count: min(count, QueueCalls.batchLimit), lease: leaseLength)
        let sentAt = Instant.now
        let reply: Reply
        do throws(CoordinationError) {
            reply = try room.run(room.calls.claim(claim), wait.patience)
        } catch {
            takeBack(claim, after: error, room)
            throw error
        }
        room.giveBack(claim.slot)
        return try install(reply, claim, sentAt: sentAt, room) ?? []
    }

    /// Ends a claim whose request failed. It may have reached the server all the same, and it may be in line: what it
    /// claimed is given back.
    private func takeBack(_ claim: QueueCalls.Claim, after error: CoordinationError, _ room: QueueRoom) {
        if error.status == .noReply || error.status == .interrupted || claim.arrival != 0 {
            // The slot is not used again: a later request would make the server forget this one.
            room.session.chores.add(room.calls.withdraw(claim, givesBack: true))
        } else {
            room.giveBack(claim.slot)
        }
    }

    // MARK: - Waiting

    /// What a claimer knows of its place.
    private struct Line {
        var claim: QueueCalls.Claim
        var askAt = Instant.never
        /// A pair of readings of this machine's clock and the server's: the first was taken before the second.
        var sentAt = Instant.now
        var serverTime: Int64 = 0

        /// A moment of the server's clock as one of this machine's, rather too early than too late.
        func localMoment(ofServerTime microseconds: Int64) -> Instant {
            Instant(nanoseconds: sentAt.nanoseconds &+ (microseconds &- serverTime) &* 1_000)
        }
    }

    private func standInLine(
        _ count: Int, _ wait: Wait, _ room: QueueRoom, _ jobs: inout [ClaimedJob]
    ) throws(CoordinationError) -> Status {
        let waiter = try translating { () throws(RedisError) in try room.session.mailbox.register(wait) }
        defer { room.session.mailbox.remove(waiter) }
        var line = Line(
            claim: QueueCalls.Claim(
                slot: room.takeSlot(), token: waiter.token, count: min(count, QueueCalls.batchLimit), lease: leaseLength
            ))
        while true {
            do throws(CoordinationError) {
                jobs = try ask(&line, wait, room)
            } catch {
                // Never in line yet: tell at once. Later an outage is ridden out, for as long as the caller wants to wait.
                if line.claim.arrival == 0 || !error.status.isRetriable {
                    takeBack(line.claim, after: error, room)
                    throw error
                }
                line.askAt = Instant.now.advanced(milliseconds: 100)
            }
            if jobs.isEmpty, let status = try sleep(&line, waiter, wait, room, &jobs) { return status }
            if !jobs.isEmpty {
                room.giveBack(line.claim.slot)
                return .ok
            }
        }
    }

    /// Asks for jobs, or for the place in line.
    private func ask(_ line: inout Line, _ wait: Wait, _ room: QueueRoom) throws(CoordinationError) -> [ClaimedJob] {
        let sentAt = Instant.now
        let reply = try room.run(room.calls.claim(line.claim), wait.patience)
        line.claim.isRepeated = true
        if let jobs = try install(reply, line.claim, sentAt: sentAt, room) {
            // None when their payloads are missing; they are being buried.
            if jobs.isEmpty { line.askAt = Instant.now.advanced(milliseconds: 50) }
            return jobs
        }
        line.sentAt = sentAt
        line.serverTime = reply.integer(at: 2)
        line.claim.arrival = reply.integer(at: 3)
        line.askAt = Instant.now.advanced(milliseconds: Int64.random(in: QueueHandle.recheck))
        let event = reply.integer(at: 1)
        if event >= 0 {
            let place = min(max(0, reply.integer(at: 4)), QueueHandle.stagger.atMost)
            // One millisecond later than the moment: the server compares whole milliseconds.
            let delay = event + 1 + min(place * QueueHandle.stagger.each, QueueHandle.stagger.atMost)
            line.askAt = min(line.askAt, Instant.now.advanced(milliseconds: delay))
        }
        return []
    }

    /// Sleeps until there are jobs, or it is time to ask again (then nil), or to stop.
    private func sleep(
        _ line: inout Line, _ waiter: MailboxWaiter, _ wait: Wait, _ room: QueueRoom, _ jobs: inout [ClaimedJob]
    ) throws(CoordinationError) -> Status? {
        while true {
            while let message = waiter.takeMessage() {
                guard let handed = HandedJobs(message) else { return nil }
                let lease = Lease(
                    token: "", fence: UInt64(clamping: handed.claim), length: line.claim.lease, renews: true,
                    left: handed.lease, countedFrom: line.localMoment(ofServerTime: handed.serverTime))
                // Jobs that lay unread, because the process was stopped, are void; asking tells what became of them.
                if lease.isOver() { return nil }
                jobs = try install(handed.jobs, claim: handed.claim, lease: lease, room)
                return nil
            }
            if waiter.takeMustAsk() { return nil }
            if let reason = wait.stopReason { return try giveUp(reason, line, room, &jobs) }
            let now = Instant.now
            if now >= wait.deadline { return try giveUp(.timedOut, line, room, &jobs) }
            if now >= line.askAt { return nil }
            wait.sleep(until: line.askAt)
        }
    }

    /// Leaves the line. Whoever is handed jobs in the last moment keeps them after a time-out, and gives them back when told to
    /// stop.
    private func giveUp(
        _ reason: Status, _ line: Line, _ room: QueueRoom, _ jobs: inout [ClaimedJob]
    ) throws(CoordinationError) -> Status? {
        let sentAt = Instant.now
        let patience = Patience(deadline: sentAt.advanced(milliseconds: QueueHandle.farewell))
        let reply: Reply
        do throws(CoordinationError) {
            reply = try room.run(room.calls.withdraw(line.claim, givesBack: reason != .timedOut), patience)
        } catch {
            room.session.chores.add(room.calls.withdraw(line.claim, givesBack: true))
            return reason
        }
        jobs = try install(reply, line.claim, sentAt: sentAt, room) ?? []
        if !jobs.isEmpty { return nil }
        room.giveBack(line.claim.slot)
        return reason
    }

    // MARK: - Taking over

    /// Takes over the jobs of a reply of queue_claim.lua; nil when it holds none.
    private func install(
        _ reply: Reply, _ claim: QueueCalls.Claim, sentAt: Instant, _ room: QueueRoom
    ) throws(CoordinationError) -> [ClaimedJob]? {
        let number = reply.integer(at: 0)
        guard number > 0 else { return nil }
        var jobs: [HandedJobs.Job] = []
        jobs.reserveCapacity(reply.count / 2)
        for place in 0..<(reply.count / 2) {
            guard let text = reply[2 * place + 2], let record = text.withBytes({ JobRecord($0) }) else { continue }
            jobs.append(
                HandedJobs.Job(
                    place: place, id: reply.string(at: 2 * place + 1), record: record, content: .reply(text),
                    range: record.payloadOffset..<max(record.payloadOffset, text.withBytes { $0.count })))
        }
        let lease = Lease(
            token: "", fence: UInt64(clamping: number), length: claim.lease, renews: true, left: claim.lease,
            countedFrom: sentAt)
        return try install(jobs, claim: number, lease: lease, room)
    }

    private func install(
        _ jobs: [HandedJobs.Job], claim: Int64, lease: Lease, _ room: QueueRoom
    ) throws(CoordinationError) -> [ClaimedJob] {
        if jobs.isEmpty { return [] }
        let entries = jobs.map { job in
            ClaimBatch.Entry(
                held: QueueCalls.Held(id: job.id, claim: claim, priority: job.record.priority),
                fence: UInt64(clamping: claim &+ Int64(job.place)), record: job.record)
        }
        let batch = ClaimBatch(leases: room.leases, entries: entries, lease: lease)
        do throws(RedisError) {
            try room.leases.add(batch)
        } catch {
            // Nobody could renew them: give them back rather than lose them later.
            room.session.chores.add(room.calls.release(batch.surrender()))
            throw CoordinationError(error)
        }
        var claimed: [ClaimedJob] = []
        claimed.reserveCapacity(jobs.count)
        for (index, job) in jobs.enumerated() where !job.record.isPayloadApart {
            claimed.append(ClaimedJob(batch: batch, index: index, content: job.content, range: job.range))
        }
        if claimed.count < jobs.count { try fetchPayloads(of: batch, room, &claimed) }
        room.session.log(.debug, "claimed \(claimed.count) jobs of queue '\(name)', claim \(claim)")
        return claimed
    }

    /// Adds the jobs whose payload is kept apart.
    private func fetchPayloads(
        of batch: ClaimBatch, _ room: QueueRoom, _ claimed: inout [ClaimedJob]
    ) throws(CoordinationError) {
        for index in batch.entries.indices where batch.entries[index].record.isPayloadApart {
            let entry = batch.entries[index]
            let key = room.calls.base + "b:" + entry.held.id
            do throws(RedisError) {
                let redis = room.session.redis
                let replies = try redis.commands(patience: room.session.patience(), expectsMuch: true) {
                    $0.command("GET", key)
                }
                guard let reply = replies.first else { throw RedisError(.system, "a reply is missing") }
                if let text = reply.error { throw redis.serverError(text, doing: "GET of a payload") }
                if !reply.isNull {
                    let length = reply.withBytes { $0.count }
                    claimed.append(ClaimedJob(batch: batch, index: index, content: .reply(reply), range: 0..<length))
                    continue
                }
            } catch {
                room.session.chores.add(room.calls.release(batch.surrender()))
                room.leases.remove(batch)
                throw CoordinationError(error)
            }
            // Only an eviction or a stranger can have removed it; trying again would find it missing again.
            guard case .taken = batch.take(index) else { continue }
            batch.settle(index)
            room.session.chores.add(
                room.calls.fail(
                    entry.held, fence: entry.fence, message: "the payload is missing on the server", retry: false,
                    fraction: 0))
        }
        claimed.sort { $0.index < $1.index }
    }
}
