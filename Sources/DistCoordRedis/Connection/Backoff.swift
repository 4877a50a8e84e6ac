// When to try again after a failure.

/// Exponential backoff with jitter: 20 ms doubling up to 2 s, each step drawn between half of it and the whole, so that
/// clients that lost a server together do not return together.
public struct Backoff {
    private var step: Int64 = 0
    /// The next attempt is not to be made before this.
    public private(set) var notBefore = Instant(nanoseconds: 0)

    public init() {}

    /// Notes a failure.
    public mutating func next() {
        step = min(max(step * 2, 20), 2_000)
        notBefore = Instant.now.advanced(milliseconds: Int64.random(in: (step / 2)...step))
    }

    /// Notes a success.
    public mutating func reset() {
        self = Backoff()
    }
}
