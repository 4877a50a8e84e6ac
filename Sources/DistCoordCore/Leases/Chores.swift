// What is worth doing, but for what nobody waits: giving back what a freed handle held, withdrawing a waiter whose
// withdrawal could not be sent. A lease ends it all the same when the chore fails; the chore makes it sooner, also on a
// server that was away for a while and comes back with what it knew.

import DistCoordRedis

/// Runs calls in the background, in order, retrying while the server is away.
final class Chores: Sendable {
    private struct Chore: Sendable {
        let call: ScriptCall
        let addedAt = Instant.now
    }

    private struct State {
        var chores: [Chore] = []
        /// How many are being made.
        var making = 0
        var isRunning = false
        var isClosed = false
        /// Run by the thread when it ends.
        var onEnd: (@Sendable () -> Void)?
    }

    private let redis: RedisClient
    private let log: Log
    private let state = Guarded(State())
    private let parker = Parker()

    /// More than that many are dropped: leases do their work then.
    private static let limit = 10_000
    private static let linger: Int64 = 2_000
    /// How long a chore is tried again while the server is away, and how often, in milliseconds.
    private static let lifetime: Int64 = 60_000
    private static let pause: Int64 = 200
    /// How long a client that is being freed tries to tell the server.
    private static let closing: Int64 = 1_000

    init(redis: RedisClient, log: Log) {
        self.redis = redis
        self.log = log
    }

    /// Has a call made soon.
    func add(_ call: ScriptCall) {
        let mustStart = state.withLock { state -> Bool in
            guard !state.isClosed, state.chores.count < Chores.limit else { return false }
            state.chores.append(Chore(call: call))
            defer { state.isRunning = true }
            return !state.isRunning
        }
        parker.unpark()
        guard mustStart else { return }
        do throws(RedisError) {
            try NativeThread.start("dc-chores") { self.run() }
        } catch {
            state.withLock { $0.isRunning = false }
            log(.warning, error.message)
        }
    }

    /// The calls not made yet, for a client that closes; none are accepted after this.
    func drain() -> [ScriptCall] {
        let calls = state.withLock { state in
            state.isClosed = true
            defer { state.chores.removeAll() }
            return state.chores.map(\.call)
        }
        parker.unpark()
        return calls
    }

    /// Accepts no more calls, and runs `onEnd` when those accepted have been made.
    ///
    /// - Returns: True when there is nothing to make: `onEnd` is not run then.
    func finish(_ onEnd: @escaping @Sendable () -> Void) -> Bool {
        let isIdle = state.withLock { state in
            state.isClosed = true
            if state.isRunning { state.onEnd = onEnd }
            return !state.isRunning
        }
        parker.unpark()
        return isIdle
    }

    /// Waits until all calls have been made, or until then.
    func awaitIdle(until end: Instant) {
        let parker = Parker()
        while state.withLock({ !$0.chores.isEmpty || $0.making > 0 }), Instant.now < end {
            parker.park(until: min(end, .now.advanced(milliseconds: 1)))
        }
    }

    private func run() {
        var idleSince = Instant.now
        while true {
            let next = state.withLock { state -> (chores: [Chore], ends: Bool) in
                let batch = Array(state.chores.prefix(256))
                state.chores.removeFirst(batch.count)
                state.making = batch.count
                let isOver = state.isClosed || Instant.now >= idleSince.advanced(milliseconds: Chores.linger)
                let ends = batch.isEmpty && isOver
                if ends { state.isRunning = false }
                return (batch, ends)
            }
            if next.ends {
                state.withLock { $0.onEnd }?()
                return
            }
            if next.chores.isEmpty {
                parker.park(until: idleSince.advanced(milliseconds: Chores.linger))
                continue
            }
            let isMade = make(next.chores)
            state.withLock { $0.making = 0 }
            if !isMade { parker.park(until: .now.advanced(milliseconds: Chores.pause)) }
            idleSince = .now
        }
    }

    /// Makes the calls; false when they are to be tried again.
    private func make(_ chores: [Chore]) -> Bool {
        do throws(RedisError) {
            var patience = redis.patience()
            if state.withLock({ $0.isClosed }) {
                patience.deadline = min(patience.deadline, .now.advanced(milliseconds: Chores.closing))
            }
            _ = try redis.run(chores.map(\.call), patience: patience)
            return true
        } catch {
            let now = Instant.now
            let isKept = state.withLock { state in
                let kept = chores.filter { now < $0.addedAt.advanced(milliseconds: Chores.lifetime) }
                guard !state.isClosed, !kept.isEmpty, CoordinationError(error).status.isRetriable else { return false }
                state.chores.insert(contentsOf: kept, at: 0)
                return true
            }
            if !isKept { log(.warning, "could not give back in the background: \(error.message)") }
            return !isKept
        }
    }
}
