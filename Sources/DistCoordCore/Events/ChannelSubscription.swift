// Subscriptions of channels.
//
// Whichever thread reads the mailbox puts messages into the subscription's buffer. Messages are numbered, so after a
// lost connection the first that comes tells how many did not; while the connection lives none can be missing, whatever
// the numbers say: a channel that nobody used for a day begins anew.

import DistCoordRedis

/// A bounded buffer of what is published on some channels.
public final class ChannelSubscription: SubscriptionForm {
    /// One channel.
    private struct Source {
        var follower: ChannelFollower?
        /// Number of the last message; nil when there was none.
        var last: UInt64?
        /// The connection was lost since.
        var mayHaveMissed = false
        /// Missed, and not told yet: fallen out of the buffer.
        var owed: Int64 = 0
    }

    private struct Arrival {
        let source: String
        let content: MessageContent
        /// How many are missing before it.
        let gap: Int64
    }

    private struct State {
        var sources: [String: Source] = [:]
        var buffer = MessageQueue<Arrival>()
        var bytes = 0
        var missed: Int64 = 0
        var isDisposed = false
    }

    private let client: Client
    private let session: Session
    private let core: WatchCore
    private let capacity: Int
    private let scope = CancelScope()
    private let state = Guarded(State())
    /// One channel is added at a time: whoever adds one a second time returns when it is subscribed.
    private let adding = NativeLock()

    private static let defaultCapacity = 1_024
    private static let capacities: ClosedRange<Int64> = 1...1_000_000
    private static let mostBytes = 64 * 1024 * 1024
    /// A message's number is a count in these low bits, and above them says which count.
    private static let countMask: UInt64 = 0xFFFF_FFFF

    /// Makes a subscription of nothing yet.
    ///
    /// - Parameter capacity: How many messages it holds; 0 for the default.
    public init(client: Client, capacity: Int64) throws(CoordinationError) {
        guard capacity == 0 || ChannelSubscription.capacities.contains(capacity) else {
            throw .invalid("a capacity of \(capacity) messages is out of range; 1 to 1000000 are allowed")
        }
        try client.requireOneServer("a channel")
        self.client = client
        self.capacity = capacity == 0 ? ChannelSubscription.defaultCapacity : Int(capacity)
        session = try client.openSession()
        core = try WatchCore(client)
    }

    // MARK: - Channels

    public func add(_ name: String) throws(CoordinationError) {
        try Names.check(name, what: "channel name")
        try checkProcess()
        adding.lock()
        defer { adding.unlock() }
        let isNew = state.withLock { state in
            guard state.sources[name] == nil else { return false }
            state.sources[name] = Source()
            return true
        }
        guard isNew else { return }
        do throws(CoordinationError) {
            try follow(name)
        } catch {
            state.withLock { $0.sources.removeValue(forKey: name) }?.follower?.end()
            throw error
        }
    }

    private func follow(_ name: String) throws(CoordinationError) {
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        let channel = session.keys.channel(name: name)
        do throws(RedisError) {
            let follower = try session.mailbox.follow(channel, patience: wait.patience) { [weak self] payload in
                self?.receive(payload, from: name)
            }
            let isKept = state.withLock { state in
                if !state.isDisposed { state.sources[name]?.follower = follower }
                return !state.isDisposed && state.sources[name] != nil
            }
            guard isKept else { return follower.end() }
            // The buffer is bounded, and the server's is not to fill in its place.
            session.mailbox.readUnattended()
            let number = try session.redis.commands(patience: wait.patience) {
                $0.command("GET", Keys.lastNumber(ofChannel: channel))
            }
            let last = number.first?.integer.map { UInt64(clamping: $0) }
            state.withLock { state in
                if state.sources[name]?.last == nil { state.sources[name]?.last = last }
            }
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { throw CoordinationError(reason, error.message) }
            throw CoordinationError(error)
        }
    }

    public func remove(_ name: String) throws(CoordinationError) -> Status {
        try checkProcess()
        guard let source = state.withLock({ $0.sources.removeValue(forKey: name) }) else { return .notFound }
        source.follower?.end()
        return .ok
    }

    private func checkProcess() throws(CoordinationError) {
        guard try client.openSession() === session else {
            throw CoordinationError(.forked, "this subscription belongs to the parent of this process; open another")
        }
    }

    // MARK: - Messages

    /// A message "<number> <payload>" has come; nil: some may have been missed.
    private func receive(_ payload: UnsafeBufferPointer<UInt8>?, from name: String) {
        let isTold = state.withLock { state in
            guard state.sources[name] != nil else { return false }
            guard let payload else {
                state.sources[name]?.mayHaveMissed = true
                return false
            }
            guard let space = payload.firstIndex(of: UInt8(ascii: " ")),
                let number = UInt64(String(decoding: payload[..<space], as: UTF8.self))
            else { return false }
            let gap = ChannelSubscription.note(number, &state.sources[name])
            let content = MessageContent(UnsafeBufferPointer(rebasing: payload[(space + 1)...]))
            state.missed &+= gap
            state.bytes += content.count
            state.buffer.append(Arrival(source: name, content: content, gap: gap))
            shrink(&state)
            return true
        }
        if isTold { core.stir() }
    }

    /// Takes note of a message's number, and says how many are missing before it.
    private static func note(_ number: UInt64, _ source: inout Source?) -> Int64 {
        let last = source?.last
        let isSameCount = last.map { $0 & ~countMask == number & ~countMask } ?? false
        // Published between subscribing and asking for the number, by which it is known already.
        if isSameCount, let last, number <= last { return 0 }
        source?.last = number
        guard source?.mayHaveMissed == true else { return 0 }
        source?.mayHaveMissed = false
        if isSameCount, let last { return Int64(clamping: number &- last &- 1) }
        let before = Int64(clamping: max(number & countMask, 1) &- 1)
        // The count began anew meanwhile; how far the former one got is not known.
        return last == nil ? before : max(1, before)
    }

    /// Lets the oldest fall out of a buffer that is too full; the newest stays in any case.
    private func shrink(_ state: inout State) {
        while state.buffer.count > capacity
            || (state.bytes > ChannelSubscription.mostBytes && state.buffer.count > 1)
        {
            guard let dropped = state.buffer.popFirst() else { return }
            state.bytes -= dropped.content.count
            state.missed &+= 1
            state.sources[dropped.source]?.owed &+= dropped.gap &+ 1
        }
    }

    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, EventMessage?) {
        try core.next(milliseconds: milliseconds, take: take)
    }

    private func take() throws(CoordinationError) -> EventMessage? {
        state.withLock { state in
            guard let arrival = state.buffer.popFirst() else { return nil }
            state.bytes -= arrival.content.count
            let owed = state.sources[arrival.source]?.owed ?? 0
            state.sources[arrival.source]?.owed = 0
            return EventMessage(arrival.content, source: arrival.source, missed: arrival.gap &+ owed)
        }
    }

    public var missed: Int64 { state.withLock { $0.missed } }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() {
        scope.cancel()
        core.cancelWaits()
    }

    public func dispose() {
        cancelWaits()
        let sources = state.withLock { state in
            state.isDisposed = true
            defer { state.sources.removeAll() }
            return state.sources
        }
        core.dispose()
        guard session.generation == ForkGuard.generation else { return }
        for source in sources.values { source.follower?.end() }
    }
}
