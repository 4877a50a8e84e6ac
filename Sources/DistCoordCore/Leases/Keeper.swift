// The keeper: one thread per client renews all leases in one pipelined batch, and says in good time when one is lost.
//
// It runs outside the host's language: a Python handler that holds the interpreter for a minute keeps its job. It stops when
// there has been nothing to keep for a while.

import DistCoordRedis
import Synchronization

/// Something held under a lease, or several of one kind that are renewed by one call.
protocol Leased: AnyObject, Sendable {
    /// When to renew, and when the first lease is to be taken for lost; `.never` when there is nothing to do.
    var schedule: (renewAt: Instant, lostAt: Instant) { get }
    /// The call that renews; nil when there is nothing to renew any more.
    func renewal() -> ScriptCall?
    /// The renewal's reply, with the moment before it was sent, from which the new lease counts.
    func renewed(_ reply: Reply, sentAt: Instant)
    /// The renewal could not be sent; try again at that time.
    func renewalFailed(retryAt: Instant)
    /// Marks as lost what is past its deadline.
    func expire(now: Instant)
    /// For the keeper alone: whether it has the item.
    var isKept: Flag { get }
}

/// Renews what is registered with it.
final class Keeper: Sendable {
    private struct State {
        var items: [ObjectIdentifier: any Leased] = [:]
        var isRunning = false
        var isClosed = false
    }

    private let redis: RedisClient
    private let log: Log
    private let state = Guarded(State())
    private let parker = Parker()
    /// When the thread will look next, as `Instant` counts; earlier needs must wake it.
    private let nextLook = Atomic<Int64>(Int64.max)

    /// Renewals that are nearly due go along with those that are: these many milliseconds ahead, or this part of the time
    /// that is left after it. Many that were acquired one after the other are soon renewed together.
    private static let batchAhead: (least: Int64, part: Int64) = (50, 8)
    /// Renewals per round trip.
    private static let batchSize = 512
    /// How long the thread stays with nothing to keep.
    private static let linger: Int64 = 10_000

    init(redis: RedisClient, log: Log) {
        self.redis = redis
        self.log = log
    }

    /// Begins to keep an item, or takes note that its schedule has become earlier.
    ///
    /// An item that lets go stays until the thread next looks: a lock that is taken and released all the time then costs the
    /// keeper nothing.
    func keep(_ item: any Leased) throws(RedisError) {
        let schedule = item.schedule
        let due = min(schedule.renewAt, schedule.lostAt)
        if item.isKept.isSet, due.nanoseconds >= nextLook.load(ordering: .sequentiallyConsistent) { return }
        enum Need { case nothing, wake, start }
        let need = state.withLock { state -> Need in
            if state.isClosed { return .nothing }
            state.items[ObjectIdentifier(item)] = item
            item.isKept.set()
            if !state.isRunning {
                state.isRunning = true
                return .start
            }
            guard due.nanoseconds < nextLook.load(ordering: .sequentiallyConsistent) else { return .nothing }
            nextLook.store(due.nanoseconds, ordering: .sequentiallyConsistent)
            return .wake
        }
        switch need {
        case .nothing: return
        case .wake: parker.unpark()
        case .start:
            do throws(RedisError) {
                try NativeThread.start("dc-keeper") { self.run() }
            } catch {
                state.withLock {
                    $0.isRunning = false
                    $0.items[ObjectIdentifier(item)] = nil
                    item.isKept.clear()
                }
                throw error
            }
        }
    }

    /// Ends keeping an item.
    func forget(_ item: any Leased) {
        state.withLock {
            $0.items[ObjectIdentifier(item)] = nil
            item.isKept.clear()
        }
    }

    func close() {
        // Let go without the lock: the last reference to an item may be the last to its client, whose end comes back here.
        let dropped = state.withLock { state in
            state.isClosed = true
            defer { state.items = [:] }
            return state.items
        }
        withExtendedLifetime(dropped) {}
        parker.unpark()
    }

    // MARK: - The thread

    private func run() {
        var idleSince: Instant?
        while lookOnce(&idleSince) { sleepUntilDue() }
    }

    /// Renews and tells losses; false when the thread is to end. What it holds of the items it has let go of when it returns:
    /// a thread that sleeps must not keep a client alive that everybody else has freed.
    private func lookOnce(_ idleSince: inout Instant?) -> Bool {
        let now = Instant.now
        let idle = idleSince
        let items = state.withLock { state -> [any Leased]? in
            let hasIdled = idle.map { now >= $0.advanced(milliseconds: Keeper.linger) } ?? false
            if state.isClosed || (state.items.isEmpty && hasIdled) {
                state.isRunning = false
                return nil
            }
            return Array(state.items.values)
        }
        guard let items else { return false }
        idleSince = items.isEmpty ? (idle ?? now) : nil
        look(after: items, now: now)
        return true
    }

    private func look(after items: [any Leased], now: Instant) {
        var due: [any Leased] = []
        var firstLoss = Instant.never
        for item in items {
            var schedule = item.schedule
            if schedule.lostAt <= now {
                item.expire(now: now)
                schedule = item.schedule
            }
            if Keeper.isDue(schedule, now) { due.append(item) }
            firstLoss = min(firstLoss, schedule.lostAt)
        }
        var start = 0
        while start < due.count {
            let end = min(start + Keeper.batchSize, due.count)
            renew(due[start..<end], firstLoss: firstLoss)
            start = end
        }
    }

    private static func isDue(_ schedule: (renewAt: Instant, lostAt: Instant), _ now: Instant) -> Bool {
        if schedule.renewAt == .never { return false }
        let ahead =
            schedule.lostAt == .never ? 0 : schedule.lostAt.milliseconds(from: schedule.renewAt) / batchAhead.part
        return schedule.renewAt <= now.advanced(milliseconds: max(batchAhead.least, ahead))
    }

    /// Renews a batch. Never takes longer than until the first loss, so that this too is told in time.
    private func renew(_ batch: ArraySlice<any Leased>, firstLoss: Instant) {
        let sentAt = Instant.now
        var renewing: [any Leased] = []
        var calls: [ScriptCall] = []
        for item in batch {
            guard let call = item.renewal() else { continue }
            renewing.append(item)
            calls.append(call)
        }
        guard !calls.isEmpty else { return }
        // A third of the time left: enough for an answer, and there is time to connect anew and ask again.
        let left = min(firstLoss.milliseconds(from: sentAt), redis.settings.commandTimeout)
        let patience = Patience(deadline: sentAt.advanced(milliseconds: max(left / 3, 10)))
        do throws(RedisError) {
            let replies = try redis.run(calls, patience: patience)
            for (item, reply) in zip(renewing, replies) {
                if let text = reply.error {
                    log(.warning, "a lease could not be renewed: \(text)")
                    item.renewalFailed(retryAt: Instant.now.advanced(milliseconds: 200))
                } else {
                    item.renewed(reply, sentAt: sentAt)
                }
            }
        } catch {
            if error.code != .closed { log(.warning, "leases could not be renewed: \(error.message)") }
            if error.code == .noReply { redis.reconnect(because: error) }
            let retryAt = Instant.now.advanced(milliseconds: 20)
            for item in renewing { item.renewalFailed(retryAt: retryAt) }
        }
    }

    private func sleepUntilDue() {
        // Let go without the lock: the last reference to an item may be the last to its client, whose end closes this.
        var dropped: [any Leased] = []
        let due = state.withLock { state in
            var due = Instant.never
            for (key, item) in state.items {
                var schedule = item.schedule
                if schedule == (.never, .never) {
                    // Said before it is asked once more: whoever acquires in between sees that it must register anew, or is
                    // seen here.
                    item.isKept.clear()
                    schedule = item.schedule
                    if schedule == (.never, .never) {
                        state.items[key] = nil
                        dropped.append(item)
                        continue
                    }
                    item.isKept.set()
                }
                due = min(due, schedule.renewAt, schedule.lostAt)
            }
            if state.items.isEmpty { due = .now.advanced(milliseconds: Keeper.linger) }
            nextLook.store(due.nanoseconds, ordering: .sequentiallyConsistent)
            return due
        }
        dropped.removeAll()
        // What was acquired between the look at the schedules and the store above saw an old moment: look again.
        if state.withLock({ $0.items.values.contains { min($0.schedule.renewAt, $0.schedule.lostAt) < due } }) {
            return
        }
        parker.park(until: due)
    }
}
