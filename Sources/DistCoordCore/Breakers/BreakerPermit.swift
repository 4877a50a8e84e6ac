// What an allowed call is given to report with: in which epoch it was allowed, and as which trial.

/// The permit of one call, or of all calls that a closed breaker lets through.
struct BreakerPermit: Hashable, Sendable {
    let number: UInt64

    // Low: the number of the trial, or all ones for a call that is none. High: the epoch, and whether this process made
    // it up while the server was away.
    private static let trialBits: UInt64 = 20
    private static let ordinary: UInt64 = 1 << trialBits - 1
    private static let localBit: UInt64 = 1 << 63
    private static let epochMask: UInt64 = 1 << (63 - trialBits) - 1

    init(_ number: UInt64) {
        self.number = number
    }

    /// - Parameter trial: nil for an ordinary call.
    init(epoch: Int64, trial: Int64? = nil, isLocal: Bool = false) {
        let high = (UInt64(truncatingIfNeeded: epoch) & BreakerPermit.epochMask) &<< BreakerPermit.trialBits
        let low = trial.map { UInt64(truncatingIfNeeded: $0) & BreakerPermit.ordinary } ?? BreakerPermit.ordinary
        number = high | low | (isLocal ? BreakerPermit.localBit : 0)
    }

    var isLocal: Bool { number & BreakerPermit.localBit != 0 }

    /// The number of the trial; nil for an ordinary call.
    var trial: Int64? {
        let low = number & BreakerPermit.ordinary
        return low == BreakerPermit.ordinary ? nil : Int64(low)
    }

    var epoch: Int64 { Int64((number & ~BreakerPermit.localBit) &>> BreakerPermit.trialBits) }

    /// Whether a call with it was allowed in that epoch.
    func isOf(_ other: Int64) -> Bool {
        !isLocal && UInt64(epoch) == UInt64(truncatingIfNeeded: other) & BreakerPermit.epochMask
    }
}

/// How a guarded call has ended; the numbers are those of the header.
public enum CallOutcome: Int32, Sendable {
    case succeeded = 0
    case failed = 1
    /// It says nothing about what was called.
    case discarded = 2
}

/// Whether a call may be made.
enum BreakerVerdict {
    case allowed(BreakerPermit)
    /// After how many milliseconds it may be worth asking again; -1: not known.
    case rejected(Int64)
}
