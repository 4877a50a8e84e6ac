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

    /// - Parameters:
    ///   - left: Milliseconds the server said it still runs.
    ///   - countedFrom: A moment no later than the one the server counts from.
    init(token: String, fence: UInt64, length: Int64, renews: Bool, left: Int64, countedFrom: Instant) {
        self.token = token
        self.fence = fence
        self.length = length
        self.renews = renews
        deadline = Lease.deadline(left, countedFrom)
        // The first lease of a grant by message is shorter than asked for, hence to be stretched: soon, for little is left when
        // this machine is busy, and at once when it is not to be renewed after that.
        let isShort = left < length
        renewAt =
            renews ? countedFrom.advanced(milliseconds: left / (isShort ? 8 : 3)) : (isShort ? countedFrom : .never)
    }

    /// The server has agreed to `length` more.
    mutating func renew(countedFrom: Instant) {
        deadline = Lease.deadline(length, countedFrom)
        renewAt = renews ? countedFrom.advanced(milliseconds: length / 3) : .never
    }

    mutating func retryRenewal(at moment: Instant) {
        renewAt = moment
    }

    func isOver(at now: Instant = .now) -> Bool {
        deadline <= now
    }

    /// A hundredth for clocks that run at different speeds, and for the time between looking and acting.
    private static func deadline(_ left: Int64, _ from: Instant) -> Instant {
        from.advanced(milliseconds: left - max(2, left / 100))
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
