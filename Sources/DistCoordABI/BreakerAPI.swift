// include/distcoord/breaker.h

public import CDistCoord
import DistCoordCore

/// Options of a breaker as C holds them.
final class BreakerOptionsBox {
    var options = BreakerOptions()
}

/// A breaker as C holds it.
final class BreakerBox {
    let breaker: BreakerHandle

    init(_ breaker: BreakerHandle) {
        self.breaker = breaker
    }
}

/// What a breaker was like, as C holds it.
final class BreakerInfoBox {
    let snapshot: BreakerSnapshot

    init(_ snapshot: BreakerSnapshot) {
        self.snapshot = snapshot
    }
}

/// Changes options, if that is possible.
private func set(
    _ options: OpaquePointer?, _ change: (inout BreakerOptions) throws(CoordinationError) -> Void
) -> Int32 {
    setting { () throws(CoordinationError) in
        let box: BreakerOptionsBox = try require(options, "options")
        try change(&box.options)
    }
}

private func snapshot(_ pointer: OpaquePointer?) -> BreakerSnapshot? {
    HandleBox.borrow(pointer, as: BreakerInfoBox.self)?.snapshot
}

/// Runs the body of an entry point of a breaker.
@inline(__always)
private func with(
    _ breaker: OpaquePointer?, _ error: ErrorOut?, _ body: (BreakerHandle) throws(CoordinationError) -> Void
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let box: BreakerBox = try require(breaker, "breaker")
        try body(box.breaker)
        return .ok
    }
}

@implementation @_cdecl("distcoord_breaker_options_new")
public func distcoord_breaker_options_new() -> OpaquePointer! {
    HandleBox.make(BreakerOptionsBox())
}

@implementation @_cdecl("distcoord_breaker_options_free")
public func distcoord_breaker_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: BreakerOptionsBox.self)
}

@implementation @_cdecl("distcoord_breaker_options_set_failure_threshold")
public func distcoord_breaker_options_set_failure_threshold(
    _ options: OpaquePointer!, _ failures: Int64
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setThreshold(failures) }
}

@implementation @_cdecl("distcoord_breaker_options_set_sampling_ms")
public func distcoord_breaker_options_set_sampling_ms(
    _ options: OpaquePointer!, _ sampling_ms: Int64
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setSampling(sampling_ms) }
}

@implementation @_cdecl("distcoord_breaker_options_set_recovery_ms")
public func distcoord_breaker_options_set_recovery_ms(
    _ options: OpaquePointer!, _ recovery_ms: Int64
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setRecovery(recovery_ms) }
}

@implementation @_cdecl("distcoord_breaker_options_set_trials")
public func distcoord_breaker_options_set_trials(_ options: OpaquePointer!, _ trials: Int64) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setTrials(trials) }
}

@implementation @_cdecl("distcoord_breaker_options_set_trial_timeout_ms")
public func distcoord_breaker_options_set_trial_timeout_ms(
    _ options: OpaquePointer!, _ timeout_ms: Int64
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setTrialTimeout(timeout_ms) }
}

@implementation @_cdecl("distcoord_breaker_options_set_fallback")
public func distcoord_breaker_options_set_fallback(_ options: OpaquePointer!, _ fallback: Int32) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setFallback(fallback) }
}

@implementation @_cdecl("distcoord_breaker_options_set_flush_ms")
public func distcoord_breaker_options_set_flush_ms(_ options: OpaquePointer!, _ flush_ms: Int64) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.setFlush(flush_ms) }
}

@implementation @_cdecl("distcoord_breaker_open")
public func distcoord_breaker_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_breaker: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_breaker, "out_breaker")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: BreakerOptionsBox.self)?.options ?? BreakerOptions()
        let breaker = try BreakerHandle(client: box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(BreakerBox(breaker))
        return .ok
    }
}

@implementation @_cdecl("distcoord_breaker_allow")
public func distcoord_breaker_allow(
    _ breaker: OpaquePointer!, _ out_permit: UnsafeMutablePointer<UInt64>!,
    _ out_retry_after_ms: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    if let out_permit, let permit = HandleBox.look(breaker, { (box: BreakerBox) in box.breaker.openPermit }),
        permit != 0
    {
        error?.pointee = nil
        out_retry_after_ms?.pointee = 0
        out_permit.pointee = permit
        return Status.ok.rawValue
    }
    return attempt(error) { () throws(CoordinationError) in
        out_retry_after_ms?.pointee = 0
        let out = try require(out_permit, "out_permit")
        out.pointee = 0
        let box: BreakerBox = try require(breaker, "breaker")
        let (status, permit, retryAfter) = try box.breaker.allow()
        out.pointee = permit
        out_retry_after_ms?.pointee = retryAfter
        return status
    }
}

@implementation @_cdecl("distcoord_breaker_report")
public func distcoord_breaker_report(
    _ breaker: OpaquePointer!, _ permit: UInt64, _ outcome: Int32, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    if outcome == CallOutcome.succeeded.rawValue,
        HandleBox.look(breaker, { (box: BreakerBox) in box.breaker.counts(successWith: permit) }) == true
    {
        error?.pointee = nil
        return Status.ok.rawValue
    }
    return with(breaker, error) { (breaker) throws(CoordinationError) in
        guard let outcome = CallOutcome(rawValue: outcome) else {
            throw CoordinationError(.invalidArgument, "\(outcome) is not an outcome of a call")
        }
        try breaker.report(permit, outcome)
    }
}

@implementation @_cdecl("distcoord_breaker_call")
public func distcoord_breaker_call(
    _ breaker: OpaquePointer!, _ call: distcoord_guarded_call!, _ context: UnsafeMutableRawPointer!,
    _ out_result: UnsafeMutablePointer<Int32>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_result?.pointee = 0
        let box: BreakerBox = try require(breaker, "breaker")
        guard let call else { throw CoordinationError(.invalidArgument, "call is NULL") }
        let (status, permit, _) = try box.breaker.allow()
        guard status == .ok else { return status }
        let result = call(context)
        out_result?.pointee = result
        try box.breaker.report(permit, result == 0 ? .succeeded : .failed)
        return .ok
    }
}

@implementation @_cdecl("distcoord_breaker_state")
public func distcoord_breaker_state(_ breaker: OpaquePointer!) -> Int32 {
    HandleBox.borrow(breaker, as: BreakerBox.self)?.breaker.state.rawValue ?? 0
}

@implementation @_cdecl("distcoord_breaker_force")
public func distcoord_breaker_force(
    _ breaker: OpaquePointer!, _ open: Bool, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    with(breaker, error) { (breaker) throws(CoordinationError) in try breaker.force(open: open) }
}

@implementation @_cdecl("distcoord_breaker_reset")
public func distcoord_breaker_reset(
    _ breaker: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    with(breaker, error) { (breaker) throws(CoordinationError) in try breaker.reset() }
}

@implementation @_cdecl("distcoord_breaker_flush")
public func distcoord_breaker_flush(
    _ breaker: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    with(breaker, error) { (breaker) throws(CoordinationError) in try breaker.flush() }
}

@implementation @_cdecl("distcoord_breaker_inspect")
public func distcoord_breaker_inspect(
    _ breaker: OpaquePointer!, _ out_info: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let box: BreakerBox = try require(breaker, "breaker")
        out.pointee = HandleBox.make(BreakerInfoBox(try box.breaker.inspect()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_breaker_watch")
public func distcoord_breaker_watch(
    _ breaker: OpaquePointer!, _ out_watch: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_watch, "out_watch")
        out.pointee = nil
        let box: BreakerBox = try require(breaker, "breaker")
        out.pointee = HandleBox.make(WatchBox(try box.breaker.watch()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_breaker_watch_next")
public func distcoord_breaker_watch_next(
    _ watch: OpaquePointer!, _ wait_ms: Int64, _ out_info: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let watch: BreakerWatch = try requireWatch(watch, of: "a breaker")
        let (status, snapshot) = try watch.next(milliseconds: wait_ms)
        if let snapshot { out.pointee = HandleBox.make(BreakerInfoBox(snapshot)) }
        return status
    }
}

@implementation @_cdecl("distcoord_breaker_info_state")
public func distcoord_breaker_info_state(_ info: OpaquePointer!) -> Int32 {
    snapshot(info)?.state.rawValue ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_failures")
public func distcoord_breaker_info_failures(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.failures ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_succeeded")
public func distcoord_breaker_info_succeeded(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.succeeded ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_failed")
public func distcoord_breaker_info_failed(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.failed ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_rejected")
public func distcoord_breaker_info_rejected(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.rejected ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_opened")
public func distcoord_breaker_info_opened(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.opened ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_trials")
public func distcoord_breaker_info_trials(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.trials ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_since_ms")
public func distcoord_breaker_info_since_ms(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.since ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_retry_after_ms")
public func distcoord_breaker_info_retry_after_ms(_ info: OpaquePointer!) -> Int64 {
    snapshot(info)?.retryAfter ?? 0
}

@implementation @_cdecl("distcoord_breaker_info_free")
public func distcoord_breaker_info_free(_ info: OpaquePointer!) {
    _ = HandleBox.consume(info, as: BreakerInfoBox.self)
}

@implementation @_cdecl("distcoord_breaker_free")
public func distcoord_breaker_free(_ breaker: OpaquePointer!) {
    _ = HandleBox.consume(breaker, as: BreakerBox.self)
}
