// Publishing to channels, and subscriptions of channels and topics.

import CDistCoord

extension BlockingClient {
    /// Gives how many clients got it.
    package func publish(_ channel: String, _ payload: [UInt8]) throws(DistCoordError) -> Int {
        try requireWhole(channel, "the channel's name")
        var receivers: Int64 = 0
        _ = try ask { distcoord_channel_publish(pointer, channel, payload, payload.count, &receivers, $0) }
        return Int(receivers)
    }
}

/// Owns a `distcoord_subscription`.
package final class BlockingSubscription: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    private let client: BlockingClient

    /// To no channel yet. Nothing for the capacity means the library's default.
    package init(_ client: BlockingClient, capacity: Int?) throws(DistCoordError) {
        // 0 is the interface's word for the default.
        if let capacity, capacity < 1 {
            throw DistCoordError(.invalidArgument, "a buffer of \(capacity) messages; 1 to 1000000 are allowed")
        }
        var subscription: OpaquePointer?
        _ = try ask { distcoord_subscription_open(client.pointer, Int64(capacity ?? 0), &subscription, $0) }
        pointer = try owned(subscription)
        self.client = client
    }

    /// Takes over a subscription of a topic.
    init(_ client: BlockingClient, opened pointer: OpaquePointer) {
        self.client = client
        self.pointer = pointer
    }

    deinit { distcoord_subscription_free(pointer) }

    package func add(_ channel: String) throws(DistCoordError) {
        try requireWhole(channel, "the channel's name")
        _ = try ask { distcoord_subscription_add(pointer, channel, $0) }
    }

    /// "Not found" when it does not have it.
    package func remove(_ channel: String) throws(DistCoordError) -> Answer {
        try requireWhole(channel, "the channel's name")
        return try ask { distcoord_subscription_remove(pointer, channel, $0) }
    }

    package func next(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, value: Message?) {
        var message: OpaquePointer?
        let answer = try ask { distcoord_subscription_next(pointer, waitMilliseconds, &message, $0) }
        defer { distcoord_message_free(message) }
        return (answer, message == nil ? nil : Message(message))
    }

    /// How many messages were missed in all.
    package var missed: Int { Int(distcoord_subscription_missed(pointer)) }

    /// Readable while there may be a message to take; -1 when the process has no descriptor left. Valid as long as this
    /// object.
    package var eventDescriptor: Int32 { distcoord_subscription_event_fd(pointer) }

    package func cancel() { distcoord_subscription_cancel(pointer) }
}

extension Message {
    init(_ message: OpaquePointer?) {
        let length = distcoord_message_length(message)
        self.init(
            source: DistCoord.text(distcoord_message_source(message)),
            payload: bytes { count in
                count.pointee = length
                return distcoord_message_payload(message)
            },
            missed: Int(distcoord_message_missed(message)), id: DistCoord.text(distcoord_message_id(message)),
            publishedMillisecondsSince1970: distcoord_message_published_ms(message),
            deliveries: Int(distcoord_message_deliveries(message)))
    }
}
