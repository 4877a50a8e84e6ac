// The server's clock on this machine's: when a grant that is told by message was made, and so when its lease ends.
//
// An answer with the server's time was written after its request was sent. So the request's moment, less the server's time, is
// no more than what this machine's clock is ahead of the server's; the largest of many such differences is nearly that, because
// one of them had hardly to wait.

import DistCoordRedis

/// Compares the two clocks, from the answers that come along.
final class ServerClock: Sendable {
    private let state = Guarded<(ahead: Int64, takenAt: Instant)?>(nil)

    /// How long a comparison counts before a later one replaces it that is worse, and how long it serves at all, in
    /// milliseconds: the second is longer than any waiter goes without asking.
    private static let (fresh, useful): (Int64, Int64) = (10_000, 70_000)
    /// What clocks may have drifted apart since, in nanoseconds for each millisecond: 500 parts in a million.
    private static let drift: Int64 = 500

    /// The server wrote `serverTime`, in microseconds, into an answer to what was sent at that moment.
    func note(sentAt: Instant, serverTime: Int64) {
        let ahead = sentAt.nanoseconds &- serverTime &* 1_000
        state.withLock { state in
            if let present = state, ahead <= present.ahead,
                sentAt < present.takenAt.advanced(milliseconds: ServerClock.fresh)
            {
                return
            }
            state = (ahead, sentAt)
        }
    }

    /// A moment of the server's clock as one of this machine's, rather too early than too late; nil when not enough is known.
    func localMoment(ofServerTime microseconds: Int64) -> Instant? {
        guard let (ahead, takenAt) = state.withLock({ $0 }) else { return nil }
        let now = Instant.now
        guard now < takenAt.advanced(milliseconds: ServerClock.useful) else { return nil }
        let age = (now.nanoseconds &- takenAt.nanoseconds) / 1_000_000
        return Instant(nanoseconds: microseconds &* 1_000 &+ ahead &- age &* ServerClock.drift)
    }
}
