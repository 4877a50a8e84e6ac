// Publishing on channels. Each message has a number, by which subscribers know what they missed (channel_publish.lua).

import DistCoordRedis

/// Publish and subscribe, at most once.
public enum Channel {
    private static let publish = Script("channel_publish", PackageResources.channel_publish_lua)

    static var scripts: [Script] { [publish] }

    /// Publishes a message; how many clients got it.
    public static func publish(
        _ payload: UnsafeRawBufferPointer, on name: String, of client: Client
    ) throws(CoordinationError) -> Int64 {
        try Names.check(name, what: "channel name")
        try client.requireOneServer("a channel")
        let session = try client.openSession()
        try checkSize(payload.count, session)
        let channel = session.keys.channel(name: name)
        return try translating { () throws(RedisError) in
            try session.lanes.withLane { (ticket) throws(RedisError) in
                let keys = [Keys.lastNumber(ofChannel: channel), Keys.lane(channel, ticket.lane)]
                return try session.redis.run(publish, keys: keys, argumentCount: 2, patience: session.patience()) {
                    writer, _ in
                    writer.argument(Int64(clamping: ticket.number))
                    writer.argument(payload)
                }
            }
        }.integer ?? 0
    }

    /// Fails when a message is larger than the client's options allow.
    static func checkSize(_ count: Int, _ session: Session) throws(CoordinationError) {
        let limit = session.options.maxPayload
        guard count <= limit else {
            throw CoordinationError(
                .tooLarge,
                "the message has \(count) bytes; at most \(limit) are allowed (distcoord_options_set_max_payload)")
        }
    }
}

extension CommandWriter {
    /// Appends any bytes.
    func argument(_ content: UnsafeRawBufferPointer) {
        content.withMemoryRebound(to: UInt8.self) { argument($0) }
    }
}
