// How topics keep messages, where readers begin, how consumers take part, and how all of it stands.

import CDistCoord

/// How long a topic's messages are kept; applied by whoever publishes.
public struct TopicOptions: Sendable, Hashable {
    /// How many messages are kept, the newest, up to 1 000 000 000; `nil` for no limit. A few more may be.
    public var maxMessages: Int?
    /// How long messages are kept, 1 s to 10 years; `nil` for no limit. A topic into which nothing is published for
    /// that long is forgotten, with its groups.
    public var maxAge: Duration?

    /// Makes options; everything not given has its default.
    public init(maxMessages: Int? = 100_000, maxAge: Duration? = .seconds(7 * 24 * 3600)) {
        self.maxMessages = maxMessages
        self.maxAge = maxAge
    }
}

/// Where reading a topic begins.
public enum TopicPosition: Sendable, Hashable {
    /// With the next message that is published.
    case new
    /// With the oldest message that is kept.
    case oldest
    /// After the message of this id (``Message/id``).
    case after(String)
    /// With the first message published at that time of the server's clock, milliseconds since 1970, or later.
    case since(Int64)
}

/// How a consumer takes part in a group. Set what differs from the defaults.
public struct ConsumerOptions: Sendable, Hashable {
    /// Its name within the group, 1 to 128 bytes; one that the library makes if `nil`.
    public var name: String?
    /// How long what it holds outlives its process, 0.1 s to 24 h.
    public var lease: Duration
    /// How many messages it holds that were delivered and neither acknowledged nor released, 1 to 10 000; more are not
    /// fetched.
    public var prefetch: Int
    /// Whether a group that is not there yet begins with the next message, not with the oldest that is kept.
    public var fromNew: Bool
    /// How long a message may be held by a living consumer before it goes to another, 1 s to a day; `nil` for no limit.
    public var acknowledgeTimeout: Duration?

    /// Makes options; everything not given has its default.
    public init(
        name: String? = nil, lease: Duration = .seconds(10), prefetch: Int = 64, fromNew: Bool = false,
        acknowledgeTimeout: Duration? = nil
    ) {
        self.name = name
        self.lease = lease
        self.prefetch = prefetch
        self.fromNew = fromNew
        self.acknowledgeTimeout = acknowledgeTimeout
    }
}

/// How a topic and its groups stand, as the server saw it when it was asked; see ``Topic/inspect()``.
public struct TopicInfo: Sendable, Hashable {
    /// A consumer group.
    public struct Group: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Messages that it has not been delivered yet.
        public var waiting: Int
        /// Messages that were delivered to its consumers and neither acknowledged nor given back.
        public var held: Int
        /// Its living consumers.
        public var consumers: Int
    }

    /// Messages that are kept.
    public var messages: Int
    /// Messages ever published.
    public var published: Int
    /// Id of the oldest message that is kept, if there is one.
    public var firstID: String?
    /// Id of the newest message that is kept, if there is one.
    public var lastID: String?
    /// Its consumer groups.
    public var groups: [Group]
}

extension TopicOptions {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        // 0 is the interface's word for "no limit": no messages, or no time at all, must not turn into it.
        try accept(
            distcoord_topic_options_set_max_messages(handle, maxMessages.map { Int64($0 < 1 ? -1 : $0) } ?? 0),
            "\(what): keeping \(maxMessages ?? 0) messages is not possible; 1 to 1000000000 are allowed")
        try accept(
            distcoord_topic_options_set_max_age_ms(
                handle, maxAge.map { $0 <= .zero ? -1 : $0.wholeMilliseconds } ?? 0),
            "\(what): keeping messages for \(maxAge ?? .zero) is not possible; 1 s to 10 years are allowed")
    }
}

extension TopicPosition {
    /// For the C interface: an id, and a time that counts without one.
    var arguments: (after: String?, since: Int64) {
        switch self {
        case .new: (nil, 0)
        case .oldest: ("0", 0)
        case .after(let id): (id, 0)
        // 0 is the interface's word for "from now on": before 1970 nothing was published.
        case .since(let milliseconds): (nil, max(1, milliseconds))
        }
    }
}

extension ConsumerOptions {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        if let name {
            try requireWhole(name, "the consumer's name")
            try accept(
                distcoord_consumer_options_set_name(handle, name),
                "\(what): consumer '\(name)': 1 to 128 bytes of text without control characters are allowed")
        }
        try accept(
            distcoord_consumer_options_set_lease_ms(handle, lease.wholeMilliseconds),
            "\(what): a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        try accept(
            distcoord_consumer_options_set_prefetch(handle, Int32(clamping: prefetch)),
            "\(what): \(prefetch) messages at a time: 1 to 10000 are allowed")
        try accept(
            distcoord_consumer_options_set_from_new(handle, fromNew), "\(what): where a group begins cannot be set")
        if let acknowledgeTimeout {
            let milliseconds = acknowledgeTimeout <= .zero ? -1 : acknowledgeTimeout.wholeMilliseconds
            try accept(
                distcoord_consumer_options_set_ack_timeout_ms(handle, milliseconds),
                "\(what): \(acknowledgeTimeout) to acknowledge is not possible; 1 s to a day are allowed")
        }
    }
}
