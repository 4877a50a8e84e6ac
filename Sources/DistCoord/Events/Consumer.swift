// A member of a consumer group.

/// A consumer of a group: it is delivered messages, each of which it acknowledges or releases; see
/// ``Topic/consumer(group:options:)``.
///
/// ```swift
/// let consumer = try await topic.consumer(group: "billing")
/// for try await message in consumer {
///     try await bill(message)
///     try await consumer.acknowledge(message)
/// }
/// try await consumer.close()
/// ```
///
/// As a sequence it ends when the task is cancelled; a message that comes in that very moment is released. One that is
/// dropped is closed in the background.
public final class Consumer: AsyncSequence, Sendable {
    /// A message.
    public typealias Element = Message
    /// Takes one message at a time.
    public typealias AsyncIterator = MessageIterator

    /// The consumer's name within its group.
    public let name: String
    /// Name of the topic.
    public let topic: String
    /// Name of the group.
    public let group: String

    private let handle: BlockingConsumer
    private let waits: SharedWaits

    init(_ handle: BlockingConsumer, topic: String, group: String) {
        self.handle = handle
        self.topic = topic
        self.group = group
        name = handle.name
        waits = SharedWaits { handle.cancel() }
    }

    /// The next message of the group; those that a dead consumer held, and those released, come first.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/lost`` when the consumer's lease has ended: what it held goes to
    /// others, and the next call joins anew.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever, zero to look once.
    /// - Returns: The message; `nil` when there was none in time.
    public func next(timeout: Duration? = nil) async throws -> Message? {
        let (answer, message) = try await waits.wait(timeout) { [handle] in try handle.next(waitMilliseconds: $0) }
        switch answer {
        case .ok, .timedOut: return message
        case .lost: throw DistCoordError(.lost, "\(what): its lease ended; what it held goes to others")
        default: throw cancellation(of: what)
        }
    }

    /// Takes the messages as they come; one whose lease ended joins anew.
    public func makeAsyncIterator() -> MessageIterator { MessageIterator { try await self.nextOfSequence() } }

    func nextOfSequence() async throws -> Message? {
        while true {
            do {
                let message = try await next()
                guard let message, Task.isCancelled else { return message }
                // Delivered in the moment of the cancellation: nobody is left to work on it.
                try? await release(message)
                return nil
            } catch let error as DistCoordError where error.code == .lost {
                continue
            }
        }
    }

    /// Says that a message is done.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/lost`` when this consumer does not hold it any more: it may be
    /// delivered to another.
    public func acknowledge(_ message: Message) async throws { try await acknowledge(message.id) }

    /// Says that the message of an id is done. Throws as ``acknowledge(_:)-(Message)``.
    public func acknowledge(_ id: String) async throws {
        try expectHeld(try await offload { [handle] in try handle.acknowledge(id) }, id)
    }

    /// Says that the messages of many ids are done, in one round trip.
    ///
    /// - Returns: How many of them were still held by this consumer; the others may be delivered to another.
    @discardableResult
    public func acknowledge(_ ids: [String]) async throws -> Int {
        try await offload { [handle] in try handle.acknowledge(ids) }.count
    }

    /// Gives a message back: it is delivered again, at once or after a while. Throws as ``acknowledge(_:)-(Message)``.
    public func release(_ message: Message, after delay: Duration = .zero) async throws {
        try await release(message.id, after: delay)
    }

    /// Gives the message of an id back. Throws as ``acknowledge(_:)-(Message)``.
    public func release(_ id: String, after delay: Duration = .zero) async throws {
        try expectHeld(try await offload { [handle] in try handle.release(id, after: delay) }, id)
    }

    /// How many messages the group has missed, as far as this consumer knows: they were no longer kept when it was
    /// their turn.
    public var missed: Int { handle.missed }

    /// Leaves the group; what it holds is delivered to others at once. Closing twice is fine.
    public func close() async throws { try await offload { [handle] in try handle.close() } }

    private var what: String { "topic '\(topic)', consumer '\(name)'" }

    private func expectHeld(_ answer: Answer, _ id: String) throws {
        if answer != .ok {
            throw DistCoordError(.lost, "\(what): message '\(id)' is not held by it any more")
        }
    }
}
