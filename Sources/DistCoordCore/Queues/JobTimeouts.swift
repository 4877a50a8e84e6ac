// Time limits of claimed jobs. Not the keeper's business: a limit that ends soon must not make it hurry with renewals.

import DistCoordRedis

/// Ends attempts that take too long.
final class JobTimeouts: Sendable {
    private struct State {
        var batches: [ObjectIdentifier: ClaimBatch] = [:]
        var nextLook = Instant.never
        var isRunning = false
        var isClosed = false
    }

    private let log: Log
    private let state = Guarded(State())
    private let parker = Parker()

    /// How long the thread stays with nothing to watch, in milliseconds.
    private static let linger: Int64 = 5_000

    init(log: Log) {
        self.log = log
    }

    /// Watches the limits of a batch, which has got an earlier one.
    func watch(_ batch: ClaimBatch) {
        let moment = batch.nextTimeout
        if moment == .never { return }
        let (mustStart, mustWake) = state.withLock { state -> (Bool, Bool) in
            if state.isClosed { return (false, false) }
            state.batches[ObjectIdentifier(batch)] = batch
            let mustWake = moment < state.nextLook
            state.nextLook = min(state.nextLook, moment)
            defer { state.isRunning = true }
            return (!state.isRunning, mustWake)
        }
        if mustWake { parker.unpark() }
        guard mustStart else { return }
        do throws(RedisError) {
            try NativeThread.start("dc-timeouts") { self.run() }
        } catch {
            state.withLock { $0.isRunning = false }
            log(.warning, "time limits of jobs are not watched: \(error.message)")
        }
    }

    /// Ends the watch: the client is closing.
    func close() {
        let dropped = state.withLock { state in
            state.isClosed = true
            defer { state.batches = [:] }
            return state.batches
        }
        withExtendedLifetime(dropped) {}
        parker.unpark()
    }

    private func run() {
        while true {
            let now = Instant.now
            for batch in state.withLock({ Array($0.batches.values) }) { batch.endTimeouts(now: now) }
            // Let go without the lock: the last reference to a batch may be the last to its client.
            var dropped: [ClaimBatch] = []
            let until = state.withLock { state -> Instant? in
                var next = Instant.never
                for (key, batch) in state.batches {
                    let moment = batch.nextTimeout
                    // What is over and not ended yet is being settled; that may fail.
                    if moment != .never { next = min(next, max(moment, now.advanced(milliseconds: 5))) }
                    if moment == .never { dropped.append(state.batches.removeValue(forKey: key) ?? batch) }
                }
                if state.isClosed { state.isRunning = false }
                state.nextLook = next
                return state.isClosed ? nil : next
            }
            dropped.removeAll()
            guard let until else { return }
            let wasWoken = parker.park(until: min(until, Instant.now.advanced(milliseconds: JobTimeouts.linger)))
            if until == .never, !wasWoken, endsIdle() { return }
        }
    }

    private func endsIdle() -> Bool {
        state.withLock { state in
            if state.batches.isEmpty { state.isRunning = false }
            return state.batches.isEmpty
        }
    }
}
