// The jobs that one claim got: they share a lease, which is renewed for all that are not settled yet.

import DistCoordRedis

/// What a job handle knows about its own claim; the numbers are those of include/distcoord/queue.h.
public enum JobState: Int32, Sendable {
    case claimed = 0
    case settled, lost
}

/// Jobs of one claim, and what has become of each.
final class ClaimBatch: Sendable {
    /// One job.
    struct Entry: Sendable {
        let held: QueueCalls.Held
        let fence: UInt64
        let record: JobRecord
    }

    /// Whether a job can be settled now.
    enum Taking {
        /// Yes; and an earlier try may have settled it, its answer was lost.
        case taken(isRepeated: Bool)
        case settled
        case lost
    }

    private enum Progress: UInt8 {
        case claimed
        /// A try to settle has failed, and may have succeeded on the server.
        case doubtful
        /// Somebody is settling it.
        case settling
        case settled
        case lost

        var isOpen: Bool { self == .claimed || self == .doubtful }
    }

    private struct State: Sendable {
        var lease: Lease
        var progress: [Progress]
        var signals: [Int: LossSignal] = [:]
        /// How many are neither settled nor lost.
        var open: Int
    }

    let session: Session
    let calls: QueueCalls
    let entries: [Entry]
    private let leases: JobLeases
    private let state: Guarded<State>

    init(leases: JobLeases, entries: [Entry], lease: Lease) {
        session = leases.session
        calls = leases.calls
        self.leases = leases
        self.entries = entries
        state = Guarded(
            State(lease: lease, progress: Array(repeating: .claimed, count: entries.count), open: entries.count))
    }

    /// What the claimer of a job knows of it.
    func state(of index: Int) -> JobState {
        state.withLock { state in
            switch state.progress[index] {
            case .settled: .settled
            case .lost: .lost
            case .settling: .claimed
            case .claimed, .doubtful: state.lease.isOver() ? .lost : .claimed
            }
        }
    }

    /// Whether the lease has ended, as far as this machine can tell.
    var isOver: Bool { state.withLock { $0.lease.isOver() } }

    /// Raised when the job is lost.
    func signal(of index: Int) -> LossSignal {
        let (signal, isLost) = state.withLock { state -> (LossSignal, Bool) in
            let signal = state.signals[index] ?? LossSignal()
            state.signals[index] = signal
            return (signal, state.progress[index] == .lost)
        }
        if isLost { signal.raise() }
        return signal
    }

    // MARK: - Settling

    /// Begins to settle a job; `settle`, `lose` or `putBack` must follow.
    func take(_ index: Int) -> Taking {
        let (taking, lost) = state.withLock { state -> (Taking, [LossSignal]) in
            switch state.progress[index] {
            case .lost: return (.lost, [])
            case .settled, .settling: return (.settled, [])
            case .claimed, .doubtful:
                if state.lease.isOver() { return (.lost, ClaimBatch.lose([index], in: &state)) }
                let isRepeated = state.progress[index] == .doubtful
                state.progress[index] = .settling
                return (.taken(isRepeated: isRepeated), [])
            }
        }
        for signal in lost { signal.raise() }
        return taking
    }

    /// Ends settling a job that was taken.
    func settle(_ index: Int) {
        let isEmpty = state.withLock { state in
            state.progress[index] = .settled
            state.open -= 1
            return state.open == 0
        }
        if isEmpty { leases.remove(self) }
    }

    /// Ends settling a job that was taken: it turned out to be another's.
    func lose(_ index: Int) {
        let (signals, isEmpty) = state.withLock { state -> ([LossSignal], Bool) in
            state.progress[index] = .doubtful
            return (ClaimBatch.lose([index], in: &state), state.open == 0)
        }
        for signal in signals { signal.raise() }
        if isEmpty { leases.remove(self) }
    }

    /// Ends settling a job that was taken: it could not be told to the server, and may be tried again.
    func putBack(_ index: Int) {
        state.withLock { $0.progress[index] = .doubtful }
    }

    /// Marks jobs as lost, unless they are settled or being settled; the signals are to be raised without the lock.
    private static func lose(_ indices: some Sequence<Int>, in state: inout State) -> [LossSignal] {
        var signals: [LossSignal] = []
        for index in indices where state.progress[index].isOpen {
            state.progress[index] = .lost
            state.open -= 1
            if let signal = state.signals[index] { signals.append(signal) }
        }
        return signals
    }

    // MARK: - For the keeper, by way of JobLeases

    /// When to renew, and when the lease is to be taken for lost.
    var schedule: (renewAt: Instant, lostAt: Instant) {
        state.withLock { ($0.lease.renewAt, $0.lease.deadline) }
    }

    /// Length that renewals ask for.
    var leaseLength: Int64 { state.withLock { $0.lease.length } }

    /// The jobs that are to be renewed.
    var renewable: [Int] {
        state.withLock { state in
            entries.indices.filter { state.progress[$0].isOpen || state.progress[$0] == .settling }
        }
    }

    /// The server has renewed those of which `isHeld` is true.
    func renewed(_ indices: [Int], isHeld: [Bool], sentAt: Instant) {
        let (signals, lost, isEmpty) = state.withLock { state -> ([LossSignal], [Int], Bool) in
            state.lease.renew(countedFrom: sentAt)
            let gone = zip(indices, isHeld).filter { !$0.1 && state.progress[$0.0].isOpen }.map { $0.0 }
            return (ClaimBatch.lose(gone, in: &state), gone, state.open == 0)
        }
        tellLoss(lost, signals, "its lease had ended on the server")
        if isEmpty { leases.remove(self) }
    }

    func retryRenewal(at moment: Instant) {
        state.withLock { $0.lease.retryRenewal(at: moment) }
    }

    /// Marks as lost what is past its deadline; true when the batch needs no more keeping.
    func expire(now: Instant) -> Bool {
        let (signals, lost, isOver) = state.withLock { state -> ([LossSignal], [Int], Bool) in
            guard state.lease.isOver(at: now) else { return ([], [], state.open == 0) }
            let gone = entries.indices.filter { state.progress[$0].isOpen }
            return (ClaimBatch.lose(gone, in: &state), gone, true)
        }
        tellLoss(lost, signals, "its lease could not be renewed in time")
        return isOver
    }

    private func tellLoss(_ indices: [Int], _ signals: [LossSignal], _ why: String) {
        for signal in signals { signal.raise() }
        for index in indices {
            session.log(.error, "job '\(entries[index].held.id)' of queue '\(leases.name)' lost: \(why)")
        }
    }

    /// Settles what is not settled, and returns it, to be given back.
    func surrender() -> [QueueCalls.Held] {
        state.withLock { state in
            var jobs: [QueueCalls.Held] = []
            for index in entries.indices where state.progress[index].isOpen {
                state.progress[index] = .settled
                state.open -= 1
                jobs.append(entries[index].held)
            }
            return jobs
        }
    }
}
