// What the server says of a circuit breaker, in answers and in messages.

import DistCoordRedis

/// States of a breaker; the numbers are those of the header and of the scripts.
public enum BreakerState: Int32, Sendable {
    case closed = 0
    case open = 1
    case halfOpen = 2
    case forcedClosed = 3
    case forcedOpen = 4
}

/// How a breaker stands.
struct BreakerNews: Sendable {
    let state: BreakerState
    /// Grows with every change; 0 for a breaker that has never changed.
    let epoch: Int64
    /// When it may be worth asking for a trial.
    var askAt: Instant
    /// Failures that the server counts; a message does not say it.
    var failures: Int64

    /// Before the server has said anything.
    static let none = BreakerNews(state: .closed, epoch: 0, left: 0, failures: 0)

    private init(state: BreakerState, epoch: Int64, left: Int64, failures: Int64) {
        self.state = state
        self.epoch = epoch
        // Counted from now, which is later than when the server looked at its clock: nobody asks too early.
        askAt = left < 0 ? .never : Instant.now.advanced(milliseconds: left)
        self.failures = failures
    }

    /// An answer: {state, epoch, ms left, failures, ...}.
    init(_ reply: Reply) {
        self.init(
            state: BreakerState(rawValue: Int32(clamping: reply.integer(at: 0))) ?? .closed,
            epoch: reply.integer(at: 1), left: reply.integer(at: 2), failures: reply.integer(at: 3))
    }

    /// A message: "<epoch> <state> <ms left>"; nil for anything else.
    init?(_ message: UnsafeBufferPointer<UInt8>) {
        let words = message.split(separator: UInt8(ascii: " ")).map { Int64(String(decoding: $0, as: UTF8.self)) }
        guard words.count == 3, let epoch = words[0], let number = words[1], let left = words[2],
            let state = BreakerState(rawValue: Int32(clamping: number))
        else { return nil }
        self.init(state: state, epoch: epoch, left: left, failures: 0)
    }

    /// The state when nobody has to be asked for it.
    func state(at now: Instant) -> BreakerState {
        state == .open && askAt <= now ? .halfOpen : state
    }

    var letsThrough: Bool { state == .closed || state == .forcedClosed }
}

/// How a breaker stood when it was inspected.
public struct BreakerSnapshot: Sendable {
    public let state: BreakerState
    /// Failures that count at present.
    public let failures: Int64
    public let succeeded: Int64
    public let failed: Int64
    public let rejected: Int64
    public let opened: Int64
    /// Trials under way.
    public let trials: Int64
    /// Milliseconds since 1970 by the server's clock; 0 when it has never changed.
    public let since: Int64
    /// How long it stays open; 0 when it is not, -1 when it is forced open.
    public let retryAfter: Int64
    let epoch: Int64
    /// In how many milliseconds it changes by itself; nil when it does not.
    let changesAfter: Int64?

    init(_ reply: Reply) {
        let news = BreakerNews(reply)
        state = news.state
        epoch = news.epoch
        failures = news.failures
        succeeded = reply.integer(at: 5)
        failed = reply.integer(at: 6)
        rejected = reply.integer(at: 7)
        opened = reply.integer(at: 8)
        trials = reply.integer(at: 9)
        since = reply.integer(at: 10)
        let left = reply.integer(at: 2)
        switch news.state {
        case .open: (retryAfter, changesAfter) = (left, left)
        case .forcedOpen: (retryAfter, changesAfter) = (-1, nil)
        case .halfOpen: (retryAfter, changesAfter) = (0, trials > 0 ? reply.integer(at: 11) : nil)
        default: (retryAfter, changesAfter) = (0, nil)
        }
    }
}
