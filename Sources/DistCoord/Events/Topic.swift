// Messages that are kept.

/// A topic: messages that are kept for a time or up to a number, read by any number of subscriptions from any position,
/// and by consumer groups at least once. <doc:Events> says what holds.
///
/// ```swift
/// let orders = try client.topic("orders")
/// try await orders.publish(json: order)
///
/// try await orders.handle(group: "billing", as: Order.self) { order, message in
///     try await bill(order)
/// }
/// ```
public final class Topic: Sendable {
    /// The topic's name.
    public let name: String
    /// How long its messages are kept, by whoever publishes through this object.
    public let options: TopicOptions

    private let handle: BlockingTopic

    init(_ client: Client, name: String, _ options: TopicOptions) throws {
        self.name = name
        self.options = options
        handle = try BlockingTopic(client.blocking, name, options)
    }

    // MARK: Publishing

    /// Publishes a message, which is on the server when this returns; gives its id.
    @discardableResult
    public func publish(_ payload: [UInt8]) async throws -> String {
        try await offload { [handle] in try handle.publish(payload) }
    }

    /// Publishes the text in UTF-8; gives the message's id.
    @discardableResult
    public func publish(_ text: String) async throws -> String { try await publish(Array(text.utf8)) }

    /// Publishes the value in JSON; gives the message's id.
    @discardableResult
    public func publish(json value: some Encodable) async throws -> String { try await publish(JSON.encode(value)) }

    /// Publishes many messages, in order, in as few round trips as their size allows.
    ///
    /// When it throws, the first of them may have been published; the error says how many are for certain.
    public func publishMany(_ payloads: [[UInt8]]) async throws {
        let (published, failure) = try await offload { [handle] in handle.publishMany(payloads) }
        guard var failure else { return }
        failure.message += " (\(published) of \(payloads.count) messages were published for certain)"
        throw failure
    }

    /// Publishes the values in JSON; as ``publishMany(_:)``.
    public func publishMany(json values: [some Encodable]) async throws {
        try await publishMany(values.map { try JSON.encode($0) })
    }

    // MARK: Reading

    /// Reads the topic from a position on. Nothing is dropped for a slow reader as long as the server keeps it;
    /// ``Message/missed`` tells how many were no longer kept.
    ///
    /// ```swift
    /// for try await message in try await topic.messages(.after(last)) {
    ///     print(message.id, message.text)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - position: Where to begin. ``TopicPosition/new``: what is published after this returns, arrives.
    ///   - capacity: How many messages are fetched ahead, 1 to 10 000; 256 if `nil`.
    public func messages(_ position: TopicPosition = .new, capacity: Int? = nil) async throws -> Subscription {
        let subscription = try await offload { [handle] in try handle.subscribe(position, capacity: capacity) }
        return Subscription(subscription, of: "subscription of topic '\(name)'")
    }

    /// Joins a consumer group, which is made if it is not there: its messages are shared among its consumers.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/exists`` when a living consumer has the name.
    public func consumer(group: String, options: ConsumerOptions = ConsumerOptions()) async throws -> Consumer {
        let (answer, consumer) = try await offload { [handle] in try BlockingConsumer.join(handle, group, options) }
        guard answer == .ok, let consumer else {
            throw DistCoordError(
                .exists, "topic '\(name)', group '\(group)': a living consumer has the name '\(options.name ?? "")'")
        }
        return Consumer(consumer, topic: name, group: group)
    }

    // MARK: Managing

    /// Asks how the topic and its groups stand; `nil` when nothing was ever published, or it is forgotten, and it has
    /// no group.
    public func inspect() async throws -> TopicInfo? { try await offload { [handle] in try handle.inspect() } }

    /// Moves a group to a position, back to read again or forward to skip. What its consumers hold stays with them.
    /// Throws ``DistCoordError/Code-swift.struct/notFound`` when there is no such group.
    public func seek(group: String, to position: TopicPosition) async throws {
        if try await offload({ [handle] in try handle.seek(group, position) }) != .ok { throw missing(group) }
    }

    /// Deletes a group; its consumers find their messages lost. Throws
    /// ``DistCoordError/Code-swift.struct/notFound`` when there is no such group.
    public func deleteGroup(_ group: String) async throws {
        if try await offload({ [handle] in try handle.deleteGroup(group) }) != .ok { throw missing(group) }
    }

    /// Drops all messages but the newest; gives how many.
    @discardableResult
    public func trim(keep: Int) async throws -> Int { try await offload { [handle] in try handle.trim(keep: keep) } }

    private func missing(_ group: String) -> DistCoordError {
        DistCoordError(.notFound, "topic '\(name)': no group '\(group)' is known")
    }
}

extension Client {
    /// An object for a topic. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The topic's name.
    ///   - options: What differs from the defaults.
    public func topic(_ name: String, options: TopicOptions = TopicOptions()) throws -> Topic {
        try Topic(self, name: name, options)
    }
}
