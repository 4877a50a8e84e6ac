// When to try again what a server in trouble could not do.

/// Fewer and fewer attempts, so that a server is not kept in trouble by those who want something of it.
struct Retries {
    private static let longest: Int64 = 30
    private var failures = 0

    /// Seconds until the next attempt, after one more failure.
    mutating func nextDelay() -> Int64 {
        failures += 1
        return min(Self.longest, 1 << min(failures - 1, 5))
    }

    mutating func succeeded() { failures = 0 }
}
