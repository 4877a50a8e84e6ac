// include/distcoord/topic.h: topics and their groups. Consumers are in ConsumerAPI.swift.

public import CDistCoord
import DistCoordCore

/// Options of a topic as C holds them.
final class TopicOptionsBox {
    var options = TopicOptions()
}

/// A topic as C holds it.
final class TopicBox {
    let topic: TopicHandle

    init(_ topic: TopicHandle) {
        self.topic = topic
    }
}

/// A snapshot as C holds it.
final class TopicInfoBox {
    let info: TopicInfo
    /// First id, last id, then the names of the groups.
    private let texts: LazyTexts

    init(_ info: TopicInfo) {
        self.info = info
        texts = LazyTexts(2 + info.groups.count)
    }

    var firstID: UnsafePointer<CChar> { texts.text(0) { info.firstID } }
    var lastID: UnsafePointer<CChar> { texts.text(1) { info.lastID } }

    func group(_ index: Int) -> TopicInfo.Group? {
        info.groups.indices.contains(index) ? info.groups[index] : nil
    }

    func groupName(_ index: Int) -> UnsafePointer<CChar> {
        group(index).map { group in texts.text(2 + index) { group.name } } ?? emptyText
    }
}

// MARK: - Options

@implementation @_cdecl("distcoord_topic_options_new")
public func distcoord_topic_options_new() -> OpaquePointer! {
    HandleBox.make(TopicOptionsBox())
}

@implementation @_cdecl("distcoord_topic_options_free")
public func distcoord_topic_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: TopicOptionsBox.self)
}

@implementation @_cdecl("distcoord_topic_options_set_max_messages")
public func distcoord_topic_options_set_max_messages(_ options: OpaquePointer!, _ messages: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: TopicOptionsBox = try require(options, "options")
        try box.options.setMaxMessages(messages)
    }
}

@implementation @_cdecl("distcoord_topic_options_set_max_age_ms")
public func distcoord_topic_options_set_max_age_ms(_ options: OpaquePointer!, _ age_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: TopicOptionsBox = try require(options, "options")
        try box.options.setMaxAge(age_ms)
    }
}

@implementation @_cdecl("distcoord_topic_open")
public func distcoord_topic_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_topic: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_topic, "out_topic")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: TopicOptionsBox.self)?.options ?? TopicOptions()
        let topic = try TopicHandle(client: box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(TopicBox(topic))
        return .ok
    }
}

@implementation @_cdecl("distcoord_topic_free")
public func distcoord_topic_free(_ topic: OpaquePointer!) {
    _ = HandleBox.consume(topic, as: TopicBox.self)
}

// MARK: - Publishing

@implementation @_cdecl("distcoord_topic_publish")
public func distcoord_topic_publish(
    _ topic: OpaquePointer!, _ payload: UnsafeRawPointer!, _ length: Int, _ out_id: UnsafeMutablePointer<CChar>!,
    _ id_capacity: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: TopicBox = try require(topic, "topic")
        let content = try bytes(payload, length, "payload")
        guard out_id == nil || id_capacity >= TopicHandle.idCapacity else {
            throw CoordinationError(
                .invalidArgument,
                "a buffer of \(id_capacity) bytes is too small for an id; \(TopicHandle.idCapacity) fit every one")
        }
        let id = try box.topic.publish(content)
        if let out_id { _ = copy(id, to: out_id, capacity: id_capacity) }
        return .ok
    }
}

@implementation @_cdecl("distcoord_topic_publish_many")
public func distcoord_topic_publish_many(
    _ topic: OpaquePointer!, _ payloads: UnsafePointer<UnsafeRawPointer?>!, _ lengths: UnsafePointer<Int>!,
    _ count: Int, _ out_published: UnsafeMutablePointer<Int>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_published?.pointee = 0
        let box: TopicBox = try require(topic, "topic")
        guard (0...TopicHandle.mostAtOnce).contains(count) else {
            throw CoordinationError(
                .invalidArgument, "\(count) messages are too many for one call; at most \(TopicHandle.mostAtOnce)")
        }
        guard count > 0 else { return .ok }
        let starts = try require(UnsafeMutablePointer(mutating: payloads), "payloads")
        let sizes = try require(UnsafeMutablePointer(mutating: lengths), "lengths")
        var contents: [UnsafeRawBufferPointer] = []
        contents.reserveCapacity(count)
        for index in 0..<count { contents.append(try bytes(starts[index], sizes[index], "a payload")) }
        var published = 0
        defer { out_published?.pointee = published }
        try box.topic.publishMany(contents, published: &published)
        return .ok
    }
}

// MARK: - Reading and managing

@implementation @_cdecl("distcoord_topic_subscribe")
public func distcoord_topic_subscribe(
    _ topic: OpaquePointer!, _ after: UnsafePointer<CChar>!, _ since_ms: Int64, _ capacity: Int64,
    _ out_subscription: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_subscription, "out_subscription")
        out.pointee = nil
        let box: TopicBox = try require(topic, "topic")
        let from = after == nil ? nil : try text(after, "after")
        let subscription = try box.topic.subscribe(after: from, since: since_ms, capacity: capacity)
        out.pointee = HandleBox.make(SubscriptionBox(subscription))
        return .ok
    }
}

@implementation @_cdecl("distcoord_topic_seek")
public func distcoord_topic_seek(
    _ topic: OpaquePointer!, _ group: UnsafePointer<CChar>!, _ after: UnsafePointer<CChar>!, _ since_ms: Int64,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: TopicBox = try require(topic, "topic")
        let from = after == nil ? nil : try text(after, "after")
        return try box.topic.seek(try text(group, "group"), after: from, since: since_ms)
    }
}

@implementation @_cdecl("distcoord_topic_delete_group")
public func distcoord_topic_delete_group(
    _ topic: OpaquePointer!, _ group: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: TopicBox = try require(topic, "topic")
        return try box.topic.deleteGroup(try text(group, "group"))
    }
}

@implementation @_cdecl("distcoord_topic_trim")
public func distcoord_topic_trim(
    _ topic: OpaquePointer!, _ keep: Int64, _ out_dropped: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_dropped?.pointee = 0
        let box: TopicBox = try require(topic, "topic")
        let dropped = try box.topic.trim(keep: keep)
        out_dropped?.pointee = dropped
        return .ok
    }
}

@implementation @_cdecl("distcoord_topic_inspect")
public func distcoord_topic_inspect(
    _ topic: OpaquePointer!, _ out_info: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let box: TopicBox = try require(topic, "topic")
        guard let info = try box.topic.inspect() else { return .notFound }
        out.pointee = HandleBox.make(TopicInfoBox(info))
        return .ok
    }
}

// MARK: - What a snapshot says

private func info(_ pointer: OpaquePointer?) -> TopicInfoBox? {
    HandleBox.borrow(pointer, as: TopicInfoBox.self)
}

@implementation @_cdecl("distcoord_topic_info_messages")
public func distcoord_topic_info_messages(_ pointer: OpaquePointer!) -> Int64 { info(pointer)?.info.messages ?? 0 }

@implementation @_cdecl("distcoord_topic_info_published")
public func distcoord_topic_info_published(_ pointer: OpaquePointer!) -> Int64 { info(pointer)?.info.published ?? 0 }

@implementation @_cdecl("distcoord_topic_info_first_id")
public func distcoord_topic_info_first_id(_ pointer: OpaquePointer!) -> UnsafePointer<CChar>! {
    info(pointer)?.firstID ?? emptyText
}

@implementation @_cdecl("distcoord_topic_info_last_id")
public func distcoord_topic_info_last_id(_ pointer: OpaquePointer!) -> UnsafePointer<CChar>! {
    info(pointer)?.lastID ?? emptyText
}

@implementation @_cdecl("distcoord_topic_info_group_count")
public func distcoord_topic_info_group_count(_ pointer: OpaquePointer!) -> Int {
    info(pointer)?.info.groups.count ?? 0
}

@implementation @_cdecl("distcoord_topic_info_group_name")
public func distcoord_topic_info_group_name(_ pointer: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    info(pointer)?.groupName(index) ?? emptyText
}

@implementation @_cdecl("distcoord_topic_info_group_waiting")
public func distcoord_topic_info_group_waiting(_ pointer: OpaquePointer!, _ index: Int) -> Int64 {
    info(pointer)?.group(index)?.waiting ?? 0
}

@implementation @_cdecl("distcoord_topic_info_group_held")
public func distcoord_topic_info_group_held(_ pointer: OpaquePointer!, _ index: Int) -> Int64 {
    info(pointer)?.group(index)?.held ?? 0
}

@implementation @_cdecl("distcoord_topic_info_group_consumers")
public func distcoord_topic_info_group_consumers(_ pointer: OpaquePointer!, _ index: Int) -> Int64 {
    info(pointer)?.group(index)?.consumers ?? 0
}

@implementation @_cdecl("distcoord_topic_info_free")
public func distcoord_topic_info_free(_ info: OpaquePointer!) {
    _ = HandleBox.consume(info, as: TopicInfoBox.self)
}
