// A worker's place among the registered ones: it says every five seconds that it lives and how it is.

import DistCoordRedis

/// Registers one worker, keeps it registered, and ends that.
final class WorkerRegistration: Sendable {
    private struct State {
        var isRegistered = false
        var hasEnded = false
        /// When the server registered it first, in milliseconds of its clock.
        var since: Int64 = 0
        var nextBeat = Instant.never
        /// What had been processed at some moments of the last minute, the oldest first.
        var samples: [(at: Instant, processed: Int64)] = []
    }

    private let name: String
    private let capabilities: String
    private let concurrency: Int
    private let queues: [String]
    private let rooms: [QueueRoom]
    private let members: [String]
    private let session: Session
    private let id: String
    private let state = Guarded(State())
    /// Held by whoever tells the server: whoever ends the registration returns when that is told, and nothing is said
    /// after it.
    private let telling = NativeLock()

    /// How often it says so, and how long after a failure it tries again, in milliseconds.
    private static let (interval, retry): (Int64, Int64) = (5_000, 1_000)
    /// Over how long rates are taken, in milliseconds.
    private static let window: Int64 = 60_000

    init(_ setup: WorkerSetup, _ queues: [WorkerQueue], name: String, session: Session) {
        self.name = name
        self.session = session
        concurrency = setup.concurrency
        self.queues = queues.map(\.handle.name)
        rooms = queues.flatMap { $0.sources.map(\.room) }
        let profile = setup.profile(worker: name)
        capabilities = profile.listed
        members = [profile.listed] + (profile.worker.map { ["@" + JobTies.escaped($0)] } ?? [])
        id = session.mailbox.makeToken()
    }

    // MARK: - Saying so

    /// The calls that register it, once.
    func firstBeat(_ tally: WorkerTally) -> [ScriptCall] {
        let isFirst = state.withLock { state in
            guard !state.isRegistered, !state.hasEnded else { return false }
            state.isRegistered = true
            state.nextBeat = Instant.now.advanced(milliseconds: WorkerRegistration.retry)
            return true
        }
        return isFirst ? calls(tally, isStopping: false) : []
    }

    /// The replies to them; none when they did not arrive.
    func answered(_ replies: [Reply]) {
        guard let first = replies.first else { return }
        if let text = first.error {
            session.log(.warning, "worker '\(name)' could not be registered: \(text)")
            return
        }
        let interval = Int64.random(in: (WorkerRegistration.interval * 9 / 10)...WorkerRegistration.interval)
        state.withLock { state in
            state.since = first.integer ?? state.since
            state.nextBeat = Instant.now.advanced(milliseconds: interval)
        }
    }

    var nextBeat: Instant { state.withLock { $0.hasEnded ? .never : $0.nextBeat } }

    func isDue(_ now: Instant) -> Bool { nextBeat <= now }

    /// Says how the worker is.
    func beat(_ core: WorkerCore) {
        telling.lock()
        defer { telling.unlock() }
        guard nextBeat != .never else { return }
        let calls = calls(core.tally, isStopping: core.isStopped)
        state.withLock { $0.nextBeat = Instant.now.advanced(milliseconds: WorkerRegistration.retry) }
        do throws(RedisError) {
            answered(Array(try session.redis.run(calls, patience: session.redis.patience())))
        } catch {
            session.log(.warning, "worker '\(name)' could not say that it lives: \(error.message)")
        }
    }

    private func calls(_ tally: WorkerTally, isStopping: Bool) -> [ScriptCall] {
        let processed = tally[.processed]
        let (since, rate) = state.withLock { ($0.since, WorkerRegistration.rate(&$0, processed)) }
        let report = WorkerReport(
            name: name, client: String(ClientPresence.plainIdentity(session.id)), host: ProcessEnvironment.host,
            process: Int64(session.pid), capabilities: capabilities, concurrency: Int64(concurrency), rate: rate,
            isStopping: isStopping, counts: WorkerCount.allCases.map { tally[$0] }, queues: queues)
        let registry = session.keys.workerRegistry
        return [WorkerCalls.beat(registry, id: id, since: since, report)]
            + rooms.map { WorkerCalls.alive($0.calls, members) }
    }

    /// Jobs per second over the last minute.
    private static func rate(_ state: inout State, _ processed: Int64) -> Double {
        let now = Instant.now
        state.samples.append((now, processed))
        while state.samples.count > 2, state.samples[1].at.advanced(milliseconds: window) <= now {
            state.samples.removeFirst()
        }
        guard let oldest = state.samples.first else { return 0 }
        let elapsed = now.nanoseconds &- oldest.at.nanoseconds
        return elapsed > 0 ? Double(processed - oldest.processed) * 1e9 / Double(elapsed) : 0
    }

    // MARK: - Ending

    /// Ends the registration.
    func end() {
        telling.lock()
        defer { telling.unlock() }
        let calls = leave()
        if calls.isEmpty { return }
        do throws(RedisError) {
            _ = try session.redis.run(calls, patience: session.redis.patience())
        } catch {
            // It is forgotten by itself, after a while.
            session.log(.info, "worker '\(name)' could not say that it ends: \(error.message)")
        }
    }

    /// The calls that end it, once.
    func leave() -> [ScriptCall] {
        let wasRegistered = state.withLock { state in
            defer { state.hasEnded = true }
            return state.isRegistered && !state.hasEnded
        }
        return wasRegistered ? [WorkerCalls.leave(session.keys.workerRegistry, id: id)] : []
    }
}
