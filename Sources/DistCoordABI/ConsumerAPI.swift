// include/distcoord/topic.h: consumers.

public import CDistCoord
import DistCoordCore

/// Options of a consumer as C holds them.
final class ConsumerOptionsBox {
    var options = ConsumerOptions()
}

/// A consumer as C holds it.
final class ConsumerBox {
    let consumer: ConsumerHandle
    let name: CText

    init(_ consumer: ConsumerHandle) {
        self.consumer = consumer
        name = CText(consumer.name)
    }

    deinit {
        consumer.dispose()
    }
}

@implementation @_cdecl("distcoord_consumer_options_new")
public func distcoord_consumer_options_new() -> OpaquePointer! {
    HandleBox.make(ConsumerOptionsBox())
}

@implementation @_cdecl("distcoord_consumer_options_free")
public func distcoord_consumer_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: ConsumerOptionsBox.self)
}

@implementation @_cdecl("distcoord_consumer_options_set_name")
public func distcoord_consumer_options_set_name(
    _ options: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ConsumerOptionsBox = try require(options, "options")
        try box.options.setName(try text(name, "name"))
    }
}

@implementation @_cdecl("distcoord_consumer_options_set_lease_ms")
public func distcoord_consumer_options_set_lease_ms(_ options: OpaquePointer!, _ lease_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ConsumerOptionsBox = try require(options, "options")
        try box.options.setLease(lease_ms)
    }
}

@implementation @_cdecl("distcoord_consumer_options_set_prefetch")
public func distcoord_consumer_options_set_prefetch(_ options: OpaquePointer!, _ messages: Int32) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ConsumerOptionsBox = try require(options, "options")
        try box.options.setPrefetch(messages)
    }
}

@implementation @_cdecl("distcoord_consumer_options_set_from_new")
public func distcoord_consumer_options_set_from_new(_ options: OpaquePointer!, _ from_new: Bool) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ConsumerOptionsBox = try require(options, "options")
        box.options.fromNew = from_new
    }
}

@implementation @_cdecl("distcoord_consumer_options_set_ack_timeout_ms")
public func distcoord_consumer_options_set_ack_timeout_ms(
    _ options: OpaquePointer!, _ timeout_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ConsumerOptionsBox = try require(options, "options")
        try box.options.setTimeout(timeout_ms)
    }
}

@implementation @_cdecl("distcoord_consumer_open")
public func distcoord_consumer_open(
    _ topic: OpaquePointer!, _ group: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_consumer: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_consumer, "out_consumer")
        out.pointee = nil
        let box: TopicBox = try require(topic, "topic")
        let chosen = HandleBox.borrow(options, as: ConsumerOptionsBox.self)?.options ?? ConsumerOptions()
        let (status, consumer) = try ConsumerHandle.open(
            topic: box.topic, group: try text(group, "group"), options: chosen)
        if let consumer { out.pointee = HandleBox.make(ConsumerBox(consumer)) }
        return status
    }
}

@implementation @_cdecl("distcoord_consumer_next")
public func distcoord_consumer_next(
    _ consumer: OpaquePointer!, _ wait_ms: Int64, _ out_message: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    takeMessage(out_message, error) { () throws(CoordinationError) in
        let box: ConsumerBox = try require(consumer, "consumer")
        return try box.consumer.next(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_consumer_acknowledge")
public func distcoord_consumer_acknowledge(
    _ consumer: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ConsumerBox = try require(consumer, "consumer")
        return try box.consumer.acknowledge([try text(id, "id")]) == 1 ? .ok : .lost
    }
}

@implementation @_cdecl("distcoord_consumer_acknowledge_many")
public func distcoord_consumer_acknowledge_many(
    _ consumer: OpaquePointer!, _ ids: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int,
    _ out_acknowledged: UnsafeMutablePointer<Int>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_acknowledged?.pointee = 0
        let box: ConsumerBox = try require(consumer, "consumer")
        let names = try texts(ids, count, limit: ConsumerHandle.mostAtOnce, "ids")
        let acknowledged = try box.consumer.acknowledge(names)
        out_acknowledged?.pointee = acknowledged
        return acknowledged == names.count ? .ok : .lost
    }
}

@implementation @_cdecl("distcoord_consumer_release")
public func distcoord_consumer_release(
    _ consumer: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ delay_ms: Int64,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ConsumerBox = try require(consumer, "consumer")
        return try box.consumer.release(try text(id, "id"), delay: delay_ms)
    }
}

@implementation @_cdecl("distcoord_consumer_name")
public func distcoord_consumer_name(_ consumer: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(consumer, as: ConsumerBox.self)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_consumer_missed")
public func distcoord_consumer_missed(_ consumer: OpaquePointer!) -> Int64 {
    HandleBox.borrow(consumer, as: ConsumerBox.self)?.consumer.missed ?? 0
}

@implementation @_cdecl("distcoord_consumer_close")
public func distcoord_consumer_close(
    _ consumer: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ConsumerBox = try require(consumer, "consumer")
        try box.consumer.close()
        return .ok
    }
}

@implementation @_cdecl("distcoord_consumer_cancel")
public func distcoord_consumer_cancel(_ consumer: OpaquePointer!) {
    HandleBox.borrow(consumer, as: ConsumerBox.self)?.consumer.cancelWaits()
}

@implementation @_cdecl("distcoord_consumer_free")
public func distcoord_consumer_free(_ consumer: OpaquePointer!) {
    _ = HandleBox.consume(consumer, as: ConsumerBox.self)
}
