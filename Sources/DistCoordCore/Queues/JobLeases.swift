// The leases of all jobs claimed through one handle, as one thing for the keeper: one call renews up to a thousand
// jobs. Claiming and completing are a hot path, so a claim's jobs come and go together, and the keeper is told only
// when it would otherwise look too late.

import DistCoordRedis

/// Keeps the jobs of one queue.
final class JobLeases: Leased, Holding {
    private struct State: Sendable {
        var batches: [ObjectIdentifier: ClaimBatch] = [:]
        // No later than what the batches need; possibly earlier, since leaving batches do not change them.
        var renewAt = Instant.never
        var lostAt = Instant.never
        var isHolder = false
        /// What the renewal under way is about.
        var renewing: [(batch: ClaimBatch, indices: [Int])] = []
    }

    let session: Session
    let calls: QueueCalls
    let name: String
    /// Gone when its owner has freed it: jobs do not keep it alive.
    weak let client: Client?
    /// Name of the worker that claims through the handle; nil when it has none.
    let worker = Guarded<String?>(nil)
    let isKept = Flag()
    private let state = Guarded(State())

    /// Renewals that are nearly due go along with those that are, in milliseconds.
    private static let batchAhead: Int64 = 50

    init(client: Client, session: Session, calls: QueueCalls, name: String) {
        self.client = client
        self.session = session
        self.calls = calls
        self.name = name
    }

    deinit {
        guard session.generation == ForkGuard.generation, state.withLock({ $0.isHolder }) else { return }
        session.forget(ObjectIdentifier(self))
        session.cancelRequests.forgetThoseGone(calls.base)
    }

    /// Begins to keep the jobs of a claim.
    func add(_ batch: ClaimBatch) throws(RedisError) {
        let schedule = batch.schedule
        let (isEarlier, isNew) = state.withLock { state -> (Bool, Bool) in
            state.batches[ObjectIdentifier(batch)] = batch
            let isEarlier = schedule.renewAt < state.renewAt || schedule.lostAt < state.lostAt
            state.renewAt = min(state.renewAt, schedule.renewAt)
            state.lostAt = min(state.lostAt, schedule.lostAt)
            defer { state.isHolder = true }
            return (isEarlier, !state.isHolder)
        }
        if isNew {
            session.add(self)
            session.cancelRequests.add(self)
        }
        guard isEarlier || !isKept.isSet else { return }
        do throws(RedisError) {
            try session.keeper.keep(self)
        } catch {
            remove(batch)
            throw error
        }
    }

    /// Ends keeping the jobs of a claim.
    func remove(_ batch: ClaimBatch) {
        state.withLock { $0.batches[ObjectIdentifier(batch)] = nil }
    }

    // MARK: - For the keeper

    var schedule: (renewAt: Instant, lostAt: Instant) {
        state.withLock { ($0.renewAt, $0.lostAt) }
    }

    func renewal() -> ScriptCall? {
        let horizon = Instant.now.advanced(milliseconds: JobLeases.batchAhead)
        let batches = state.withLock { Array($0.batches.values) }
        // One call has one length; what is left over is due still, and the keeper asks again at once.
        var length: Int64?
        var renewing: [(batch: ClaimBatch, indices: [Int])] = []
        var jobs: [QueueCalls.Held] = []
        for batch in batches where batch.schedule.renewAt <= horizon {
            guard batch.leaseLength == length ?? batch.leaseLength else { continue }
            let indices = batch.renewable
            guard !indices.isEmpty, jobs.count + indices.count <= QueueCalls.batchLimit else { continue }
            length = batch.leaseLength
            renewing.append((batch, indices))
            jobs.append(contentsOf: indices.map { batch.entries[$0].held })
        }
        guard let length else {
            reschedule()
            return nil
        }
        state.withLock { $0.renewing = renewing }
        return calls.renew(jobs, lease: length)
    }

    func renewed(_ reply: Reply, sentAt: Instant) {
        let digits = reply.bytes
        var position = 0
        for (batch, indices) in takeRenewing() {
            let answers = digits.dropFirst(position).prefix(indices.count).map {
                ClaimBatch.Renewal(rawValue: $0) ?? .notHeld
            }
            position += indices.count
            batch.renewed(indices, answers, sentAt: sentAt)
        }
        reschedule()
        // Who works that long may have nobody who waits for messages, and is to hear of it when a job is to be
        // cancelled.
        session.mailbox.readUnattended()
    }

    /// Somebody asks to cancel a job, if it is one of these.
    func cancelRequested(id: String) {
        for batch in state.withLock({ Array($0.batches.values) }) { batch.cancelRequested(id: id) }
    }

    func renewalFailed(retryAt: Instant) {
        for (batch, _) in takeRenewing() { batch.retryRenewal(at: retryAt) }
        reschedule()
    }

    func expire(now: Instant) {
        for batch in state.withLock({ Array($0.batches.values) }) where batch.expire(now: now) { remove(batch) }
        reschedule()
    }

    private func takeRenewing() -> [(batch: ClaimBatch, indices: [Int])] {
        state.withLock { state in
            defer { state.renewing = [] }
            return state.renewing
        }
    }

    /// Looks anew when the keeper is needed next.
    private func reschedule() {
        state.withLock { state in
            state.renewAt = .never
            state.lostAt = .never
            for batch in state.batches.values {
                let schedule = batch.schedule
                state.renewAt = min(state.renewAt, schedule.renewAt)
                state.lostAt = min(state.lostAt, schedule.lostAt)
            }
        }
    }

    // MARK: - For a client that closes

    func surrender() -> [ScriptCall] {
        let batches = state.withLock { state in
            defer { state.batches = [:] }
            return Array(state.batches.values)
        }
        var jobs = batches.flatMap { $0.surrender() }[...]
        var releases: [ScriptCall] = []
        while !jobs.isEmpty {
            releases.append(calls.release(Array(jobs.prefix(QueueCalls.batchLimit))))
            jobs = jobs.dropFirst(QueueCalls.batchLimit)
        }
        return releases
    }
}
