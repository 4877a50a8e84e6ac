// A producer's buffer in one process: who puts jobs in, who waits for room or for an empty buffer, what has become of
// jobs.
//
// What is done under the lock for a push is an append and a few numbers: many threads push at once. The sender takes
// all that has come in by exchanging the array.

import DistCoordRedis

/// The part of a producer that belongs to one session. A forked child makes one of its own, which is empty.
final class ProducerRoom: Sendable {
    private struct State: Sendable {
        /// Jobs that the sender has not taken yet, in order.
        var incoming: [BufferedJob] = []
        var incomingBytes = 0
        /// The sender sleeps, and wants to be woken when so many have come in.
        var wakeAt = Int.max
        /// Jobs that were let in, since the beginning; those of them that are dealt with; those of them that were
        /// accepted.
        var taken: Int64 = 0
        var settled: Int64 = 0
        var sent: Int64 = 0
        /// Bytes of payload of jobs that are not dealt with.
        var bytes: Int64 = 0
        /// Jobs up to this number do not wait for their batch to fill.
        var dueUpTo: Int64 = 0
        var failures = PushFailures()
        var isRunning = false
        /// No further job is let in.
        var isClosed = false
        /// Nobody has the producer any more.
        var isReleased = false
        /// What is not sent yet has failed.
        var isGivenUp = false
        /// Those who wait for room, in order.
        var waiters: [Parker] = []
        /// The first of them needs more bytes than there are, and nobody goes before it.
        var isHeldForFirst = false
        /// Those who wait until the jobs up to a number are dealt with.
        var flushers: [(upTo: Int64, parker: Parker)] = []

        func hasRoom(for length: Int, _ settings: ProducerSettings) -> Bool {
            let jobs = taken - settled
            // A job larger than the whole buffer is let in when it is alone.
            return jobs == 0
                || (jobs < settings.capacityJobs && Int64(length) <= settings.capacityBytes - bytes)
        }

        /// Whether those who wait are to be woken. Only when a quarter of the buffer is free: woken for each batch,
        /// many threads would do little else but fall asleep again.
        func isRoomy(_ settings: ProducerSettings) -> Bool {
            let (jobs, bytes) = (settings.capacityJobs, settings.capacityBytes)
            return taken == settled || (taken - settled <= jobs - jobs / 4 && self.bytes <= bytes - bytes / 4)
        }
    }

    let queue: QueueHandle
    let session: Session
    let settings: ProducerSettings
    /// The waits on the producer.
    let scope = CancelScope()
    /// Where the sender sleeps.
    let parker = Parker()
    private let state = Guarded(State())

    init(queue: QueueHandle, session: Session, settings: ProducerSettings) {
        self.queue = queue
        self.session = session
        self.settings = settings
    }

    deinit {
        // Empty but for a thread that could not be started.
        state.withLock { for job in $0.incoming { job.free() } }
    }

    // MARK: - For those who push

    private enum Entrance {
        case entered, full, closed
        /// The sender must be started first.
        case asleep
    }

    /// Lets a job in, which is the buffer's from then on, waiting for room if need be.
    ///
    /// - Returns: `.ok`, `.timedOut` (the buffer is full), `.cancelled`, `.interrupted`.
    func enter(_ job: BufferedJob) throws(CoordinationError) -> Status {
        while true {
            switch enterNow(job, after: nil) {
            case .entered: return .ok
            case .closed: throw ProducerRoom.closed
            case .asleep: try startSender()
            case .full: return settings.blocks ? try waitAndEnter(job) : .timedOut
            }
        }
    }

    private static var closed: CoordinationError {
        CoordinationError(.closed, "the producer was closed; open another one")
    }

    /// - Parameter waiter: Where the caller has slept, if it has waited for room.
    private func enterNow(_ job: BufferedJob, after waiter: Parker?) -> Entrance {
        let (entrance, wakes) = state.withLock { state -> (Entrance, Bool) in
            if state.isClosed { return (.closed, false) }
            if !state.isRunning {
                state.isRunning = true
                return (.asleep, false)
            }
            let isFirst = waiter != nil && state.waiters.first === waiter
            guard state.hasRoom(for: job.payload.count, settings), isFirst || !state.isHeldForFirst else {
                if isFirst, state.taken - state.settled < settings.capacityJobs { state.isHeldForFirst = true }
                // Nothing is gained by waiting for a batch to fill that cannot.
                state.dueUpTo = state.taken
                return (.full, true)
            }
            state.incoming.append(job)
            state.incomingBytes += job.payload.count
            state.taken += 1
            state.bytes += Int64(job.payload.count)
            guard state.incoming.count >= state.wakeAt || state.incomingBytes >= QueueHandle.callLimit.bytes,
                state.wakeAt != .max
            else { return (.entered, false) }
            state.wakeAt = .max
            return (.entered, true)
        }
        if wakes { parker.unpark() }
        return entrance
    }

    private func waitAndEnter(_ job: BufferedJob) throws(CoordinationError) -> Status {
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        state.withLock { $0.waiters.append(wait.parker) }
        defer { leaveLine(wait.parker) }
        while true {
            if let reason = wait.stopReason { return reason }
            switch enterNow(job, after: wait.parker) {
            case .entered: return .ok
            case .closed: throw ProducerRoom.closed
            case .asleep: try startSender()
            case .full: wait.sleep(until: .never)
            }
        }
    }

    /// Whoever leaves passes on the news that there may be room.
    private func leaveLine(_ parker: Parker) {
        let next = state.withLock { state -> Parker? in
            if state.waiters.first === parker { state.isHeldForFirst = false }
            state.waiters.removeAll { $0 === parker }
            return state.hasRoom(for: 0, settings) ? state.waiters.first : nil
        }
        next?.unpark()
    }

    /// Whoever has news for the sender calls this.
    private func wakeSender() {
        parker.unpark()
        // It could not be started when it was needed, and others had put jobs in by then.
        let isMissing = state.withLock { state in
            guard !state.isRunning, !state.incoming.isEmpty else { return false }
            state.isRunning = true
            return true
        }
        guard isMissing else { return }
        do throws(CoordinationError) {
            try startSender()
        } catch {
            session.log(.error, "jobs of queue '\(queue.name)' cannot be pushed: \(error.message)")
        }
    }

    private func startSender() throws(CoordinationError) {
        do throws(RedisError) {
            try NativeThread.start("dc-producer") { [self] in ProducerSender(self).run() }
        } catch {
            state.withLock { $0.isRunning = false }
            throw CoordinationError(error)
        }
    }

    // MARK: - For those who ask and wait

    var pending: Int64 { state.withLock { $0.taken - $0.settled } }

    var sent: Int64 { state.withLock { $0.sent } }

    func fetchFailures() -> [PushFailure] {
        state.withLock { $0.failures.fetch() }
    }

    /// Whether there is something to tell, when all is dealt with.
    private var verdict: Status { state.withLock { $0.failures.isEmpty ? .ok : .broken } }

    /// See `ProducerHandle.flush`.
    func flush(milliseconds: Int64) -> Status {
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let mark = state.withLock { state in
            state.dueUpTo = state.taken
            state.flushers.append((state.taken, wait.parker))
            return state.taken
        }
        defer { state.withLock { $0.flushers.removeAll { $0.parker === wait.parker } } }
        wakeSender()
        while true {
            if state.withLock({ $0.settled >= mark }) { return verdict }
            if let reason = wait.stopReason { return reason }
            if Instant.now >= wait.deadline { return .timedOut }
            wait.sleep(until: .never)
        }
    }

    /// How long a producer that closes lets a call end that it has told to stop, in milliseconds.
    private static let stopping: Int64 = 2_000

    /// See `ProducerHandle.close`.
    func close(milliseconds: Int64) -> Status {
        refuse()
        let status = flush(milliseconds: milliseconds)
        if status != .timedOut { return status }
        state.withLock { $0.isGivenUp = true }
        let last = flush(milliseconds: ProducerRoom.stopping)
        return last == .timedOut ? .broken : last
    }

    /// Lets no further job in; those who wait for room learn it.
    private func refuse() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.waiters
        }
        for waiter in waiters { waiter.unpark() }
    }

    /// The producer is freed: what it has is sent without further ado, and then the sender ends.
    func release() {
        refuse()
        state.withLock {
            $0.isReleased = true
            $0.dueUpTo = $0.taken
        }
        scope.cancel()
        wakeSender()
    }

    /// Settings have changed: those who wait may look again.
    func settingsChanged() {
        state.withLock { $0.waiters }.first?.unpark()
        parker.unpark()
    }

    // MARK: - For the sender

    /// What the sender must know besides the jobs.
    struct View {
        let isClosed: Bool
        /// The oldest job does not wait for its batch to fill.
        let isHurried: Bool
    }

    /// Memory for so many jobs is kept for the next ones; that of a rush is not.
    static let keptCapacity = 8_192

    /// Moves what has come in to the end of `jobs`. `spare` is empty before and after.
    func collect(into jobs: inout [BufferedJob], by spare: inout [BufferedJob]) -> View {
        let view = state.withLock { state in
            swap(&state.incoming, &spare)
            state.incomingBytes = 0
            return View(isClosed: state.isClosed, isHurried: state.isClosed || state.dueUpTo > state.settled)
        }
        jobs.append(contentsOf: spare)
        spare.removeAll(keepingCapacity: spare.capacity <= ProducerRoom.keptCapacity)
        return view
    }

    /// Whether the sender is to stop what it does, and all that is left has failed.
    var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    /// Sleeps until so many jobs have come in, somebody is in a hurry, or the moment has come.
    func sleep(until moment: Instant, wakeAt count: Int) {
        let isThere = state.withLock { state -> Bool in
            if state.incoming.count >= count || state.incomingBytes >= QueueHandle.callLimit.bytes { return true }
            state.wakeAt = count
            return false
        }
        if isThere { return }
        parker.park(until: moment)
        state.withLock { $0.wakeAt = .max }
    }

    /// Ends the sender unless something has come in.
    func end() -> Bool {
        state.withLock { state in
            guard state.incoming.isEmpty else { return false }
            state.isRunning = false
            return true
        }
    }

    /// Jobs are dealt with: frees them, and tells those who wait.
    ///
    /// - Parameters:
    ///   - sent: How many of them were accepted.
    ///   - failures: What became of the others.
    func settle(_ jobs: ArraySlice<BufferedJob>, sent: Int, failures: [PushFailure]) {
        var bytes: Int64 = 0
        for job in jobs {
            bytes += Int64(job.payload.count)
            job.free()
        }
        let (parkers, isReleased, hasDropped) = state.withLock { state -> ([Parker], Bool, Bool) in
            state.settled += Int64(jobs.count)
            state.sent += Int64(sent)
            state.bytes -= bytes
            var parkers = state.isRoomy(settings) ? state.waiters : []
            for flusher in state.flushers where flusher.upTo <= state.settled { parkers.append(flusher.parker) }
            if state.isReleased || failures.isEmpty { return (parkers, state.isReleased, false) }
            return (parkers, false, state.failures.add(failures))
        }
        for parker in parkers { parker.unpark() }
        if hasDropped {
            session.log(
                .error,
                "more than \(PushFailures.limit) jobs of queue '\(queue.name)' were not pushed; the oldest of these "
                    + "failures are dropped, nobody has fetched them")
        }
        guard let first = failures.first else { return }
        // Nobody will ever fetch what a producer that was freed has to tell.
        session.log(
            isReleased ? .error : .warning,
            "\(failures.count) jobs of queue '\(queue.name)' were not pushed, the first of them '\(first.id)': "
                + first.message)
    }
}
