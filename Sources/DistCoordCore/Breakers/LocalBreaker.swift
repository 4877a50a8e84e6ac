// The breaker of one process alone, for while the server cannot be reached. It begins where the common one was when it
// was last heard of, and goes by the same numbers.

import DistCoordRedis

/// A breaker without a server.
struct LocalBreaker {
    private let options: BreakerOptions
    private(set) var state: BreakerState
    /// When it becomes half-open.
    private var openUntil: Instant
    /// The latest failures in this epoch, at most as many as matter.
    private var failures: [Instant]
    /// Trials under way, with when they must have ended.
    private var trials: [BreakerPermit: Instant] = [:]
    private var lastTrial: Int64 = 0
    private var succeeded: Int64 = 0
    /// Nil as long as it has not changed: what the common breaker allowed, counts on.
    private var ownEpoch: Int64?
    private let commonEpoch: Int64

    init(after news: BreakerNews, failures: [Instant], options: BreakerOptions) {
        self.options = options
        state = news.state
        openUntil = news.askAt
        self.failures = failures
        commonEpoch = news.epoch
        // Whose trials those are that the server has let through is not known: this process makes its own.
        if state == .halfOpen { change(to: .halfOpen) }
        if state == .closed, Int64(failures.count) >= options.threshold { trip(at: .now) }
    }

    /// The permit of ordinary calls; nil when it lets none through.
    var permit: BreakerPermit? {
        switch options.fallback {
        case .closed: ordinary
        case .open: nil
        case .local: state == .closed || state == .forcedClosed ? ordinary : nil
        }
    }

    private var ordinary: BreakerPermit {
        if let ownEpoch { return BreakerPermit(epoch: ownEpoch, isLocal: true) }
        // What the fallback alone lets through says nothing that the common breaker should hear.
        let isCommon = state == .closed || state == .forcedClosed
        return BreakerPermit(epoch: commonEpoch, isLocal: !isCommon)
    }

    func state(at now: Instant) -> BreakerState {
        switch options.fallback {
        case .closed: state == .forcedClosed ? .forcedClosed : .closed
        case .open: state == .forcedOpen ? .forcedOpen : .open
        case .local: state == .open && openUntil <= now ? .halfOpen : state
        }
    }

    /// Whether a call may be made.
    mutating func ask(now: Instant) -> BreakerVerdict {
        if let permit { return .allowed(permit) }
        if options.fallback == .open || state == .forcedOpen { return .rejected(-1) }
        // A trial that nobody has reported has failed.
        if let late = trials.values.filter({ $0 <= now }).min() { trip(at: late) }
        if state == .open {
            guard openUntil <= now else { return .rejected(openUntil.milliseconds(from: now)) }
            change(to: .halfOpen)
        }
        guard succeeded + Int64(trials.count) < options.trials else {
            return .rejected(trials.values.min()?.milliseconds(from: now) ?? -1)
        }
        lastTrial += 1
        let permit = BreakerPermit(epoch: ownEpoch ?? commonEpoch, trial: lastTrial, isLocal: true)
        trials[permit] = now.advanced(milliseconds: options.trialTimeout)
        return .allowed(permit)
    }

    /// Takes note of how a call has ended.
    mutating func report(_ permit: BreakerPermit, _ outcome: CallOutcome, now: Instant) {
        guard permit.trial == nil else { return settle(permit, outcome, now: now) }
        guard outcome == .failed, state == .closed, permit == ordinary else { return }
        failures.append(now)
        let first = Instant(nanoseconds: now.nanoseconds &- options.sampling &* 1_000_000)
        failures.removeAll { $0 < first }
        if Int64(failures.count) >= options.threshold { trip(at: now) }
    }

    private mutating func settle(_ permit: BreakerPermit, _ outcome: CallOutcome, now: Instant) {
        guard let end = trials.removeValue(forKey: permit) else { return }
        switch end <= now ? .failed : outcome {
        case .succeeded:
            succeeded += 1
            if succeeded >= options.trials { change(to: .closed) }
        case .failed: trip(at: now)
        case .discarded: break
        }
    }

    private mutating func trip(at moment: Instant) {
        change(to: .open)
        openUntil = moment.advanced(milliseconds: options.recovery)
    }

    private mutating func change(to next: BreakerState) {
        state = next
        // Greater than those of all earlier times that the server was away.
        ownEpoch = max((ownEpoch ?? 0) + 1, Instant.now.nanoseconds / 1_000_000)
        failures = []
        trials = [:]
        succeeded = 0
    }
}
