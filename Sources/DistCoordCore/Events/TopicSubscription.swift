// Reading a topic in order, from a position on.
//
// A small message comes with its announcement, and is taken from that when it is the next one: a reader that keeps up
// makes no round trips. Whoever falls behind, or whose connection was lost, reads from the server, as much ahead as it
// has room for.

import DistCoordRedis

/// Reads one topic.
public final class TopicSubscription: SubscriptionForm {
    private struct Arrival {
        let id: MessageID
        let content: MessageContent
        let missed: Int64
    }

    private struct State {
        var buffer = MessageQueue<Arrival>()
        /// Where to read on, as XRANGE takes it.
        var start: String
        /// All messages up to this one are in the buffer, or were taken.
        var position: MessageID
        /// The message before the next one, for telling what is missing between them; nil when it is not known.
        var previous: MessageID?
        /// The server has, or may have, messages after the position.
        var isBehind: Bool
        /// The newest message that was announced.
        var announced = MessageID.zero
        var isReading = false
        var lookAt = Instant(nanoseconds: 0)
        var missed: Int64 = 0
    }

    private let topic: TopicHandle
    private let core: WatchCore
    private let capacity: Int
    private let state: Guarded<State>

    private static let defaultCapacity = 256
    private static let capacities: ClosedRange<Int64> = 1...10_000
    /// It is looked again after about this long even if nothing is announced, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000

    init(_ topic: TopicHandle, from position: TopicPosition, capacity: Int64) throws(CoordinationError) {
        guard capacity == 0 || TopicSubscription.capacities.contains(capacity) else {
            throw .invalid("\(capacity) messages cannot be fetched ahead; 1 to 10000 are allowed")
        }
        self.topic = topic
        self.capacity = capacity == 0 ? TopicSubscription.defaultCapacity : Int(capacity)
        core = try WatchCore(topic.client)
        var state = State(start: position.start, position: .zero, previous: nil, isBehind: true)
        if case .after(let id) = position {
            state.position = id
            // The position "0-0" is before all messages, of which none is missed.
            state.previous = id.sequence > 0 ? id : nil
        }
        self.state = Guarded(state)
        do throws(CoordinationError) {
            try core.follow(topic.calls.channel) { [weak self] in self?.receive($0) }
            // What is announced is to be taken from the socket also while nobody waits.
            try topic.client.openSession().mailbox.readUnattended()
            if case .new = position { try beginAtTheEnd() }
        } catch {
            core.dispose()
            throw error
        }
    }

    private func beginAtTheEnd() throws(CoordinationError) {
        let last = try last(of: read(from: "-", count: 0))
        state.withLock { state in
            // What was announced since is later, and read again.
            state.position = last
            state.previous = last
            state.start = "(" + last.text
            state.isBehind = state.announced > last
        }
    }

    // MARK: - Announcements

    /// "<id> <payload>" or "<id>"; nil: some may have been missed.
    private func receive(_ message: UnsafeBufferPointer<UInt8>?) {
        state.withLock { state in
            guard let message else {
                state.isBehind = true
                return
            }
            let space = message.firstIndex(of: UInt8(ascii: " "))
            guard let id = MessageID(message[..<(space ?? message.endIndex)]) else { return }
            state.announced = max(state.announced, id)
            guard id > state.position else { return }
            let isNext = state.previous.map { $0.sequence &+ 1 == id.sequence } ?? false
            guard let space, isNext, !state.isBehind, !state.isReading, state.buffer.count < capacity else {
                state.isBehind = true
                return
            }
            append(id, MessageContent(UnsafeBufferPointer(rebasing: message[(space + 1)...])), to: &state)
        }
    }

    private func append(_ id: MessageID, _ content: MessageContent, to state: inout State) {
        let missed = state.previous?.gap(before: id) ?? 0
        state.missed &+= missed
        state.buffer.append(Arrival(id: id, content: content, missed: missed))
        state.position = id
        state.previous = id
        state.start = "(" + id.text
    }

    // MARK: - Taking

    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, EventMessage?) {
        try core.next(milliseconds: milliseconds, take: take)
    }

    private func take() throws(CoordinationError) -> EventMessage? {
        while true {
            let (arrival, start) = state.withLock { state -> (Arrival?, String?) in
                if let arrival = state.buffer.popFirst() { return (arrival, nil) }
                // One thread reads at a time, lest messages change places.
                guard !state.isReading, state.isBehind || state.lookAt <= .now else { return (nil, nil) }
                state.isReading = true
                return (nil, state.start)
            }
            if let arrival {
                return EventMessage(arrival.content, source: topic.name, missed: arrival.missed, place: arrival.id)
            }
            guard let start else { return nil }
            try fill(from: start)
        }
    }

    /// Reads into the buffer.
    private func fill(from start: String) throws(CoordinationError) {
        let reply: Reply
        do throws(CoordinationError) {
            reply = try read(from: start, count: capacity)
        } catch {
            state.withLock { state in
                state.isReading = false
                state.isBehind = true
            }
            core.stir()
            throw error
        }
        let last = last(of: reply)
        let lookAt = Instant.now.advanced(milliseconds: Int64.random(in: TopicSubscription.recheck))
        state.withLock { state in
            state.isReading = false
            state.lookAt = lookAt
            let entries = reply[1]
            let count = entries?.count ?? 0
            for index in 0..<count {
                guard let entry = entries?[index], let id = entry[0]?.withBytes({ MessageID($0) }), id > state.position
                else { continue }
                let content = entry[1]?[1]?.withBytes { MessageContent($0) }
                append(id, content ?? MessageContent(UnsafeBufferPointer(start: nil, count: 0)), to: &state)
            }
            // Without an answer there is nothing up to the last message that the server knew then.
            state.isBehind = state.announced > max(last, state.position) || (count > 0 && last > state.position)
        }
        core.look(at: lookAt)
        // Others may wait for what was read.
        core.stir()
    }

    private func read(from start: String, count: Int) throws(CoordinationError) -> Reply {
        let session = try topic.client.openSession()
        return try translating { () throws(RedisError) in
            try session.redis.run(topic.calls.read(from: start, count: count), patience: core.patience)
        }
    }

    /// The topic's last message, as `read` answers it.
    private func last(of reply: Reply) -> MessageID {
        reply[0]?.withBytes { MessageID($0) } ?? .zero
    }

    // MARK: - The rest

    public func add(_ name: String) throws(CoordinationError) { throw readsOneTopic() }

    public func remove(_ name: String) throws(CoordinationError) -> Status { throw readsOneTopic() }

    private func readsOneTopic() -> CoordinationError {
        .invalid("this subscription reads topic '\(topic.name)' and nothing else; subscribe other topics by themselves")
    }

    public var missed: Int64 { state.withLock { $0.missed } }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() { core.cancelWaits() }

    public func dispose() { core.dispose() }
}
