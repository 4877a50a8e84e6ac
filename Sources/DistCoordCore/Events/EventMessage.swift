// Messages of channels and topics, as their readers get them.

/// A message.
public final class EventMessage: Sendable {
    /// Name of the channel or topic it came by.
    public let source: String
    /// How many of the same source were missed directly before it.
    public let missed: Int64
    /// How many times it has been delivered to the group, this time included; else 1.
    public let deliveries: Int64
    private let place: MessageID?
    private let content: MessageContent

    init(_ content: MessageContent, source: String, missed: Int64, place: MessageID? = nil, deliveries: Int64 = 1) {
        self.content = content
        self.source = source
        self.missed = missed
        self.place = place
        self.deliveries = deliveries
    }

    /// Its bytes, with a NUL behind them, as long as the message lives.
    public var payload: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: content.base, count: content.count) }

    /// Of a topic; else empty.
    public var id: String { place?.text ?? "" }

    /// Of a topic: when it was published, by the server's clock; else 0.
    public var publishedMilliseconds: Int64 { place.map { Int64(clamping: $0.milliseconds) } ?? 0 }
}

/// The bytes of a message, copied once.
final class MessageContent: @unchecked Sendable {
    let base: UnsafeMutablePointer<UInt8>
    let count: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        count = bytes.count
        base = .allocate(capacity: count + 1)
        if let source = bytes.baseAddress { base.initialize(from: source, count: count) }
        (base + count).initialize(to: 0)
    }

    deinit {
        base.deallocate()
    }
}
