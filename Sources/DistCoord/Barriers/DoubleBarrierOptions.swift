// How a double barrier behaves.

import CDistCoord

/// How a double barrier behaves. All parties should say the same; what the first to enter says holds.
public struct DoubleBarrierOptions: Sendable, Hashable {
    /// What the death of a party means for the others.
    public enum OnDeath: String, Sendable, Hashable, CaseIterable {
        /// The barrier is broken for all who have entered or wait.
        case `break`
        /// The others go on as if there were one party less.
        case shrink
    }

    /// How long a party outlives its process, 0.1 s to 24 h.
    public var lease: Duration
    /// What the death of a party means.
    public var onDeath: OnDeath

    /// Makes options; everything not given has its default.
    public init(lease: Duration = .seconds(10), onDeath: OnDeath = .break) {
        self.lease = lease
        self.onDeath = onDeath
    }
}

extension DoubleBarrierOptions {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        try accept(
            distcoord_double_barrier_options_set_lease_ms(handle, lease.wholeMilliseconds),
            "\(what): a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        let number =
            switch onDeath {
            case .break: DISTCOORD_ON_DEATH_BREAK
            case .shrink: DISTCOORD_ON_DEATH_SHRINK
            }
        try accept(
            distcoord_double_barrier_options_set_on_death(handle, Int32(number)),
            "\(what): what a death means cannot be set")
    }
}
