// How a topic stands.

import DistCoordRedis

/// A snapshot of a topic and its groups.
public struct TopicInfo: Sendable {
    /// One consumer group.
    public struct Group: Sendable {
        public let name: String
        /// Messages that wait to be delivered.
        public let waiting: Int64
        /// Messages that its consumers hold.
        public let held: Int64
        /// Consumers that live.
        public let consumers: Int64
    }

    /// Messages that are kept.
    public let messages: Int64
    /// Messages ever published.
    public let published: Int64
    /// Id of the oldest message that is kept, or empty.
    public let firstID: String
    /// Id of the newest, or empty.
    public let lastID: String
    public let groups: [Group]

    /// Nil when the reply tells of no topic.
    init?(_ reply: Reply) {
        guard reply.count >= 4 else { return nil }
        messages = reply.integer(at: 0)
        published = reply.integer(at: 1)
        firstID = reply.string(at: 2)
        lastID = reply.string(at: 3)
        groups = stride(from: 4, to: reply.count, by: 4).map { index in
            Group(
                name: reply.string(at: index), waiting: reply.integer(at: index + 1),
                held: reply.integer(at: index + 2), consumers: reply.integer(at: index + 3))
        }
    }
}
