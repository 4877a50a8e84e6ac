// Time as this library measures it on one machine: CLOCK_BOOTTIME, which goes on while the machine is suspended. A lease
// deadline held against CLOCK_MONOTONIC would seem valid after a laptop slept through it.

import Glibc

/// A point in time of this machine's boot clock, or "never".
public struct Instant: Comparable, Sendable {
    /// Nanoseconds since boot; `Int64.max` is never.
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// A point that is never reached.
    public static var never: Instant { Instant(nanoseconds: .max) }

    /// This moment.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    /// The end of a wait as the C interface states it: negative is never.
    public static func after(waitMilliseconds: Int64) -> Instant {
        waitMilliseconds < 0 ? .never : now.advanced(milliseconds: waitMilliseconds)
    }

    /// A later (or, for a negative number, earlier) point; saturates at never.
    public func advanced(milliseconds: Int64) -> Instant {
        let (product, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflowed, self != .never else { return .never }
        let (sum, carried) = nanoseconds.addingReportingOverflow(product)
        return carried ? .never : Instant(nanoseconds: sum)
    }

    /// Milliseconds from `now` to this point, rounded up, 0 when it has passed.
    public func milliseconds(from now: Instant = .now) -> Int64 {
        guard self != .never else { return .max }
        guard self > now else { return 0 }
        return (nanoseconds &- now.nanoseconds &+ 999_999) / 1_000_000
    }

    /// Milliseconds until this moment that are certain to be left: rounded down, 0 when it has passed.
    public func wholeMilliseconds(from now: Instant = .now) -> Int64 {
        self > now ? (nanoseconds &- now.nanoseconds) / 1_000_000 : 0
    }

    /// The argument poll(2) wants: milliseconds rounded up, -1 for never.
    public func pollTimeout(from now: Instant = .now) -> Int32 {
        self == .never ? -1 : Int32(clamping: min(milliseconds(from: now), Int64(Int32.max)))
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
