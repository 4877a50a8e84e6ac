// Taking over claimed jobs: from a reply, or from the message of a push.

import DistCoordRedis

extension QueueRoom {
    /// Ends a claim whose request failed. It may have reached the server all the same, and it may be in line: what it
    /// claimed is given back.
    func takeBack(_ claim: QueueCalls.Claim, after error: CoordinationError) {
        if error.status == .noReply || error.status == .interrupted || claim.isRepeated {
            // The slot is not used again: a later request would make the server forget this one.
            session.chores.add(calls.withdraw(claim, givesBack: true))
        } else {
            giveBack(claim.slot)
        }
    }

    /// Takes over the jobs of a reply of queue_claim.lua; nil when it holds none.
    func install(
        _ reply: Reply, _ claim: QueueCalls.Claim, sentAt: Instant, _ follower: (any JobFollower)?
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
        return try install(jobs, claim: number, lease: lease, follower)
    }

    /// Takes over jobs of one claim.
    func install(
        _ jobs: [HandedJobs.Job], claim: Int64, lease: Lease, _ follower: (any JobFollower)?
    ) throws(CoordinationError) -> [ClaimedJob] {
        if jobs.isEmpty { return [] }
        let entries = jobs.map { job in
            ClaimBatch.Entry(
                held: QueueCalls.Held(id: job.id, claim: claim),
                fence: UInt64(clamping: claim &+ Int64(job.place)), record: job.record)
        }
        let batch = ClaimBatch(leases: leases, entries: entries, lease: lease, follower: follower)
        do throws(RedisError) {
            try leases.add(batch)
        } catch {
            // Nobody could renew them: give them back rather than lose them later.
            session.chores.add(calls.release(batch.surrender()))
            throw CoordinationError(error)
        }
        var claimed: [ClaimedJob] = []
        claimed.reserveCapacity(jobs.count)
        for (index, job) in jobs.enumerated() where !job.record.isPayloadApart {
            claimed.append(ClaimedJob(batch: batch, index: index, content: job.content, range: job.range))
        }
        if claimed.count < jobs.count { try fetchPayloads(of: batch, &claimed) }
        session.log(.debug, "claimed \(claimed.count) jobs of queue '\(leases.name)', claim \(claim)")
        return claimed
    }

    /// Adds the jobs whose payload is kept apart.
    private func fetchPayloads(of batch: ClaimBatch, _ claimed: inout [ClaimedJob]) throws(CoordinationError) {
        for index in batch.entries.indices where batch.entries[index].record.isPayloadApart {
            let entry = batch.entries[index]
            let key = calls.base + "b:" + entry.held.id
            do throws(RedisError) {
                let redis = session.redis
                let replies = try redis.commands(patience: session.patience(), expectsMuch: true) {
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
                session.chores.add(calls.release(batch.surrender()))
                leases.remove(batch)
                throw CoordinationError(error)
            }
            // Only an eviction or a stranger can have removed it; trying again would find it missing again.
            guard case .taken = batch.take(index) else { continue }
            batch.settle(index, as: .failed)
            session.chores.add(
                calls.fail(
                    entry.held, fence: entry.fence,
                    failure: JobFailure(type: "payload", message: "the payload is missing on the server"),
                    retry: false))
        }
        claimed.sort { $0.index < $1.index }
    }
}

extension ClaimedJob {
    /// Gives jobs back, those of them that are not settled, in the background unless `give` makes the calls itself.
    static func giveBack(
        _ jobs: [ClaimedJob], by give: (Session, ScriptCall) -> Void = { $0.chores.add($1) }
    ) {
        var rest = jobs[...]
        while let first = rest.first {
            // Jobs of one queue by one call, which keeps their order.
            let batch = first.batch
            let alike = rest.prefix { $0.batch.calls.base == batch.calls.base }.prefix(QueueCalls.batchLimit)
            rest = rest.dropFirst(alike.count)
            let held = alike.compactMap { $0.letGo() }
            if !held.isEmpty { give(batch.session, batch.calls.release(held)) }
        }
    }

    /// Settles the job here, if it is not, because it is given back.
    private func letGo() -> QueueCalls.Held? {
        guard case .taken = batch.take(index) else { return nil }
        batch.settle(index, as: .released)
        return entry.held
    }
}
