// What a consumer has been delivered: ready to be taken, or taken and not settled. And who of its threads fetches more.

import DistCoordRedis

/// One message that was delivered.
struct Delivery: Sendable {
    let id: MessageID
    let content: MessageContent
    /// How many the group has missed directly before it.
    let missed: Int64
    let deliveries: Int64
    let fetchedAt: Instant
}

/// The messages that one consumer holds.
final class ConsumerStock: Sendable {
    /// What may have become of a taken message, because the answer of a call was lost.
    enum Doubt: Sendable {
        case none, acknowledged, released
    }

    private struct State {
        var ready = MessageQueue<Delivery>()
        var taken: [MessageID: Doubt] = [:]
        var isFetching = false
        /// An answer was lost: the server may have delivered what is not known here.
        var isUnsure = false
        var missed: Int64 = 0
        var sleepers: [ObjectIdentifier: Wait] = [:]
    }

    private let state = Guarded(State())

    // MARK: - Threads

    /// From now on the wait is woken when anything changes.
    func add(_ wait: Wait) { state.withLock { $0.sleepers[ObjectIdentifier(wait)] = wait } }

    func remove(_ wait: Wait) { state.withLock { $0.sleepers[ObjectIdentifier(wait)] = nil } }

    func wakeAll() { state.withLock { ConsumerStock.wakeAll($0) } }

    private static func wakeAll(_ state: State) {
        for wait in state.sleepers.values { wait.parker.unpark() }
    }

    /// Lets the calling thread be the one that fetches; `endFetching` must follow.
    ///
    /// - Returns: How many messages there is room for; nil when there is none, or another thread fetches.
    func beginFetching(prefetch: Int, needsRoom: Bool) -> Int? {
        state.withLock { state in
            let room = max(0, prefetch - state.taken.count - state.ready.count)
            guard !state.isFetching, room > 0 || !needsRoom else { return nil }
            state.isFetching = true
            return room
        }
    }

    func endFetching() {
        state.withLock { state in
            state.isFetching = false
            ConsumerStock.wakeAll(state)
        }
    }

    // MARK: - Messages

    var isUnsure: Bool { state.withLock { $0.isUnsure } }

    func becomeUnsure() { state.withLock { $0.isUnsure = true } }

    /// - Parameter missed: How many messages the group has missed so far.
    func put(_ deliveries: [Delivery], missed: Int64) {
        state.withLock { state in
            state.isUnsure = false
            state.missed = max(state.missed, missed)
            for delivery in deliveries { state.ready.append(delivery) }
            if !deliveries.isEmpty { ConsumerStock.wakeAll(state) }
        }
    }

    /// Takes the next message, and drops those that were fetched before a moment.
    func take(fetchedAfter moment: Instant?, stale: inout [MessageID]) -> Delivery? {
        state.withLock { state in
            while let delivery = state.ready.popFirst() {
                if let moment, delivery.fetchedAt < moment {
                    stale.append(delivery.id)
                    continue
                }
                state.taken[delivery.id] = Doubt.none
                return delivery
            }
            return nil
        }
    }

    /// Those that nobody has taken.
    var untaken: [MessageID] { state.withLock { state in state.ready.all.map(\.id) } }

    /// All that is held, as consumer_next.lua takes it.
    var known: String {
        state.withLock { state in
            var text = ""
            for delivery in state.ready.all { text += delivery.id.text + " " }
            for id in state.taken.keys { text += id.text + " " }
            return text
        }
    }

    /// Those of some messages that are taken, each once, with what may have become of them.
    func taken(_ ids: [MessageID]) -> [(id: MessageID, doubt: Doubt)] {
        state.withLock { state in
            var seen: Set<MessageID> = []
            return ids.compactMap { id in
                guard let doubt = state.taken[id], seen.insert(id).inserted else { return nil }
                return (id, doubt)
            }
        }
    }

    /// They are not held any more.
    func settle(_ ids: [MessageID]) {
        state.withLock { state in
            for id in ids { state.taken[id] = nil }
            // There is room for others.
            ConsumerStock.wakeAll(state)
        }
    }

    func doubt(_ ids: [MessageID], _ doubt: Doubt) {
        state.withLock { state in
            for id in ids where state.taken[id] != nil { state.taken[id] = doubt }
        }
    }

    /// Nothing is held any more.
    func clear() {
        state.withLock { state in
            state.ready.removeAll()
            state.taken.removeAll()
            state.isUnsure = false
        }
    }

    var missed: Int64 { state.withLock { $0.missed } }
}
