// The calls to the server for one topic.

import DistCoordRedis

/// Calls on one topic.
struct TopicCalls: Sendable {
    /// What all its keys begin with.
    let base: String
    private let keys: [String]
    /// The channel on which its messages are announced.
    let channel: String

    private static let publish = Script("topic_publish", PackageResources.topic_publish_lua)
    private static let read = Script("topic_read", PackageResources.topic_read_lua)
    private static let trim = Script("topic_trim", PackageResources.topic_trim_lua)
    private static let inspect = Script("topic_inspect", PackageResources.topic_inspect_lua)
    private static let seek = Script("topic_seek", PackageResources.topic_seek_lua)
    private static let deleteGroup = Script("topic_delete_group", PackageResources.topic_delete_group_lua)

    static var scripts: [Script] { [publish, read, trim, inspect, seek, deleteGroup] }

    init(keys: Keys, name: String) {
        base = keys.topic(name: name)
        self.keys = [base]
        channel = Keys.announcements(ofTopic: base)
    }

    /// Publishes messages.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - upkeep: Whether the age of messages is to be seen to.
    ///   - payloads: Writes them, each an argument; asked again when they are sent again.
    /// - Returns: The id of the last.
    func publish(
        _ count: Int, _ options: TopicOptions, upkeep: Bool, _ session: Session, _ patience: Patience,
        _ payloads: (CommandWriter) -> Void
    ) throws(RedisError) -> String {
        // In one: arguments cost the server time.
        let ages = "\(upkeep ? 1 : 0) \(options.maxAge) \(options.upkeep)"
        let reply = try session.lanes.withLane { (ticket) throws(RedisError) in
            try session.redis.run(
                TopicCalls.publish, keys: keys, argumentCount: 4 + count, patience: patience
            ) { writer, _ in
                writer.argument("~" + ticket.lane)
                writer.argument(Int64(clamping: ticket.number))
                writer.argument(options.maxMessages)
                writer.argument(ages)
                payloads(writer)
            }.string
        }
        if reply.isEmpty {
            throw RedisError(
                .noReply, "the server has forgotten what it answered to publishing; look before trying again")
        }
        return reply
    }

    /// Messages from a position on.
    func read(from start: String, count: Int) -> ScriptCall {
        ScriptCall(TopicCalls.read, keys: keys, arguments: [start, String(count)])
    }

    func inspect() -> ScriptCall {
        ScriptCall(TopicCalls.inspect, keys: keys, arguments: [])
    }

    func seek(_ group: String, to position: TopicPosition) -> ScriptCall {
        var known: UInt64 = 0
        if case .after(let id) = position { known = id.sequence }
        return ScriptCall(TopicCalls.seek, keys: keys, arguments: [group, position.start, String(known)])
    }

    func trim(keep: Int64, _ ticket: CallTicket) -> ScriptCall {
        ScriptCall(
            TopicCalls.trim, keys: [base, Keys.lane(base, ticket.lane)],
            arguments: [String(ticket.number), String(keep)])
    }

    func deleteGroup(_ group: String, _ ticket: CallTicket) -> ScriptCall {
        ScriptCall(
            TopicCalls.deleteGroup, keys: [base, Keys.lane(base, ticket.lane)],
            arguments: [String(ticket.number), group])
    }
}
