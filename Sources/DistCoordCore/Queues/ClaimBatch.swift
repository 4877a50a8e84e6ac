// The jobs that one claim got: they share a lease, which is renewed for all that are not settled yet.

import DistCoordRedis

/// What a job handle knows about its own claim; the numbers are those of include/distcoord/job.h.
public enum JobState: Int32, Sendable {
    case claimed = 0
    case settled, lost, cancelling, expired
}

/// What became of a claimed job.
enum JobEnding: Sendable {
    case completed, failed, released, cancelled, lost
}

/// Told what becomes of claimed jobs, on any thread, without locks.
protocol JobFollower: AnyObject, Sendable {
    /// Under this failures name it.
    var name: String { get }
    /// - Parameter wasRunning: It had been begun and was not handed in.
    func jobEnded(_ ending: JobEnding, wasRunning: Bool)
    /// A job that has not been begun is to be cancelled.
    func cancelBeforeBeginning(_ index: Int, of batch: ClaimBatch)
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

    enum Progress: UInt8 {
        case claimed
        /// A try to settle has failed, and may have succeeded on the server.
        case doubtful
        /// Somebody is settling it.
        case settling
        /// Settled for its holder; the server is told together with others.
        case handedIn
        case settled
        case lost
        /// Failed by the library: its time was over.
        case expired

        var isOpen: Bool { self == .claimed || self == .doubtful }
        /// Whether the server holds it still for this claim.
        var isHeld: Bool { isOpen || self == .settling || self == .handedIn }
    }

    struct Slot: Sendable {
        var progress = Progress.claimed
        var isRunning: Bool
        var isCancelling = false
    }

    struct State: Sendable {
        var lease: Lease
        var slots: [Slot]
        var signals: [Int: LossSignal] = [:]
        /// When the time of running jobs is over, for those that have a limit.
        var timeouts: [(index: Int, at: Instant)] = []
        /// What tasks among the jobs have staged.
        var additions: [Int: TaskAdditions] = [:]
        /// How many are held.
        var open: Int
    }

    let session: Session
    let calls: QueueCalls
    let entries: [Entry]
    let leases: JobLeases
    let follower: (any JobFollower)?
    let state: Guarded<State>

    /// - Parameter follower: Whoever begins the jobs one by one; nil: they begin now.
    init(leases: JobLeases, entries: [Entry], lease: Lease, follower: (any JobFollower)?) {
        session = leases.session
        calls = leases.calls
        self.leases = leases
        self.entries = entries
        self.follower = follower
        let slot = Slot(isRunning: follower == nil)
        state = Guarded(
            State(lease: lease, slots: Array(repeating: slot, count: entries.count), open: entries.count))
        if follower == nil { startClocks(of: entries.indices) }
    }

    /// What the claimer of a job knows of it.
    func state(of index: Int) -> JobState {
        state.withLock { state in
            let slot = state.slots[index]
            return switch slot.progress {
            case .settled, .handedIn: .settled
            case .lost: .lost
            case .expired: .expired
            case .settling: slot.isCancelling ? .cancelling : .claimed
            case .claimed, .doubtful: state.lease.isOver() ? .lost : slot.isCancelling ? .cancelling : .claimed
            }
        }
    }

    /// Whether the lease has ended, as far as this machine can tell.
    var isOver: Bool { state.withLock { $0.lease.isOver() } }

    /// Raised while the job is lost, to be cancelled, or out of time.
    func signal(of index: Int) -> LossSignal {
        let (signal, isRaised) = state.withLock { state -> (LossSignal, Bool) in
            let signal = state.signals[index] ?? LossSignal()
            state.signals[index] = signal
            let slot = state.slots[index]
            let ends = slot.progress == .lost || slot.progress == .expired
            return (signal, ends || (slot.isCancelling && slot.progress.isHeld))
        }
        if isRaised { raise(signal, of: index) }
        return signal
    }

    /// Raises a signal, unless the job is settled meanwhile: whoever settles it may have lowered the signal already.
    func raise(_ signal: LossSignal, of index: Int) {
        signal.raise()
        let isSettled = state.withLock { state in
            let progress = state.slots[index].progress
            return progress == .settled || progress == .handedIn
        }
        if isSettled { signal.lower() }
    }

    // MARK: - Beginning

    /// Begins a job that was claimed ahead; false when it is not to be begun any more.
    func begin(_ index: Int) -> Bool {
        let begins = state.withLock { state in
            guard state.slots[index].progress.isOpen, !state.slots[index].isCancelling, !state.lease.isOver() else {
                return false
            }
            state.slots[index].isRunning = true
            return true
        }
        if begins, entries[index].record.timeout > 0 { startClocks(of: index..<(index + 1)) }
        return begins
    }

    /// Name of the queue.
    var name: String { leases.name }

    /// Who works on the jobs, for people.
    var holder: String { follower?.name ?? leases.worker.withLock { $0 } ?? session.options.label }

    // MARK: - Settling

    /// Begins to settle a job; `settle`, `lose` or `putBack` must follow.
    func take(_ index: Int) -> Taking { take(index, as: .settling) }

    /// Settles a job for its holder; whoever tells the server calls `settle` or `lose` afterwards.
    func handIn(_ index: Int) -> Taking { take(index, as: .handedIn) }

    private func take(_ index: Int, as progress: Progress) -> Taking {
        let (taking, ended) = state.withLock { state -> (Taking, Ended) in
            switch state.slots[index].progress {
            case .lost: return (.lost, Ended())
            case .settled, .settling, .handedIn, .expired: return (.settled, Ended())
            case .claimed, .doubtful:
                if state.lease.isOver() { return (.lost, ClaimBatch.end([index], as: .lost, in: &state)) }
                let isRepeated = state.slots[index].progress == .doubtful
                state.slots[index].progress = progress
                guard progress == .handedIn else { return (.taken(isRepeated: isRepeated), Ended()) }
                state.slots[index].isRunning = false
                // Only signals of those whose job was to be cancelled are raised.
                let signal = state.slots[index].isCancelling ? state.signals[index] : nil
                return (.taken(isRepeated: isRepeated), Ended(lowered: signal))
            }
        }
        tell(ended, .lost)
        return taking
    }

    /// Ends settling a job that was taken or handed in.
    func settle(_ index: Int, as ending: JobEnding) {
        let (ended, isEmpty) = state.withLock { state in
            (ClaimBatch.end([index], as: .settled, in: &state), state.open == 0)
        }
        tell(ended, ending)
        if isEmpty { leases.remove(self) }
    }

    /// Ends settling a job that was taken or handed in: it turned out to be another's.
    func lose(_ index: Int) {
        let (ended, isEmpty) = state.withLock { state in
            (ClaimBatch.end([index], as: .lost, in: &state), state.open == 0)
        }
        tell(ended, .lost)
        if isEmpty { leases.remove(self) }
    }

    /// Ends settling a job that was taken: it could not be told to the server, and may be tried again.
    func putBack(_ index: Int) {
        state.withLock { $0.slots[index].progress = .doubtful }
    }

    /// Ends settling a job that was taken: the server has refused it, and the job is held as before.
    func keep(_ index: Int) {
        state.withLock { if $0.slots[index].progress == .settling { $0.slots[index].progress = .claimed } }
    }

    // MARK: - Additions of tasks

    func additions(of index: Int) -> TaskAdditions {
        state.withLock { $0.additions[index] ?? TaskAdditions() }
    }

    func changeAdditions<Result>(of index: Int, _ body: (inout TaskAdditions) -> Result) -> Result {
        state.withLock { body(&$0.additions[index, default: TaskAdditions()]) }
    }

    // MARK: - Endings

    /// What is to be told, without the lock, of jobs that have ended.
    struct Ended {
        var indices: [Int] = []
        /// Of them, how many were running.
        var running = 0
        var raised: [LossSignal] = []
        var lowered: LossSignal?

        var count: Int { indices.count }
    }

    /// Ends jobs that are held.
    static func end(_ indices: some Sequence<Int>, as progress: Progress, in state: inout State) -> Ended {
        var ended = Ended()
        for index in indices where state.slots[index].progress.isHeld {
            let wasHandedIn = state.slots[index].progress == .handedIn
            state.slots[index].progress = progress
            state.open -= 1
            ended.indices.append(index)
            if state.slots[index].isRunning { ended.running += 1 }
            state.slots[index].isRunning = false
            guard let signal = state.signals[index] else { continue }
            if progress != .settled {
                // What was handed in is settled for its holder whatever the server says.
                if !wasHandedIn { ended.raised.append(signal) }
            } else if state.slots[index].isCancelling {
                ended.lowered = signal
            }
        }
        return ended
    }

    /// Tells of endings.
    func tell(_ ended: Ended, _ ending: JobEnding) {
        if let follower {
            for place in 0..<ended.count { follower.jobEnded(ending, wasRunning: place < ended.running) }
        }
        // Last, so that whoever is woken finds all else told.
        ended.lowered?.lower()
        for signal in ended.raised { signal.raise() }
    }

    /// Settles what is not settled, and returns it, to be given back.
    func surrender() -> [QueueCalls.Held] {
        let ended = state.withLock { state in
            ClaimBatch.end(entries.indices.filter { state.slots[$0].progress.isOpen }, as: .settled, in: &state)
        }
        tell(ended, .released)
        return ended.indices.map { entries[$0].held }
    }
}
