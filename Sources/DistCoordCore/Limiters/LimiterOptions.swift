// How a limiter counts.

/// Settings of a limiter.
public struct LimiterOptions: Sendable {
    /// What is limited.
    public enum Algorithm: Int32, Sendable {
        /// A bucket of tokens that fills up evenly.
        case tokenBucket = 0
        /// Any span of one period.
        case slidingWindow = 1
    }

    public var algorithm = Algorithm.tokenBucket
    /// Permits per period.
    public private(set) var permits: Int64 = 10
    /// In milliseconds.
    public private(set) var period: Int64 = 1_000
    /// Tokens that the bucket holds; nil: as many as there are per period.
    public private(set) var burst: Int64?

    private static let mostPermits: Int64 = 1_000_000
    /// 30 days.
    private static let longestPeriod: Int64 = 2_592_000_000

    public init() {}

    public mutating func setAlgorithm(_ number: Int32) throws(CoordinationError) {
        guard let algorithm = Algorithm(rawValue: number) else {
            throw .invalid("there is no algorithm \(number) of a limiter")
        }
        self.algorithm = algorithm
    }

    public mutating func setLimit(_ permits: Int64, period: Int64) throws(CoordinationError) {
        guard (1...LimiterOptions.mostPermits).contains(permits) else {
            throw .invalid("\(permits) permits are out of range; 1 to \(LimiterOptions.mostPermits) are possible")
        }
        guard (1...LimiterOptions.longestPeriod).contains(period) else {
            throw .invalid("a period of \(period) ms is out of range; 1 ms to 30 days are possible")
        }
        (self.permits, self.period) = (permits, period)
    }

    /// - Parameter burst: 0 for as many as the limit.
    public mutating func setBurst(_ burst: Int64) throws(CoordinationError) {
        guard (0...LimiterOptions.mostPermits).contains(burst) else {
            throw .invalid("a burst of \(burst) is out of range; 1 to \(LimiterOptions.mostPermits) are possible")
        }
        self.burst = burst == 0 ? nil : burst
    }

    /// Fails when they contradict each other.
    func check() throws(CoordinationError) {
        if algorithm == .slidingWindow, burst != nil {
            throw .invalid("a sliding window has no burst: its limit says all; leave the burst out")
        }
    }

    /// Most permits that can be taken at once.
    var capacity: Int64 { algorithm == .tokenBucket ? burst ?? permits : permits }
}
