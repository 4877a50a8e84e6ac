// include/distcoord/limiter.h

public import CDistCoord
import DistCoordCore

/// Options of a limiter as C holds them.
final class LimiterOptionsBox {
    var options = LimiterOptions()
}

/// A limiter as C holds it.
final class LimiterBox {
    let limiter: LimiterHandle

    init(_ limiter: LimiterHandle) {
        self.limiter = limiter
    }

    deinit {
        limiter.cancelWaits()
    }
}

/// Changes options, if that is possible.
private func set(
    _ options: OpaquePointer?, _ change: (inout LimiterOptions) throws(CoordinationError) -> Void
) -> Int32 {
    setting { () throws(CoordinationError) in
        let box: LimiterOptionsBox = try require(options, "options")
        try change(&box.options)
    }
}

/// A key as C names it: NULL is the limiter's own.
private func keyText(_ pointer: UnsafePointer<CChar>?) throws(CoordinationError) -> String? {
    pointer == nil ? nil : try text(pointer, "key")
}

@implementation @_cdecl("distcoord_limiter_options_new")
public func distcoord_limiter_options_new() -> OpaquePointer! {
    HandleBox.make(LimiterOptionsBox())
}

@implementation @_cdecl("distcoord_limiter_options_free")
public func distcoord_limiter_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: LimiterOptionsBox.self)
}

@implementation @_cdecl("distcoord_limiter_options_set_algorithm")
public func distcoord_limiter_options_set_algorithm(_ options: OpaquePointer!, _ algorithm: Int32) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setAlgorithm(algorithm) }
}

@implementation @_cdecl("distcoord_limiter_options_set_limit")
public func distcoord_limiter_options_set_limit(
    _ options: OpaquePointer!, _ permits: Int64, _ period_ms: Int64
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setLimit(permits, period: period_ms) }
}

@implementation @_cdecl("distcoord_limiter_options_set_burst")
public func distcoord_limiter_options_set_burst(_ options: OpaquePointer!, _ burst: Int64) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setBurst(burst) }
}

@implementation @_cdecl("distcoord_limiter_open")
public func distcoord_limiter_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_limiter: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_limiter, "out_limiter")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: LimiterOptionsBox.self)?.options ?? LimiterOptions()
        let limiter = try LimiterHandle(client: box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(LimiterBox(limiter))
        return .ok
    }
}

@implementation @_cdecl("distcoord_limiter_acquire")
public func distcoord_limiter_acquire(
    _ limiter: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ permits: Int64, _ wait_ms: Int64,
    _ out_wait_ms: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_wait_ms?.pointee = 0
        let box: LimiterBox = try require(limiter, "limiter")
        let name = try keyText(key)
        let (status, waited) = try box.limiter.acquire(permits, key: name, milliseconds: wait_ms)
        out_wait_ms?.pointee = waited
        return status
    }
}

@implementation @_cdecl("distcoord_limiter_inspect")
public func distcoord_limiter_inspect(
    _ limiter: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ out_available: UnsafeMutablePointer<Int64>!,
    _ out_wait_ms: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_available?.pointee = 0
        out_wait_ms?.pointee = 0
        let box: LimiterBox = try require(limiter, "limiter")
        let snapshot = try box.limiter.inspect(key: try keyText(key))
        out_available?.pointee = snapshot.available
        out_wait_ms?.pointee = snapshot.wait
        return .ok
    }
}

@implementation @_cdecl("distcoord_limiter_reset")
public func distcoord_limiter_reset(
    _ limiter: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: LimiterBox = try require(limiter, "limiter")
        try box.limiter.reset(key: try keyText(key))
        return .ok
    }
}

@implementation @_cdecl("distcoord_limiter_cancel")
public func distcoord_limiter_cancel(_ limiter: OpaquePointer!) {
    HandleBox.borrow(limiter, as: LimiterBox.self)?.limiter.cancelWaits()
}

@implementation @_cdecl("distcoord_limiter_free")
public func distcoord_limiter_free(_ limiter: OpaquePointer!) {
    _ = HandleBox.consume(limiter, as: LimiterBox.self)
}
