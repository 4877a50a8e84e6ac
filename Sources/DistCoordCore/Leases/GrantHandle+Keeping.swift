// What the keeper does with a grant, and how its loss is told.

import DistCoordRedis

extension GrantHandle {
    /// Has a function called whenever the grant is lost, without any lock held.
    func onLoss(_ body: @escaping @Sendable () -> Void) {
        hold.withLock { $0.onLoss = body }
    }

    /// Has a function called when somebody waits for the grant with that fence, without any lock held.
    func onRecall(_ body: @escaping @Sendable (UInt64) -> Void) {
        hold.withLock { $0.onRecall = body }
    }

    var schedule: (renewAt: Instant, lostAt: Instant) {
        hold.withLock { hold in
            guard let lease = hold.lease else { return (.never, .never) }
            return (lease.renewAt, lease.deadline)
        }
    }

    func renewal() -> ScriptCall? {
        hold.withLock { hold in
            guard let lease = hold.lease else { return nil }
            hold.renewingFence = lease.fence
            return calls.extend(token: lease.token, fence: lease.fence, lease: lease.length)
        }
    }

    func renewed(_ reply: Reply, sentAt: Instant) {
        let (fence, onRecall, isRaising) = hold.withLock {
            ($0.renewingFence, reply.integer == 2 ? $0.onRecall : nil, $0.isRaising)
        }
        guard reply.integer ?? 0 > 0 else {
            // The server may have the new fence already, of which its answer has yet to tell.
            if isRaising { return renewalFailed(retryAt: .now.advanced(milliseconds: 5)) }
            return lose(fence, "another has it")
        }
        let length = hold.withLock { $0.lease?.length } ?? 0
        // The answer may be about a grant that was released meanwhile.
        if renew(fence, length: length, countedFrom: sentAt) { onRecall?(fence) }
    }

    /// The server has agreed to a longer lease. An answer that was read too late, because the process was stopped, changes
    /// nothing any more, for lost is final: the longer lease is given back.
    func renew(_ fence: UInt64, length: Int64, countedFrom sentAt: Instant) -> Bool {
        let (lease, session, isHeld) = hold.withLock { hold -> (Lease?, Session?, Bool) in
            guard let lease = hold.lease, lease.fence == fence else { return (nil, nil, false) }
            if lease.isOver() { return (lease, hold.session, false) }
            hold.lease?.length = length
            hold.lease?.renew(countedFrom: sentAt)
            return (lease, hold.session, true)
        }
        if !isHeld, let lease, let session {
            lose(fence, "its lease could not be renewed in time")
            session.chores.add(calls.release(token: lease.token, fence: fence))
        }
        return isHeld
    }

    func renewalFailed(retryAt: Instant) {
        hold.withLock { $0.lease?.retryRenewal(at: retryAt) }
    }

    func expire(now: Instant) {
        let fence = hold.withLock { hold -> UInt64? in
            guard let lease = hold.lease, lease.isOver(at: now) else { return nil }
            return lease.fence
        }
        if let fence { lose(fence, "its lease could not be renewed in time") }
    }

    /// The grant with that fence is lost, unless it was released meanwhile.
    func lose(_ fence: UInt64, _ why: String) {
        let lost = hold.withLock { hold -> (lease: Lease, session: Session?, since: Instant, onLoss: (() -> Void)?)? in
            guard let lease = hold.lease, lease.fence == fence else { return nil }
            hold.lease = nil
            hold.isLost = true
            if lease.isOver(), let session = hold.session { hold.expired = (lease, session) }
            loss.raise()
            return (lease, hold.session, hold.since, hold.onLoss)
        }
        guard let lost, let session = lost.session else { return }
        forgetToken(lost.lease.token, session)
        if terms.isPart {
            session.log(.warning, "\(what): \(session.redis.address.description) grants it no more: \(why)")
        } else {
            session.log(.error, "\(what) lost: \(why)")
        }
        meter.lost(session, fence: fence, since: lost.since)
        // One of several may have been taken away; the others are of no use without it.
        if calls.subjects.count > 1 { session.chores.add(calls.release(token: lost.lease.token, fence: fence)) }
        lost.onLoss?()
    }

    func surrender() -> [ScriptCall] {
        let (lease, session, since) = hold.withLock { hold in
            defer { hold.lease = nil }
            loss.lower()
            return (hold.lease, hold.session, hold.since)
        }
        guard let lease, let session else { return [] }
        forgetToken(lease.token, session)
        meter.released(session, fence: lease.fence, since: since, wasLost: lease.isOver())
        return [calls.release(token: lease.token, fence: lease.fence)]
    }
}
