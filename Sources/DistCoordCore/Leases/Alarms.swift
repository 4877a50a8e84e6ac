// What happens at a time without anybody asking: the time limits of claimed jobs, the expiry of what is watched from a poll
// loop. Not the keeper's business: an alarm that is near must not make it hurry with renewals.

import DistCoordRedis

/// Something that has to be done at times of its own.
protocol Alarmed: AnyObject, Sendable {
    /// When next; `.never` when there is nothing to do.
    var nextAlarm: Instant { get }
    /// Does what is due, on the thread of the alarms: briefly. It may be early.
    func alarm(now: Instant)
}

/// Watches the clock for all that have asked for it.
final class Alarms: Sendable {
    private struct State {
        var items: [ObjectIdentifier: any Alarmed] = [:]
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

    /// Watches the clock for an item, whose next alarm may have become earlier.
    func watch(_ item: some Alarmed) {
        let moment = item.nextAlarm
        if moment == .never { return }
        let (mustStart, mustWake) = state.withLock { state -> (Bool, Bool) in
            if state.isClosed { return (false, false) }
            state.items[ObjectIdentifier(item)] = item
            let mustWake = moment < state.nextLook
            state.nextLook = min(state.nextLook, moment)
            defer { state.isRunning = true }
            return (!state.isRunning, mustWake)
        }
        if mustWake { parker.unpark() }
        guard mustStart else { return }
        do throws(RedisError) {
            try NativeThread.start("dc-alarms") { self.run() }
        } catch {
            state.withLock { $0.isRunning = false }
            log(.warning, "time limits are not watched: \(error.message)")
        }
    }

    /// Watches the clock for an item no more.
    func forget(_ item: some Alarmed) {
        let dropped = state.withLock { $0.items.removeValue(forKey: ObjectIdentifier(item)) }
        withExtendedLifetime(dropped) {}
    }

    /// Ends the watch: the client is closing.
    func close() {
        let dropped = state.withLock { state in
            state.isClosed = true
            defer { state.items = [:] }
            return state.items
        }
        withExtendedLifetime(dropped) {}
        parker.unpark()
    }

    private func run() {
        while true {
            let now = Instant.now
            for item in state.withLock({ Array($0.items.values) }) { item.alarm(now: now) }
            // Let go without the lock: the last reference to an item may be the last to its client.
            var dropped: [any Alarmed] = []
            let until = state.withLock { state -> Instant? in
                var next = Instant.never
                for (key, item) in state.items {
                    let moment = item.nextAlarm
                    // What is over and not ended yet is being settled; that may fail.
                    if moment != .never { next = min(next, max(moment, now.advanced(milliseconds: 5))) }
                    if moment == .never { dropped.append(state.items.removeValue(forKey: key) ?? item) }
                }
                if state.isClosed { state.isRunning = false }
                state.nextLook = next
                return state.isClosed ? nil : next
            }
            dropped.removeAll()
            guard let until else { return }
            let wasWoken = parker.park(until: min(until, Instant.now.advanced(milliseconds: Alarms.linger)))
            if until == .never, !wasWoken, endsIdle() { return }
        }
    }

    private func endsIdle() -> Bool {
        state.withLock { state in
            if state.items.isEmpty { state.isRunning = false }
            return state.items.isEmpty
        }
    }
}
