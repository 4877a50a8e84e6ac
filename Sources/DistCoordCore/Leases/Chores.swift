// What is worth doing, but for what nobody waits: giving back what a freed handle held, withdrawing a waiter whose withdrawal
// could not be sent. A lease ends it all the same when the chore fails; the chore makes it sooner.

import DistCoordRedis
import Synchronization

/// Runs calls in the background, in order, retrying while the server is away.
final class Chores: Sendable {
    private struct State {
        var calls: [ScriptCall] = []
        var isRunning = false
        var isClosed = false
    }

    private let redis: RedisClient
    private let log: Log
    private let state = Mutex(State())
    private let parker = Parker()

    /// More than that many are dropped: leases do their work then.
    private static let limit = 10_000
    private static let linger: Int64 = 2_000

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

    private func run() {
        var idleSince = Instant.now
        while true {
            let next = state.withLock { state -> (calls: [ScriptCall], ends: Bool) in
                let batch = Array(state.calls.prefix(256))
                state.calls.removeFirst(batch.count)
                let ends =
                    state.isClosed || (batch.isEmpty && Instant.now >= idleSince.advanced(milliseconds: Chores.linger))
                if ends { state.isRunning = false }
                return (batch, ends)
            }
            if !next.calls.isEmpty {
                do throws(RedisError) {
                    _ = try redis.run(next.calls, patience: redis.patience())
                } catch {
                    log(.warning, "could not give back in the background: \(error.message)")
                }
                idleSince = .now
            }
            if next.ends { return }
            if next.calls.isEmpty { parker.park(until: idleSince.advanced(milliseconds: Chores.linger)) }
        }
    }
}
