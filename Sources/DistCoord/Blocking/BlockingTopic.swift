// A topic handle of the library, and its consumers.

import CDistCoord

/// Owns a `distcoord_topic`.
package final class BlockingTopic: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    let client: BlockingClient

    package init(
        _ client: BlockingClient, _ name: String, _ options: TopicOptions = TopicOptions()
    ) throws(DistCoordError) {
        try requireWhole(name, "the topic's name")
        let handle = try owned(distcoord_topic_options_new())
        defer { distcoord_topic_options_free(handle) }
        try options.apply(to: handle, of: "topic '\(name)'")
        var topic: OpaquePointer?
        _ = try ask { distcoord_topic_open(client.pointer, name, handle, &topic, $0) }
        pointer = try owned(topic)
        self.name = name
        self.client = client
    }

    deinit { distcoord_topic_free(pointer) }

    /// Gives the message's id.
    package func publish(_ payload: [UInt8]) throws(DistCoordError) -> String {
        try askForID { id, capacity, error in
            distcoord_topic_publish(pointer, payload, payload.count, id, capacity, error)
        }.id
    }

    /// Gives how many were published for certain, and why it was not all, if so.
    package func publishMany(_ payloads: [[UInt8]]) -> (published: Int, failure: DistCoordError?) {
        if payloads.isEmpty { return (0, nil) }
        var published = 0
        do throws(DistCoordError) {
            _ = try ask { error in
                withAddresses(of: payloads) { addresses, lengths in
                    distcoord_topic_publish_many(pointer, addresses, lengths, payloads.count, &published, error)
                }
            }
            return (published, nil)
        } catch {
            return (published, error)
        }
    }

    /// Nothing for the capacity means the library's default.
    package func subscribe(_ position: TopicPosition, capacity: Int?) throws(DistCoordError) -> BlockingSubscription {
        if let capacity, capacity < 1 {
            throw DistCoordError(
                .invalidArgument, "topic '\(name)': \(capacity) messages ahead; 1 to 10000 are allowed")
        }
        let (after, since) = position.arguments
        if let after { try requireWhole(after, "the position") }
        var subscription: OpaquePointer?
        _ = try ask { distcoord_topic_subscribe(pointer, after, since, Int64(capacity ?? 0), &subscription, $0) }
        return BlockingSubscription(client, opened: try owned(subscription))
    }

    /// Nothing when it is not there.
    package func inspect() throws(DistCoordError) -> TopicInfo? {
        var info: OpaquePointer?
        let answer = try ask { distcoord_topic_inspect(pointer, &info, $0) }
        defer { distcoord_topic_info_free(info) }
        return answer == .ok ? TopicInfo(info) : nil
    }

    /// "Not found" when there is no such group.
    package func seek(_ group: String, _ position: TopicPosition) throws(DistCoordError) -> Answer {
        try requireWhole(group, "the group's name")
        let (after, since) = position.arguments
        if let after { try requireWhole(after, "the position") }
        return try ask { distcoord_topic_seek(pointer, group, after, since, $0) }
    }

    /// "Not found" when there is no such group.
    package func deleteGroup(_ group: String) throws(DistCoordError) -> Answer {
        try requireWhole(group, "the group's name")
        return try ask { distcoord_topic_delete_group(pointer, group, $0) }
    }

    /// Gives how many were dropped.
    package func trim(keep: Int) throws(DistCoordError) -> Int {
        var dropped: Int64 = 0
        _ = try ask { distcoord_topic_trim(pointer, Int64(keep), &dropped, $0) }
        return Int(dropped)
    }
}

/// Owns a `distcoord_consumer`.
package final class BlockingConsumer: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let topic: BlockingTopic

    private init(_ pointer: OpaquePointer, _ topic: BlockingTopic) {
        self.pointer = pointer
        self.topic = topic
        name = text(distcoord_consumer_name(pointer))
    }

    /// "Exists", and no consumer, when a living one has the name.
    package static func join(
        _ topic: BlockingTopic, _ group: String, _ options: ConsumerOptions
    ) throws(DistCoordError) -> (answer: Answer, consumer: BlockingConsumer?) {
        try requireWhole(group, "the group's name")
        let handle = try owned(distcoord_consumer_options_new())
        defer { distcoord_consumer_options_free(handle) }
        try options.apply(to: handle, of: "topic '\(topic.name)'")
        var consumer: OpaquePointer?
        let answer = try ask { distcoord_consumer_open(topic.pointer, group, handle, &consumer, $0) }
        return (answer, consumer.map { BlockingConsumer($0, topic) })
    }

    deinit { distcoord_consumer_free(pointer) }

    /// "Lost" when its lease has ended: the next call joins anew.
    package func next(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, value: Message?) {
        var message: OpaquePointer?
        let answer = try ask { distcoord_consumer_next(pointer, waitMilliseconds, &message, $0) }
        defer { distcoord_message_free(message) }
        return (answer, message == nil ? nil : Message(message))
    }

    /// "Lost" when it does not hold it any more.
    package func acknowledge(_ id: String) throws(DistCoordError) -> Answer {
        try requireWhole(id, "the message's id")
        return try ask { distcoord_consumer_acknowledge(pointer, id, $0) }
    }

    /// "Lost" when at least one was not held any more; gives how many were.
    package func acknowledge(_ ids: [String]) throws(DistCoordError) -> (answer: Answer, count: Int) {
        if ids.isEmpty { return (.ok, 0) }
        for id in ids { try requireWhole(id, "a message's id") }
        var count = 0
        let answer = try withTexts(ids) { texts throws(DistCoordError) in
            try ask { distcoord_consumer_acknowledge_many(pointer, texts.baseAddress, texts.count, &count, $0) }
        }
        return (answer, count)
    }

    /// "Lost" when it does not hold it any more.
    package func release(_ id: String, after delay: Duration) throws(DistCoordError) -> Answer {
        try requireWhole(id, "the message's id")
        return try ask { distcoord_consumer_release(pointer, id, max(0, delay.wholeMilliseconds), $0) }
    }

    /// How many messages the group has missed, as far as it knows.
    package var missed: Int { Int(distcoord_consumer_missed(pointer)) }

    package func close() throws(DistCoordError) { _ = try ask { distcoord_consumer_close(pointer, $0) } }

    package func cancel() { distcoord_consumer_cancel(pointer) }
}

extension TopicInfo {
    fileprivate init(_ info: OpaquePointer?) {
        let first = text(distcoord_topic_info_first_id(info))
        let last = text(distcoord_topic_info_last_id(info))
        self.init(
            messages: Int(distcoord_topic_info_messages(info)),
            published: Int(distcoord_topic_info_published(info)),
            firstID: first.isEmpty ? nil : first, lastID: last.isEmpty ? nil : last,
            groups: (0..<distcoord_topic_info_group_count(info)).map { index in
                Group(
                    name: text(distcoord_topic_info_group_name(info, index)),
                    waiting: Int(distcoord_topic_info_group_waiting(info, index)),
                    held: Int(distcoord_topic_info_group_held(info, index)),
                    consumers: Int(distcoord_topic_info_group_consumers(info, index)))
            })
    }
}
