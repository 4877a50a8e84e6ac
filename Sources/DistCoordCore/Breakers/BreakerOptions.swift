// When a circuit breaker opens, and when it closes again.

/// What a breaker does while the server cannot be reached.
public enum BreakerFallback: Int32, Sendable {
    /// It counts for this process alone.
    case local = 0
    /// It lets every call through.
    case closed = 1
    /// It rejects every call.
    case open = 2
}

/// Settings of a circuit breaker; times are milliseconds.
public struct BreakerOptions: Sendable {
    /// So many failures within the sampling time open it.
    public private(set) var threshold: Int64 = 5
    public private(set) var sampling: Int64 = 300_000
    /// How long it stays open.
    public private(set) var recovery: Int64 = 60_000
    /// How many trials must succeed to close it.
    public private(set) var trials: Int64 = 1
    public private(set) var trialTimeout: Int64 = 60_000
    public private(set) var fallback = BreakerFallback.local
    /// How long counts may wait in the process.
    public private(set) var flush: Int64 = 250

    private static let times: ClosedRange<Int64> = 10...86_400_000

    public init() {}

    public mutating func setThreshold(_ failures: Int64) throws(CoordinationError) {
        threshold = try BreakerOptions.checked(failures, 1...10_000, "failures")
    }

    public mutating func setSampling(_ milliseconds: Int64) throws(CoordinationError) {
        sampling = try BreakerOptions.checked(milliseconds, BreakerOptions.times, "ms of sampling time")
    }

    public mutating func setRecovery(_ milliseconds: Int64) throws(CoordinationError) {
        recovery = try BreakerOptions.checked(milliseconds, BreakerOptions.times, "ms of recovery time")
    }

    public mutating func setTrials(_ count: Int64) throws(CoordinationError) {
        trials = try BreakerOptions.checked(count, 1...1_000, "trials")
    }

    public mutating func setTrialTimeout(_ milliseconds: Int64) throws(CoordinationError) {
        trialTimeout = try BreakerOptions.checked(milliseconds, BreakerOptions.times, "ms for a trial")
    }

    public mutating func setFallback(_ number: Int32) throws(CoordinationError) {
        guard let fallback = BreakerFallback(rawValue: number) else {
            throw .invalid("there is no fallback \(number) of a circuit breaker")
        }
        self.fallback = fallback
    }

    public mutating func setFlush(_ milliseconds: Int64) throws(CoordinationError) {
        flush = try BreakerOptions.checked(milliseconds, 10...60_000, "ms between flushes")
    }

    private static func checked(
        _ number: Int64, _ allowed: ClosedRange<Int64>, _ what: String
    ) throws(CoordinationError) -> Int64 {
        guard allowed.contains(number) else {
            throw .invalid(
                "\(number) \(what) are out of range; \(allowed.lowerBound) to \(allowed.upperBound) are possible")
        }
        return number
    }

    /// How long failures wait at most: not so long that those of two processes would be too far apart when they are
    /// told.
    var failureDelay: Int64 { min(flush, max(sampling / 4, 10)) }

    /// Greatest age at which a failure still counts when it is told.
    var oldestFailure: Int64 { sampling + failureDelay }
}
