// What time, and others, do to claimed jobs: leases are renewed or end, somebody asks to cancel, an attempt takes too
// long.

import DistCoordRedis

extension ClaimBatch {
    // MARK: - For the keeper, by way of JobLeases

    /// When to renew, and when the lease is to be taken for lost.
    var schedule: (renewAt: Instant, lostAt: Instant) {
        state.withLock { ($0.lease.renewAt, $0.lease.deadline) }
    }

    /// Length that renewals ask for.
    var leaseLength: Int64 { state.withLock { $0.lease.length } }

    /// The jobs that are to be renewed.
    var renewable: [Int] {
        state.withLock { state in entries.indices.filter { state.slots[$0].progress.isHeld } }
    }

    /// The server has said of each job whether it is held still, and whether somebody asks to cancel it.
    func renewed(_ indices: [Int], _ answers: [Renewal], sentAt: Instant) {
        let (ended, isEmpty) = state.withLock { state -> (Ended, Bool) in
            state.lease.renew(countedFrom: sentAt)
            let gone = zip(indices, answers).filter { $0.1 == .notHeld && state.slots[$0.0].progress.isOpen }.map(\.0)
            return (ClaimBatch.end(gone, as: .lost, in: &state), state.open == 0)
        }
        tellLoss(ended, "its lease had ended on the server")
        for (index, answer) in zip(indices, answers) where answer == .cancelling { cancelRequested(index) }
        if isEmpty { leases.remove(self) }
    }

    /// What a renewal says of a job; the digits of queue_renew.lua.
    enum Renewal: UInt8 {
        case notHeld = 48
        case renewed, cancelling
    }

    func retryRenewal(at moment: Instant) {
        state.withLock { $0.lease.retryRenewal(at: moment) }
    }

    /// Marks as lost what is past its deadline; true when the batch needs no more keeping.
    func expire(now: Instant) -> Bool {
        let (ended, isOver) = state.withLock { state -> (Ended, Bool) in
            guard state.lease.isOver(at: now) else { return (Ended(), state.open == 0) }
            let gone = entries.indices.filter { state.slots[$0].progress.isOpen }
            return (ClaimBatch.end(gone, as: .lost, in: &state), true)
        }
        tellLoss(ended, "its lease could not be renewed in time")
        return isOver
    }

    private func tellLoss(_ ended: Ended, _ why: String) {
        tell(ended, .lost)
        for index in ended.indices {
            session.log(.error, "job '\(entries[index].held.id)' of queue '\(leases.name)' lost: \(why)")
        }
    }

    // MARK: - Cancelling

    /// Somebody asks to cancel a job.
    func cancelRequested(id: String) {
        if let index = entries.firstIndex(where: { $0.held.id == id }) { cancelRequested(index) }
    }

    private func cancelRequested(_ index: Int) {
        enum Change { case none, begun(LossSignal?), ahead }
        let change = state.withLock { state -> Change in
            let slot = state.slots[index]
            guard slot.progress.isOpen || slot.progress == .settling, !slot.isCancelling else { return .none }
            state.slots[index].isCancelling = true
            return slot.isRunning ? .begun(state.signals[index]) : .ahead
        }
        switch change {
        case .none: break
        case .begun(let signal):
            if let signal { raise(signal, of: index) }
            session.log(.info, "job '\(entries[index].held.id)' of queue '\(leases.name)' is to be cancelled")
        case .ahead: follower?.cancelBeforeBeginning(index, of: self)
        }
    }

    // MARK: - Time limits

    /// From now on the time of these jobs counts.
    func startClocks(of indices: Range<Int>) {
        let limited = indices.filter { entries[$0].record.timeout > 0 }
        if limited.isEmpty { return }
        let now = Instant.now
        state.withLock { state in
            for index in limited {
                state.timeouts.append((index, now.advanced(milliseconds: entries[index].record.timeout)))
            }
        }
        session.alarms.watch(self)
    }
}

extension ClaimBatch: Alarmed {
    /// When the time of the next job is over; `.never` when there is none.
    var nextAlarm: Instant {
        state.withLock { state in
            state.timeouts.removeAll { !state.slots[$0.index].progress.isHeld }
            return state.timeouts.reduce(.never) { min($0, $1.at) }
        }
    }

    /// Fails the jobs whose time is over.
    func alarm(now: Instant) {
        let ended = state.withLock { state in
            // One that is being settled this very moment has made it, unless that fails.
            let over = state.timeouts.filter { $0.at <= now && state.slots[$0.index].progress.isOpen }.map(\.index)
            return ClaimBatch.end(over, as: .expired, in: &state)
        }
        if ended.count == 0 { return }
        for index in ended.indices {
            let entry = entries[index]
            let message = "the attempt took longer than \(entry.record.timeout) ms"
            session.log(.warning, "job '\(entry.held.id)' of queue '\(leases.name)' failed: \(message)")
            session.chores.add(
                calls.fail(
                    entry.held, fence: entry.fence,
                    failure: JobFailure(type: "timeout", worker: holder, message: message),
                    retry: true))
        }
        tell(ended, .failed)
        if state.withLock({ $0.open == 0 }) { leases.remove(self) }
    }
}
