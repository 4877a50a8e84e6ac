// How many jobs a worker claims ahead, when it is left to itself: as many as are done in a few milliseconds. So short
// jobs cost a round trip for many of them, and long ones wait on the server, where others can have them.

import DistCoordRedis

/// How fast jobs go.
struct WorkerPace {
    /// Nanoseconds per job; nil until the first.
    private var mean: Int64?
    private var refilledAt = Instant.never
    private var given: Int64 = 0
    private var last: Int64 = 0

    /// How much work there may be ahead, and how long a job may take for there to be any, in nanoseconds.
    private static let (horizon, longest): (Int64, Int64) = (8_000_000, 3_000_000)
    /// More at once would keep the server from others for longer, and save next to nothing.
    private static let most: Int64 = 64

    /// Jobs have been claimed; they are the next to be given out.
    mutating func refilled(_ count: Int, at now: Instant) {
        refilledAt = now
        given = Int64(count)
    }

    /// Those jobs are all given out, and the next is asked for.
    mutating func ranDry(at now: Instant) {
        guard given > 0, refilledAt != .never else { return }
        let each = max(1, (now.nanoseconds &- refilledAt.nanoseconds) / given)
        // Sooner cautious than confident.
        if let mean { self.mean = each > mean ? (mean + each) / 2 : (3 * mean + each) / 4 } else { mean = each }
        given = 0
    }

    /// How many to claim beyond those that are to be given out at once.
    mutating func ahead() -> Int {
        guard let mean, mean <= WorkerPace.longest else {
            last = 0
            return 0
        }
        last = min(WorkerPace.horizon / mean, WorkerPace.most, 8 * last + 8)
        return Int(last)
    }
}
