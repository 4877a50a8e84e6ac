// What is worth doing, but for what nobody waits: giving back what a freed handle held, withdrawing a waiter whose withdrawal
// could not be sent. A lease ends it all the same when the chore fails; the chore makes it sooner.

import DistCoordRedis

/// Runs calls in the background, in order, retrying while the server is away.
final class Chores: Sendable {
    private struct State {
        var calls: [ScriptCall] = []
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
    /// How long a client that is being freed tries to tell the server.
    private static let closing: Int64 = 1_000

    init(redis: RedisClient, log: Log) {
        self.redis = redis
        self.log = log
    }

    /// Has a call made soon.
    func add(_ call: ScriptCall) {
        let mustStart = state.withLock { state -> Bool in
            guard !state.isClosed, state.calls.count < Chores.limit else { return false }
            state.calls.append(call)
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
            defer { state.calls.removeAll() }
            return state.calls
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

    private func run() {
        var idleSince = Instant.now
        while true {
            let next = state.withLock { state -> (calls: [ScriptCall], ends: Bool) in
                let batch = Array(state.calls.prefix(256))
                state.calls.removeFirst(batch.count)
                let isOver = state.isClosed || Instant.now >= idleSince.advanced(milliseconds: Chores.linger)
                let ends = batch.isEmpty && isOver
                if ends { state.isRunning = false }
                return (batch, ends)
            }
            if !next.calls.isEmpty {
                do throws(RedisError) {
                    let isClosing = state.withLock { $0.isClosed }
                    var patience = redis.patience()
                    if isClosing {
                        patience.deadline = min(patience.deadline, .now.advanced(milliseconds: Chores.closing))
                    }
                    _ = try redis.run(next.calls, patience: patience)
                } catch {
                    log(.warning, "could not give back in the background: \(error.message)")
                }
                idleSince = .now
            }
            if next.ends {
                state.withLock { $0.onEnd }?()
                return
            }
            if next.calls.isEmpty { parker.park(until: idleSince.advanced(milliseconds: Chores.linger)) }
        }
    }
}
