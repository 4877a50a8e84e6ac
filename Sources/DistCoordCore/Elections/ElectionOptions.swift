// How a candidate leads.

import DistCoordRedis

/// Options of an election; explained in include/distcoord/leader.h.
public struct ElectionOptions: Sendable {
    /// Milliseconds for which a leadership outlives its leader.
    public var lease: Int64 = 10_000
    /// Milliseconds between renewals; 0: a third of the lease.
    public var renewal: Int64 = 0
    /// How many milliseconds before the lease ends on the server the leader steps down; -1: a tenth of the lease.
    public var stepDown: Int64 = -1
    /// What others see of this candidate when it leads; nil: the client's label.
    public var value: String?

    public init() {}

    /// Longest value a leader may publish, in bytes.
    public static let valueLimit = 4_096

    /// Fails when a value is too long.
    public static func check(value: String) throws(CoordinationError) {
        if value.utf8.count > valueLimit {
            throw .invalid("the candidate's value has \(value.utf8.count) bytes; at most \(valueLimit) are allowed")
        }
    }

    /// Fails for an interval of renewals that goes with no lease.
    public static func check(renewal: Int64) throws(CoordinationError) {
        guard renewal == 0 || (10...LeaseLength.allowed.upperBound / 2).contains(renewal) else {
            throw .invalid("a renewal every \(renewal) ms is out of range; 10 ms to half of the lease are possible")
        }
    }

    /// Fails for a step-down time that goes with no lease.
    public static func check(stepDown: Int64) throws(CoordinationError) {
        guard (-1...LeaseLength.allowed.upperBound / 2).contains(stepDown) else {
            throw .invalid("stepping down \(stepDown) ms early is out of range; 0 ms to half of the lease are possible")
        }
    }

    /// Fails when the times do not go together.
    func check() throws(CoordinationError) {
        try LeaseLength.check(lease)
        guard renewal <= lease / 2, stepDown <= lease / 2 else {
            throw .invalid(
                "renewals (\(renewal) ms) and stepping down (\(stepDown) ms) may take up to half of the lease (\(lease) ms) each")
        }
        let pace = pace
        // What is renewed only when it has just been given up is never kept.
        guard pace.interval(of: lease) + pace.margin <= lease - lease / 8 else {
            throw .invalid(
                "a renewal every \(pace.interval(of: lease)) ms leaves no time for one that fails, when the leader steps down"
                    + " \(pace.margin) ms before the end of a lease of \(lease) ms; shorten one of them"
            )
        }
    }

    var pace: LeasePace {
        LeasePace(renewal: renewal, margin: stepDown < 0 ? lease / 10 : stepDown)
    }

    /// As options of the lock that a leadership is.
    var lock: LockOptions {
        var options = LockOptions()
        options.lease = lease
        options.pace = pace
        return options
    }
}
