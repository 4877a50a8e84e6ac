// A worker at work: what it has claimed, who asks for jobs, and what is done.
//
// Those who ask for a job and find none ahead elect one of them, who claims for all; the others sleep until it brings
// jobs, or leaves the claiming to one of them. What is done travels with the next claim. A thread of the worker's own
// does what nobody else comes by to do (WorkerThread.swift).

import DistCoordRedis
import Synchronization

/// A worker's part that is at work.
final class WorkerCore: JobFollower, Holding {
    enum Phase {
        case working
        /// Stops when there is nothing more to claim.
        case draining
        case stopped
    }

    struct State {
        var phase = Phase.working
        var ready = ReadyJobs()
        /// How many are given out and not settled.
        var running = 0
        var pace = WorkerPace()
        /// Somebody claims.
        var isClaiming = false
        /// Jobs that were ahead are being given back; who has to wait for that before they claim.
        var awaitingReturn: [Parker]?
        /// The claim has left with what was done until then: what is done later must not wait for its end.
        var hasClaimLeft = false
        /// Those who wait for a job.
        var sleepers: [Parker] = []
        /// Those who wait for the end.
        var enders: [Parker] = []
        var handedIn: [HandedIn] = []
        var handedInBytes = 0
        /// How many of them are on their way, and not answered.
        var sending = 0
        /// When what is done is to be sent at the latest.
        var flushAt = Instant.never
        var threadRuns = false
        /// When the thread will look next; earlier needs must wake it.
        var threadLooksAt = Instant.never
        /// Messages are read also when nobody asks for a job: one of those that run may be cancelled.
        var listens = false
        /// Jobs that were worked on were given back.
        var hasGivenUp = false
        /// Nobody has the worker any more.
        var isFreed = false
        /// How many jobs were given out since the thread last looked, and since when it is none.
        var taken = 0
        var idleSince = Instant.never
    }

    let name: String
    let client: Client
    let session: Session
    let queues: [WorkerQueue]
    let concurrency: Int
    let prefetch: Int?
    let tally = WorkerTally()
    let registration: WorkerRegistration
    let state = Guarded(State())
    /// All waits of the worker; also cancelled to have those who wait look anew.
    let scope = CancelScope()
    /// The waits of those who shut it down, whom no other end of waits concerns.
    let endScope = CancelScope()
    /// The waits of those who have it run a handler.
    let runScope = CancelScope()
    let runs = Atomic<Bool>(false)
    /// How often those who wait were told to give up.
    let cancels = Atomic<Int>(0)
    /// The server has been reached: from then on an outage is ridden out.
    let hasMet = Flag()
    /// Where the worker's thread sleeps.
    let parker = Parker()
    /// The threads that run a handler, by the system's numbers.
    let handlerThreads = Guarded<Set<Int>>([])
    /// Held by whoever tells the server the last.
    let ending = NativeLock()

    init(_ setup: WorkerSetup, client: Client, name: String) throws(CoordinationError) {
        guard !setup.queues.isEmpty else {
            throw .invalid("the worker '\(name)' has no queue; add one before it is asked for a job")
        }
        self.name = name
        self.client = client
        session = try client.openSession()
        queues = try setup.makeQueues(worker: name)
        concurrency = setup.concurrency
        prefetch = setup.prefetch
        registration = WorkerRegistration(setup, queues, name: name, session: session)
        session.add(self)
    }

    deinit {
        if session.generation == ForkGuard.generation { session.forget(ObjectIdentifier(self)) }
    }

    // MARK: - The next job

    /// See `Worker.next`.
    func next(_ milliseconds: Int64) throws(CoordinationError) -> (Status, ClaimedJob?) {
        if let job = takeReady() { return (.ok, job) }
        return try waitForNext(milliseconds)
    }

    /// A job that is there already.
    func takeReady() -> ClaimedJob? {
        while true {
            let job = state.withLock { state -> ClaimedJob? in
                guard state.phase != .stopped, state.running < concurrency, let job = state.ready.take() else {
                    return nil
                }
                state.running += 1
                state.taken += 1
                note(&state)
                return job
            }
            guard let job else { return nil }
            if job.batch.begin(job.index) { return job }
            // Lost or cancelled while it was ahead, which was told.
            endRunning(1)
        }
    }

    /// Publishes what others read without the lock.
    func note(_ state: inout State) {
        tally.running.store(Int64(state.running), ordering: .relaxed)
        tally.ahead.store(Int64(state.ready.count), ordering: .relaxed)
    }

    // MARK: - Done

    /// Results of that many bytes wait to be sent; whoever adds to them sends them.
    private static let mostBytes = 16 << 20
    /// How long what is done waits for a claim to travel with, in milliseconds.
    private static let longestHold: Int64 = 5

    /// See `Worker.done`.
    func done(_ job: ClaimedJob, _ result: UnsafeRawBufferPointer) throws(CoordinationError) -> Status {
        guard job.batch.follower === self else {
            throw .invalid("the job '\(job.id)' was not given out by the worker '\(name)'")
        }
        // What it adds may be refused, which its holder is to be told now.
        if job.hasAdditions { return try job.complete(result) }
        try job.checkUsable()
        try Completion.check(result.count, of: job)
        let isRepeated: Bool
        switch job.batch.handIn(job.index) {
        case .taken(let repeated): isRepeated = repeated
        case .settled: return .notHeld
        case .lost: return .lost
        }
        let done = HandedIn(batch: job.batch, index: job.index, result: [UInt8](result), isRepeated: isRepeated)
        let (isTooMuch, flushAt) = state.withLock { state -> (Bool, Instant?) in
            state.handedIn.append(done)
            state.handedInBytes += result.count
            state.running -= 1
            note(&state)
            wakeSleepers(&state)
            if state.hasClaimLeft || state.phase == .stopped || state.flushAt == .never {
                let isPressing = state.hasClaimLeft || state.phase == .stopped
                let hold = isPressing ? 0 : WorkerCore.longestHold
                state.flushAt = min(state.flushAt, Instant.now.advanced(milliseconds: hold))
            }
            return (
                state.handedInBytes > WorkerCore.mostBytes,
                state.flushAt < state.threadLooksAt ? state.flushAt : nil
            )
        }
        if isTooMuch { flush() } else if let flushAt { wakeThread(by: flushAt) }
        return .ok
    }

    // MARK: - What becomes of jobs

    func jobEnded(_ ending: JobEnding, wasRunning: Bool) {
        tally.add(ending)
        if wasRunning { endRunning(1) }
    }

    func cancelBeforeBeginning(_ index: Int, of batch: ClaimBatch) {
        guard case .taken = batch.take(index) else { return }
        session.chores.add(batch.calls.cancelled(batch.entries[index].held, fence: batch.entries[index].fence))
        batch.settle(index, as: .cancelled)
    }

    func endRunning(_ count: Int) {
        let wakesThread = state.withLock { state in
            state.running -= count
            note(&state)
            wakeSleepers(&state)
            return state.phase == .stopped && state.running == 0 && state.threadRuns
        }
        if wakesThread { wakeThread(by: .now) }
    }

    /// Wakes those for whom there may be something to do now.
    func wakeSleepers(_ state: inout State) {
        for ender in state.enders { ender.unpark() }
        guard !state.sleepers.isEmpty else { return }
        if state.phase == .stopped {
            for sleeper in state.sleepers { sleeper.unpark() }
            return
        }
        let free = concurrency - state.running
        // One for each job, or one to claim.
        let needed = min(free, max(state.ready.count, state.isClaiming ? 0 : 1))
        for sleeper in state.sleepers.prefix(max(0, needed)) { sleeper.unpark() }
    }

    // MARK: - For a client that closes

    func surrender() -> [ScriptCall] {
        let handedIn = state.withLock { state in
            state.phase = .stopped
            state.isFreed = true
            state.ready.removeAll()
            note(&state)
            return takeHandedIn(&state)
        }
        parker.unpark()
        return HandedInCall.calls(for: handedIn).map(\.call) + registration.leave()
    }
}

/// Jobs that were claimed ahead, in order.
struct ReadyJobs {
    private var jobs: [ClaimedJob?] = []
    private var taken = 0

    var count: Int { jobs.count - taken }
    var isEmpty: Bool { count == 0 }

    mutating func take() -> ClaimedJob? {
        guard taken < jobs.count else { return nil }
        let job = jobs[taken]
        jobs[taken] = nil
        taken += 1
        if taken == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            taken = 0
        }
        return job
    }

    mutating func add(_ more: [ClaimedJob]) {
        jobs.append(contentsOf: more)
    }

    @discardableResult
    mutating func removeAll() -> [ClaimedJob] {
        defer {
            jobs = []
            taken = 0
        }
        return jobs.compactMap { $0 }
    }
}
