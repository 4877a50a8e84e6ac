// Publish and subscribe, at most once.

/// A channel: who listens when a message is published gets it, who does not, does not. For messages that are kept see
/// ``Topic``. <doc:Events> says what holds.
public struct Channel: Sendable {
    /// The channel's name.
    public let name: String

    private let client: Client

    init(_ client: Client, name: String) {
        self.client = client
        self.name = name
    }

    /// Publishes a message; gives how many clients got it, on this server.
    @discardableResult
    public func publish(_ payload: [UInt8]) async throws -> Int {
        try await offload { [blocking = client.blocking, name] in try blocking.publish(name, payload) }
    }

    /// Publishes the text in UTF-8.
    @discardableResult
    public func publish(_ text: String) async throws -> Int { try await publish(Array(text.utf8)) }

    /// Publishes the value in JSON.
    @discardableResult
    public func publish(json value: some Encodable) async throws -> Int { try await publish(JSON.encode(value)) }

    /// Subscribes it alone; as ``Client/subscribe(_:capacity:)-([String],_)``.
    public func subscribe(capacity: Int? = nil) async throws -> Subscription {
        try await client.subscribe([name], capacity: capacity)
    }
}

extension Client {
    /// An object for a channel. Nothing is sent.
    public func channel(_ name: String) -> Channel { Channel(self, name: name) }

    /// Subscribes channels: what is published after this returns, arrives.
    ///
    /// ```swift
    /// for try await message in try await client.subscribe("news", "weather") {
    ///     print(message.source, message.text)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - channels: Names of channels.
    ///   - capacity: How many messages it holds for a slow reader, 1 to 1 000 000; 1 024 if `nil`. Then the oldest fall
    ///     out, and ``Message/missed`` of the next one says how many.
    public func subscribe(_ channels: [String], capacity: Int? = nil) async throws -> Subscription {
        let handle = try await offload { [blocking] in
            let handle = try BlockingSubscription(blocking, capacity: capacity)
            for channel in channels { try handle.add(channel) }
            return handle
        }
        return Subscription(handle, of: "subscription of channels")
    }

    /// Subscribes channels; as ``subscribe(_:capacity:)-([String],_)``.
    public func subscribe(_ channels: String..., capacity: Int? = nil) async throws -> Subscription {
        try await subscribe(channels, capacity: capacity)
    }
}
