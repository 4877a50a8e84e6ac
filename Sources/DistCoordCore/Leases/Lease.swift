// One grant of one thing to one holder, as the holder knows it.

import DistCoordRedis

/// A lease and its local deadline.
///
/// The deadline is the moment before the request was sent, plus the lease, less a margin: the server began to count later
/// than that, so it cannot give the thing away before this machine knows that it is lost.
struct Lease: Sendable {
    let token: String
    /// Grows only when the server has agreed to it.
    var fence: UInt64
    /// Milliseconds that each renewal asks for.
    var length: Int64
    private(set) var deadline: Instant
    private(set) var renewAt: Instant
    /// False when the lease is to run out.
    let renews: Bool
    private let pace: LeasePace

    /// - Parameters:
    ///   - left: Milliseconds the server said it still runs.
    ///   - countedFrom: A moment no later than the one the server counts from.
    init(
        token: String, fence: UInt64, length: Int64, renews: Bool, left: Int64, countedFrom: Instant,
        pace: LeasePace = LeasePace()
    ) {
        self.token = token
        self.fence = fence
        self.length = length
        self.renews = renews
        self.pace = pace
        deadline = pace.deadline(left, of: length, from: countedFrom)
        // The first lease of a grant by message is shorter than asked for, hence to be stretched: soon, for little is left when
        // this machine is busy, and at once when it is not to be renewed after that.
        let isShort = left < length
        renewAt =
            renews
            ? countedFrom.advanced(milliseconds: isShort ? left / 8 : pace.interval(of: left))
            : (isShort ? countedFrom : .never)
    }

    /// The server has agreed to `length` more.
    mutating func renew(countedFrom: Instant) {
        deadline = pace.deadline(length, of: length, from: countedFrom)
        renewAt = renews ? countedFrom.advanced(milliseconds: pace.interval(of: length)) : .never
    }

    mutating func retryRenewal(at moment: Instant) {
        renewAt = moment
    }

    func isOver(at now: Instant = .now) -> Bool {
        deadline <= now
    }
}

/// How a lease is renewed, and when it is given up.
struct LeasePace: Sendable {
    /// Milliseconds between renewals; 0 for a third of the lease.
    var renewal: Int64 = 0
    /// How many milliseconds before its end on the server a lease counts as lost, beside what the clocks need.
    var margin: Int64 = 0

    func interval(of length: Int64) -> Int64 {
        renewal > 0 ? min(renewal, length / 2) : length / 3
    }

    /// A hundredth at least for clocks that run at different speeds, and for the time between looking and acting. Of a first
    /// lease, which is shorter, the margin is the same part.
    func deadline(_ left: Int64, of length: Int64, from: Instant) -> Instant {
        let part = length > left && length > 0 ? Int64(Double(margin) * (Double(left) / Double(length))) : margin
        return from.advanced(milliseconds: left - max(2, left / 100, part))
    }
}

/// Lengths of leases that are accepted.
public enum LeaseLength {
    static let allowed: ClosedRange<Int64> = 100...86_400_000

    /// Fails with a message that says what is allowed.
    public static func check(_ milliseconds: Int64) throws(CoordinationError) {
        guard allowed.contains(milliseconds) else {
            throw .invalid(
                "a lease of \(milliseconds) ms is out of range; \(allowed.lowerBound) ms to \(allowed.upperBound) ms (a day) are allowed"
            )
        }
    }
}
