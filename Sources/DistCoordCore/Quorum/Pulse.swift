// How a member of a quorum has answered lately. One that seems to be away is asked later than the others, and by few at
// a time: a lock must not become slower because one of five servers is gone, nor leave a sleeping thread behind with
// each acquire.

import DistCoordRedis

/// What is known of one member without asking it.
final class Pulse: Sendable {
    private struct State {
        /// Calls that await an answer, and since when nothing has been heard while some did.
        var waiting = 0
        var silentSince = Instant.now
        /// Mean time to answer, in nanoseconds; 0 before the first.
        var mean: Int64 = 0
        var pause: Int64 = 0
        var awayUntil = Instant(nanoseconds: 0)
        /// Why the last call failed, or why there is no connection.
        var failure: CoordinationError?

        /// How long a silence is not yet remarkable, in milliseconds. When many wait already, another is not sent after
        /// them lightly.
        var patience: Int64 {
            let usual = min(max(mean * Pulse.patience.times / 1_000_000, Pulse.patience.least), Pulse.patience.most)
            let whole = mean == 0 ? Pulse.patience.most : usual
            return waiting < Pulse.crowd ? whole : whole / 5
        }

        mutating func leaveAlone() {
            let now = Instant.now
            // Several that fail together count once.
            guard now >= awayUntil else { return }
            pause = min(max(pause * 2, Pulse.pause.first), Pulse.pause.most)
            awayUntil = now.advanced(milliseconds: pause)
        }
    }

    private let state = Guarded(State())

    /// Silence that is long: so many times the usual, within these bounds, in milliseconds.
    private static let patience: (times: Int64, least: Int64, most: Int64) = (10, 25, 500)
    /// How many that wait are many.
    private static let crowd = 8
    /// How long a member that has failed is left alone, in milliseconds; doubled each time.
    private static let pause: (first: Int64, most: Int64) = (50, 1_000)

    /// Why the last call failed, or why there is no connection; nil when all is well or nothing is known.
    var failure: CoordinationError? { state.withLock { $0.failure } }

    /// What to say of one that lets a caller wait.
    var silence: CoordinationError {
        let since = state.withLock { $0.silentSince }
        return CoordinationError(
            .noReply, "no answer for \((Instant.now.nanoseconds &- since.nanoseconds) / 1_000_000) ms")
    }

    /// Whether the member seems to be away: it has failed just now, or it lets somebody wait.
    var isDoubtful: Bool {
        let now = Instant.now
        return state.withLock { state in
            if now < state.awayUntil { return true }
            guard state.waiting > 0 else { return false }
            return now >= state.silentSince.advanced(milliseconds: state.patience)
        }
    }

    /// When a member that is not doubtful yet will be, if it does not answer.
    var doubtfulAt: Instant {
        state.withLock { $0.waiting > 0 ? $0.silentSince.advanced(milliseconds: $0.patience) : .never }
    }

    /// A call is on its way; `ends` must follow.
    private func begins() {
        state.withLock { state in
            if state.waiting == 0 { state.silentSince = .now }
            state.waiting += 1
        }
    }

    /// The connection was made, or is lost.
    func linkChanged(isUp: Bool, _ message: String) {
        state.withLock { state in
            state.failure = isUp ? nil : CoordinationError(.unreachable, message)
            if !isUp { state.leaveAlone() }
        }
    }

    /// With an answer, be it an error of the server's, or without one.
    private func ends(since start: Instant, failure: CoordinationError? = nil) {
        let now = Instant.now
        state.withLock { state in
            state.waiting -= 1
            state.failure = failure
            if failure == nil {
                state.silentSince = now
                let taken = now.nanoseconds &- start.nanoseconds
                state.mean = state.mean == 0 ? taken : state.mean &+ (taken &- state.mean) / 8
                state.pause = 0
                state.awayUntil = Instant(nanoseconds: 0)
            } else {
                state.leaveAlone()
            }
        }
    }

    /// Takes the time of a call.
    func taking<Result>(_ call: () throws(RedisError) -> Result) throws(RedisError) -> Result {
        let start = Instant.now
        begins()
        do throws(RedisError) {
            let result = try call()
            ends(since: start)
            return result
        } catch {
            // One that was cancelled says nothing, neither good nor bad.
            if error.code == .cancelled {
                state.withLock { $0.waiting -= 1 }
            } else {
                let hasAnswered = error.code == .server && !error.isTransientServerError
                ends(since: start, failure: hasAnswered ? nil : CoordinationError(error))
            }
            throw error
        }
    }
}
