// A circuit breaker handle of the library.

import CDistCoord

/// Owns a `distcoord_breaker`.
package final class BlockingBreaker: Sendable {
    /// Whether a call may be made: with "ok" it must be reported with the permit, with "rejected" it is not to be made,
    /// and may be worth asking for again after that time, if it is known.
    package typealias Admission = (answer: Answer, permit: UInt64, retryAfter: Duration?)

    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(
        _ client: BlockingClient, _ name: String, _ options: BreakerOptions = BreakerOptions()
    ) throws(DistCoordError) {
        try requireWhole(name, "the breaker's name")
        let handle = try owned(distcoord_breaker_options_new())
        defer { distcoord_breaker_options_free(handle) }
        try options.apply(to: handle, of: "breaker '\(name)'")
        var breaker: OpaquePointer?
        _ = try ask { distcoord_breaker_open(client.pointer, name, handle, &breaker, $0) }
        pointer = try owned(breaker)
        self.name = name
        self.client = client
    }

    deinit { distcoord_breaker_free(pointer) }

    package func allow() throws(DistCoordError) -> Admission {
        var permit: UInt64 = 0
        var retryAfter: Int64 = -1
        let answer = try ask { distcoord_breaker_allow(pointer, &permit, &retryAfter, $0) }
        return (answer, permit, retryAfter < 0 ? nil : .milliseconds(retryAfter))
    }

    package func report(_ permit: UInt64, _ outcome: CallOutcome) throws(DistCoordError) {
        let number =
            switch outcome {
            case .succeeded: DISTCOORD_CALL_SUCCEEDED
            case .failed: DISTCOORD_CALL_FAILED
            case .discarded: DISTCOORD_CALL_DISCARDED
            }
        _ = try ask { distcoord_breaker_report(pointer, permit, Int32(number), $0) }
    }

    /// What this process knows, without asking the server.
    package var state: BreakerState { BreakerState(number: distcoord_breaker_state(pointer)) }

    package func force(open: Bool) throws(DistCoordError) { _ = try ask { distcoord_breaker_force(pointer, open, $0) } }

    package func reset() throws(DistCoordError) { _ = try ask { distcoord_breaker_reset(pointer, $0) } }

    package func flush() throws(DistCoordError) { _ = try ask { distcoord_breaker_flush(pointer, $0) } }

    package func inspect() throws(DistCoordError) -> BreakerInfo {
        var info: OpaquePointer?
        _ = try ask { distcoord_breaker_inspect(pointer, &info, $0) }
        defer { distcoord_breaker_info_free(info) }
        return BreakerInfo(info)
    }

    package func watch() throws(DistCoordError) -> BlockingWatch<BreakerInfo> {
        var watch: OpaquePointer?
        _ = try ask { distcoord_breaker_watch(pointer, &watch, $0) }
        return BlockingWatch(try owned(watch), client) { watch, milliseconds throws(DistCoordError) in
            var info: OpaquePointer?
            let answer = try ask { distcoord_breaker_watch_next(watch, milliseconds, &info, $0) }
            defer { distcoord_breaker_info_free(info) }
            return (answer, answer == .ok ? BreakerInfo(info) : nil)
        }
    }
}

extension BreakerState {
    fileprivate init(number: Int32) {
        switch Int(number) {
        case DISTCOORD_BREAKER_OPEN: self = .open
        case DISTCOORD_BREAKER_HALF_OPEN: self = .halfOpen
        case DISTCOORD_BREAKER_FORCED_CLOSED: self = .forcedClosed
        case DISTCOORD_BREAKER_FORCED_OPEN: self = .forcedOpen
        default: self = .closed
        }
    }
}

extension BreakerInfo {
    fileprivate init(_ info: OpaquePointer?) {
        let retryAfter = distcoord_breaker_info_retry_after_ms(info)
        self.init(
            state: BreakerState(number: distcoord_breaker_info_state(info)),
            failures: Int(distcoord_breaker_info_failures(info)),
            succeeded: Int(distcoord_breaker_info_succeeded(info)), failed: Int(distcoord_breaker_info_failed(info)),
            rejected: Int(distcoord_breaker_info_rejected(info)), opened: Int(distcoord_breaker_info_opened(info)),
            trials: Int(distcoord_breaker_info_trials(info)),
            sinceMillisecondsSince1970: distcoord_breaker_info_since_ms(info),
            retryAfter: retryAfter < 0 ? nil : .milliseconds(retryAfter))
    }
}
