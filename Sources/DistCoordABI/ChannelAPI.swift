// include/distcoord/channel.h

public import CDistCoord
import DistCoordCore

/// A subscription, of channels or of a topic, as C holds it.
final class SubscriptionBox {
    let subscription: any SubscriptionForm

    init(_ subscription: any SubscriptionForm) {
        self.subscription = subscription
    }

    deinit {
        subscription.dispose()
    }
}

@implementation @_cdecl("distcoord_channel_publish")
public func distcoord_channel_publish(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ payload: UnsafeRawPointer!, _ length: Int,
    _ out_receivers: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_receivers?.pointee = 0
        let box: ClientBox = try require(client, "client")
        let content = try bytes(payload, length, "payload")
        let receivers = try Channel.publish(content, on: try text(name, "name"), of: box.client)
        out_receivers?.pointee = receivers
        return .ok
    }
}

@implementation @_cdecl("distcoord_subscription_open")
public func distcoord_subscription_open(
    _ client: OpaquePointer!, _ capacity: Int64, _ out_subscription: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_subscription, "out_subscription")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let subscription = try ChannelSubscription(client: box.client, capacity: capacity)
        out.pointee = HandleBox.make(SubscriptionBox(subscription))
        return .ok
    }
}

@implementation @_cdecl("distcoord_subscription_add")
public func distcoord_subscription_add(
    _ subscription: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: SubscriptionBox = try require(subscription, "subscription")
        try box.subscription.add(try text(name, "name"))
        return .ok
    }
}

@implementation @_cdecl("distcoord_subscription_remove")
public func distcoord_subscription_remove(
    _ subscription: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: SubscriptionBox = try require(subscription, "subscription")
        return try box.subscription.remove(try text(name, "name"))
    }
}

@implementation @_cdecl("distcoord_subscription_next")
public func distcoord_subscription_next(
    _ subscription: OpaquePointer!, _ wait_ms: Int64, _ out_message: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    takeMessage(out_message, error) { () throws(CoordinationError) in
        let box: SubscriptionBox = try require(subscription, "subscription")
        return try box.subscription.next(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_subscription_missed")
public func distcoord_subscription_missed(_ subscription: OpaquePointer!) -> Int64 {
    HandleBox.borrow(subscription, as: SubscriptionBox.self)?.subscription.missed ?? 0
}

@implementation @_cdecl("distcoord_subscription_event_fd")
public func distcoord_subscription_event_fd(_ subscription: OpaquePointer!) -> Int32 {
    HandleBox.borrow(subscription, as: SubscriptionBox.self)?.subscription.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_subscription_cancel")
public func distcoord_subscription_cancel(_ subscription: OpaquePointer!) {
    HandleBox.borrow(subscription, as: SubscriptionBox.self)?.subscription.cancelWaits()
}

@implementation @_cdecl("distcoord_subscription_free")
public func distcoord_subscription_free(_ subscription: OpaquePointer!) {
    _ = HandleBox.consume(subscription, as: SubscriptionBox.self)
}
