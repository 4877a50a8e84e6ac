// How a circuit breaker behaves, and how it stands.

import CDistCoord

/// How a circuit breaker behaves. Handles of one name should have the same options; those of whoever reports a failure
/// decide.
public struct BreakerOptions: Sendable, Hashable {
    /// What a breaker does while the server cannot be reached.
    public enum Fallback: String, Sendable, Hashable, CaseIterable {
        /// It counts for this process alone, with the same threshold and times.
        case local
        /// It lets every call through.
        case closed
        /// It rejects every call.
        case open
    }

    /// How many failures within the ``samplingDuration`` open it, 1 to 10 000.
    public var failureThreshold: Int
    /// Within which time failures count together, 10 ms to a day.
    public var samplingDuration: Duration
    /// How long it stays open before it tries, 10 ms to a day.
    public var recoveryTimeout: Duration
    /// How many trials it lets through when half-open, all of which must succeed, 1 to 1 000.
    public var trials: Int
    /// After how long a trial that nobody has reported is taken for failed, 10 ms to a day.
    public var trialTimeout: Duration
    /// What it does while the server cannot be reached.
    public var fallback: Fallback
    /// How long counts may wait in the process before the server is told, 10 ms to 60 s.
    public var flushInterval: Duration

    /// Makes options; everything not given has its default.
    public init(
        failureThreshold: Int = 5, samplingDuration: Duration = .seconds(300), recoveryTimeout: Duration = .seconds(60),
        trials: Int = 1, trialTimeout: Duration = .seconds(60), fallback: Fallback = .local,
        flushInterval: Duration = .milliseconds(250)
    ) {
        self.failureThreshold = failureThreshold
        self.samplingDuration = samplingDuration
        self.recoveryTimeout = recoveryTimeout
        self.trials = trials
        self.trialTimeout = trialTimeout
        self.fallback = fallback
        self.flushInterval = flushInterval
    }
}

/// How a circuit breaker stands.
public enum BreakerState: String, Sendable, Hashable, CaseIterable {
    /// Calls are let through.
    case closed
    /// Calls are rejected until the recovery time is over.
    case open
    /// A few trials are let through.
    case halfOpen
    /// Somebody has forced it: calls are let through, whatever fails.
    case forcedClosed
    /// Somebody has forced it: calls are rejected.
    case forcedOpen
}

/// How a circuit breaker stands, as the server saw it when it was asked.
public struct BreakerInfo: Sendable, Hashable {
    /// Its state.
    public var state: BreakerState
    /// Failures that count at present, at most the threshold.
    public var failures: Int
    /// Calls that have succeeded, ever.
    public var succeeded: Int
    /// Calls that have failed, ever.
    public var failed: Int
    /// Calls that were rejected, ever, as far as the server was told.
    public var rejected: Int
    /// How many times it has opened.
    public var opened: Int
    /// Trials that are under way.
    public var trials: Int
    /// Since when it is in this state, by the server's clock; 0 when it has never changed.
    public var sinceMillisecondsSince1970: Int64
    /// How long it stays open; zero when it is not open, `nil` when it is forced open.
    public var retryAfter: Duration?
}

extension BreakerOptions {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        try accept(
            distcoord_breaker_options_set_failure_threshold(handle, Int64(failureThreshold)),
            "\(what): opening after \(failureThreshold) failures is not possible; 1 to 10000 are allowed")
        try accept(
            distcoord_breaker_options_set_sampling_ms(handle, samplingDuration.wholeMilliseconds),
            "\(what): sampling for \(samplingDuration) is not possible; 10 ms to a day are allowed")
        try accept(
            distcoord_breaker_options_set_recovery_ms(handle, recoveryTimeout.wholeMilliseconds),
            "\(what): recovery after \(recoveryTimeout) is not possible; 10 ms to a day are allowed")
        try accept(
            distcoord_breaker_options_set_trials(handle, Int64(trials)),
            "\(what): \(trials) trials are not possible; 1 to 1000 are allowed")
        try accept(
            distcoord_breaker_options_set_trial_timeout_ms(handle, trialTimeout.wholeMilliseconds),
            "\(what): trials of \(trialTimeout) are not possible; 10 ms to a day are allowed")
        let number =
            switch fallback {
            case .local: DISTCOORD_FALLBACK_LOCAL
            case .closed: DISTCOORD_FALLBACK_CLOSED
            case .open: DISTCOORD_FALLBACK_OPEN
            }
        try accept(distcoord_breaker_options_set_fallback(handle, Int32(number)), "\(what): no such fallback")
        try accept(
            distcoord_breaker_options_set_flush_ms(handle, flushInterval.wholeMilliseconds),
            "\(what): a flush every \(flushInterval) is not possible; 10 ms to 60 s are allowed")
    }
}
