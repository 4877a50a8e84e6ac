// A message of a channel or a topic.

/// A message of a ``Channel`` or a ``Topic``.
public struct Message: Sendable, Hashable {
    /// Name of the channel or topic it came by.
    public var source: String
    /// Its bytes.
    public var payload: [UInt8]
    /// How many messages of the same source were missed directly before this one, because the reader was too slow or
    /// away, or they were no longer kept; 0 as a rule.
    public var missed: Int
    /// Of a topic: its id, a position from which to read on. Empty for a channel's.
    public var id: String
    /// Of a topic: when it was published, by the server's clock. 0 for a channel's.
    public var publishedMillisecondsSince1970: Int64
    /// Of a consumer group: how many times it has been delivered, this time included; 1 for all others.
    public var deliveries: Int

    /// ``payload`` as UTF-8.
    public var text: String { String(decoding: payload, as: UTF8.self) }

    /// The payload as a value from JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: payload)
    }
}
