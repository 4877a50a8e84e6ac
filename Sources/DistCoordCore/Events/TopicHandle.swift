// A handle on a topic: messages that are kept, see Lua/topic_keys.lua for how.

import DistCoordRedis
import Synchronization

/// Publishes on a topic, and manages it; used by any number of threads.
public final class TopicHandle: Sendable {
    public let name: String
    let client: Client
    let calls: TopicCalls
    let options: TopicOptions
    /// Of messages that may be published together.
    private let subject: String
    /// When this handle sees to the age of messages next, as `Instant` counts.
    private let nextUpkeep = Atomic<Int64>(0)

    /// Messages, and bytes, that one call carries: no other client is to wait for long.
    private static let (batchCount, batchBytes) = (500, 1 << 20)
    /// Bytes of a buffer that fits every id, its NUL included.
    public static let idCapacity = 48
    /// Messages that one call of `publishMany` is about.
    public static let mostAtOnce = 100_000

    /// Makes a handle; nothing is sent.
    public init(client: Client, name: String, options: TopicOptions) throws(CoordinationError) {
        try Names.check(name, what: "topic name")
        try client.checkOpen()
        try client.requireOneServer("a topic")
        self.client = client
        self.name = name
        self.options = options
        calls = TopicCalls(keys: Keys(namespace: client.options.namespace), name: name)
        subject = "\(calls.base) \(options.maxMessages) \(options.maxAge)"
    }

    // MARK: - Publishing

    /// Publishes a message; its id.
    public func publish(_ payload: UnsafeRawBufferPointer) throws(CoordinationError) -> String {
        let session = try client.openSession()
        try Channel.checkSize(payload.count, session)
        guard JointCalls.mayJoin(session, bytes: payload.count) else {
            return try publish(1, session, session.patience()) { $0.argument(payload) }
        }
        // With those that other threads publish, if they keep messages for as long.
        let answer = try session.jointCalls.make(subject, session) { writer in
            writer.argument(payload)
        } _: { parts, patience throws(CoordinationError) in
            try publish(parts.count, session, patience) { writer in
                for part in parts { writer.append(part.arguments) }
            }
        }
        let later = answer.count - 1 - answer.place
        return later == 0 ? answer.text : try MessageID.checked(answer.text).earlier(by: UInt64(later)).text
    }

    /// Publishes messages in order.
    ///
    /// - Parameter published: Receives how many were published for certain, also on failure.
    public func publishMany(
        _ payloads: [UnsafeRawBufferPointer], published: inout Int
    ) throws(CoordinationError) {
        published = 0
        let session = try client.openSession()
        for payload in payloads { try Channel.checkSize(payload.count, session) }
        while published < payloads.count {
            var end = published
            var bytes = 0
            repeat {
                bytes += payloads[end].count
                end += 1
            } while end < payloads.count && end - published < TopicHandle.batchCount
                && bytes + payloads[end].count <= TopicHandle.batchBytes
            _ = try publish(end - published, session, session.patience()) { writer in
                for payload in payloads[published..<end] { writer.argument(payload) }
            }
            published = end
        }
    }

    /// - Returns: The id of the last.
    private func publish(
        _ count: Int, _ session: Session, _ patience: Patience, _ payloads: (CommandWriter) -> Void
    ) throws(CoordinationError) -> String {
        let isDue = isUpkeepDue()
        do throws(RedisError) {
            return try calls.publish(count, options, upkeep: isDue, session, patience, payloads)
        } catch {
            if isDue { nextUpkeep.store(0, ordering: .relaxed) }
            throw CoordinationError(error)
        }
    }

    /// Whether this call is to see to the age of messages; one of several that ask at once.
    private func isUpkeepDue() -> Bool {
        let now = Instant.now
        let moment = nextUpkeep.load(ordering: .relaxed)
        guard now.nanoseconds >= moment else { return false }
        let next = now.advanced(milliseconds: options.upkeep).nanoseconds
        return nextUpkeep.compareExchange(expected: moment, desired: next, ordering: .relaxed).exchanged
    }

    // MARK: - Reading and managing

    /// Reads from a position on; see `TopicPosition`.
    ///
    /// - Parameter capacity: How many messages are fetched ahead; 0 for the default.
    public func subscribe(after: String?, since: Int64, capacity: Int64) throws(CoordinationError)
        -> TopicSubscription
    {
        try TopicSubscription(self, from: try TopicPosition(after: after, since: since), capacity: capacity)
    }

    /// How the topic stands; nil when there is none.
    public func inspect() throws(CoordinationError) -> TopicInfo? {
        TopicInfo(try run(calls.inspect()))
    }

    /// Moves a group to a position.
    ///
    /// - Returns: `.ok`, `.notFound`.
    public func seek(_ group: String, after: String?, since: Int64) throws(CoordinationError) -> Status {
        try Names.check(group, what: "group name")
        let position = try TopicPosition(after: after, since: since)
        return try run(calls.seek(group, to: position)).integer == 1 ? .ok : .notFound
    }

    /// Deletes a group.
    ///
    /// - Returns: `.ok`, `.notFound`.
    public func deleteGroup(_ group: String) throws(CoordinationError) -> Status {
        try Names.check(group, what: "group name")
        let session = try client.openSession()
        return try session.lanes.withLane { (ticket) throws(CoordinationError) in
            try run(calls.deleteGroup(group, ticket)).integer == 1 ? .ok : .notFound
        }
    }

    /// Drops all messages but the newest; how many.
    public func trim(keep: Int64) throws(CoordinationError) -> Int64 {
        guard keep >= 0 else { throw .invalid("a topic cannot keep \(keep) messages; the least is 0") }
        let session = try client.openSession()
        return try session.lanes.withLane { (ticket) throws(CoordinationError) in
            try run(calls.trim(keep: keep, ticket)).integer ?? 0
        }
    }

    private func run(_ call: ScriptCall) throws(CoordinationError) -> Reply {
        let session = try client.openSession()
        return try translating { () throws(RedisError) in
            try session.redis.run(call, patience: session.patience())
        }
    }
}
