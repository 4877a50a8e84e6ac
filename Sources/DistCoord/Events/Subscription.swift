// Messages as they arrive.

/// Messages of channels or of a topic as they arrive, for one reader; see
/// ``Client/subscribe(_:capacity:)-([String],_)`` and ``Topic/messages(_:capacity:)``.
///
/// As a sequence it ends when the task is cancelled. One that is dropped ends its subscriptions.
public final class Subscription: AsyncSequence, Sendable {
    /// A message.
    public typealias Element = Message
    /// Takes one message at a time.
    public typealias AsyncIterator = MessageIterator

    private let what: String
    private let handle: BlockingSubscription
    private let waits: SharedWaits

    init(_ handle: BlockingSubscription, of what: String) {
        self.handle = handle
        self.what = what
        waits = SharedWaits { handle.cancel() }
    }

    /// The next message, in order of arrival.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever, zero to look once.
    /// - Returns: The message; `nil` when there was none in time.
    public func next(timeout: Duration? = nil) async throws -> Message? {
        let (answer, message) = try await waits.wait(timeout) { [handle] in try handle.next(waitMilliseconds: $0) }
        switch answer {
        case .ok, .timedOut: return message
        default: throw cancellation(of: what)
        }
    }

    /// Takes the messages as they arrive.
    public func makeAsyncIterator() -> MessageIterator { MessageIterator { try await self.next() } }

    /// Subscribes a further channel: what is published after this returns, arrives.
    public func add(_ channel: String) async throws { try await offload { [handle] in try handle.add(channel) } }

    /// Ends the subscription of a channel; messages that have arrived stay.
    ///
    /// - Returns: Whether it was subscribed.
    @discardableResult
    public func remove(_ channel: String) async throws -> Bool {
        try await offload { [handle] in try handle.remove(channel) } == .ok
    }

    /// How many messages were missed in all.
    public var missed: Int { handle.missed }
}

/// Takes messages from a ``Subscription`` or a ``Consumer``, one at a time.
public struct MessageIterator: AsyncIteratorProtocol {
    let take: @Sendable () async throws -> Message?

    /// Waits for the next message; `nil` when the task was cancelled.
    public func next() async throws -> Message? {
        do {
            return try await take()
        } catch is CancellationError {
            return nil
        }
    }
}
