// include/distcoord/control.h

public import CDistCoord
import DistCoordCore

/// Settings of a queue as C holds them.
final class QueueSettingsBox {
    let settings: QueueSettings

    init(_ settings: QueueSettings) {
        self.settings = settings
    }
}

/// Does something with a queue that answers OK or fails.
private func change(
    _ queue: OpaquePointer?, _ error: ErrorOut?, _ body: (QueueHandle) throws(CoordinationError) -> Void
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        try body(box.queue)
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_pause")
public func distcoord_queue_pause(_ queue: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    change(queue, error) { (queue) throws(CoordinationError) in try queue.pause() }
}

@implementation @_cdecl("distcoord_queue_resume")
public func distcoord_queue_resume(_ queue: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    change(queue, error) { (queue) throws(CoordinationError) in try queue.resume() }
}

@implementation @_cdecl("distcoord_queue_set_rate_limit")
public func distcoord_queue_set_rate_limit(
    _ queue: OpaquePointer!, _ count: Int64, _ period_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(queue, error) { (queue) throws(CoordinationError) in
        try queue.setRateLimit(count, period: period_ms)
    }
}

@implementation @_cdecl("distcoord_queue_set_key_limit")
public func distcoord_queue_set_key_limit(
    _ queue: OpaquePointer!, _ limit: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(queue, error) { (queue) throws(CoordinationError) in
        try queue.setKeyLimit(limit)
    }
}

@implementation @_cdecl("distcoord_queue_set_history")
public func distcoord_queue_set_history(
    _ queue: OpaquePointer!, _ results: Int64, _ dead: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(queue, error) { (queue) throws(CoordinationError) in
        try queue.setHistory(results: results, dead: dead)
    }
}

@implementation @_cdecl("distcoord_queue_inspect_settings")
public func distcoord_queue_inspect_settings(
    _ queue: OpaquePointer!, _ out_settings: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_settings, "out_settings")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        out.pointee = HandleBox.make(QueueSettingsBox(try box.queue.settings()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_settings_is_paused")
public func distcoord_queue_settings_is_paused(_ settings: OpaquePointer!) -> Bool {
    HandleBox.borrow(settings, as: QueueSettingsBox.self)?.settings.isPaused ?? false
}

@implementation @_cdecl("distcoord_queue_settings_rate_count")
public func distcoord_queue_settings_rate_count(_ settings: OpaquePointer!) -> Int64 {
    HandleBox.borrow(settings, as: QueueSettingsBox.self)?.settings.rate ?? 0
}

@implementation @_cdecl("distcoord_queue_settings_rate_period_ms")
public func distcoord_queue_settings_rate_period_ms(_ settings: OpaquePointer!) -> Int64 {
    HandleBox.borrow(settings, as: QueueSettingsBox.self)?.settings.period ?? 0
}

@implementation @_cdecl("distcoord_queue_settings_key_limit")
public func distcoord_queue_settings_key_limit(_ settings: OpaquePointer!) -> Int64 {
    HandleBox.borrow(settings, as: QueueSettingsBox.self)?.settings.keyLimit ?? 0
}

@implementation @_cdecl("distcoord_queue_settings_results")
public func distcoord_queue_settings_results(_ settings: OpaquePointer!) -> Int64 {
    HandleBox.borrow(settings, as: QueueSettingsBox.self)?.settings.results ?? 0
}

@implementation @_cdecl("distcoord_queue_settings_dead")
public func distcoord_queue_settings_dead(_ settings: OpaquePointer!) -> Int64 {
    HandleBox.borrow(settings, as: QueueSettingsBox.self)?.settings.dead ?? 0
}

@implementation @_cdecl("distcoord_queue_settings_free")
public func distcoord_queue_settings_free(_ settings: OpaquePointer!) {
    _ = HandleBox.consume(settings, as: QueueSettingsBox.self)
}
