// include/distcoord/event.h

public import CDistCoord
import DistCoordCore

/// An event as C holds it.
final class EventBox {
    let event: EventHandle

    init(_ event: EventHandle) {
        self.event = event
    }

    deinit {
        event.cancelWaits()
    }
}

@implementation @_cdecl("distcoord_event_open")
public func distcoord_event_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ out_event: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_event, "out_event")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        out.pointee = HandleBox.make(EventBox(try EventHandle(client: box.client, name: try text(name, "name"))))
        return .ok
    }
}

@implementation @_cdecl("distcoord_event_set")
public func distcoord_event_set(
    _ event: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: EventBox = try require(event, "event")
        try box.event.set()
        return .ok
    }
}

@implementation @_cdecl("distcoord_event_clear")
public func distcoord_event_clear(
    _ event: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: EventBox = try require(event, "event")
        try box.event.clear()
        return .ok
    }
}

@implementation @_cdecl("distcoord_event_is_set")
public func distcoord_event_is_set(
    _ event: OpaquePointer!, _ out_is_set: UnsafeMutablePointer<Bool>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_is_set, "out_is_set")
        let box: EventBox = try require(event, "event")
        out.pointee = try box.event.isSet()
        return .ok
    }
}

@implementation @_cdecl("distcoord_event_wait")
public func distcoord_event_wait(
    _ event: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: EventBox = try require(event, "event")
        return try box.event.wait(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_event_cancel")
public func distcoord_event_cancel(_ event: OpaquePointer!) {
    HandleBox.borrow(event, as: EventBox.self)?.event.cancelWaits()
}

@implementation @_cdecl("distcoord_event_free")
public func distcoord_event_free(_ event: OpaquePointer!) {
    _ = HandleBox.consume(event, as: EventBox.self)
}
