// What a check of the server found.

import CDistCoord

/// What ``Client/check()`` found.
public struct HealthReport: Sendable, Hashable {
    /// How good something is.
    public enum State: String, Sendable, Hashable {
        /// As it should be.
        case healthy
        /// It works, but something should be changed.
        case degraded
        /// It does not work.
        case unhealthy

        init(number: Int32) {
            switch Int(number) {
            case DISTCOORD_HEALTHY: self = .healthy
            case DISTCOORD_DEGRADED: self = .degraded
            default: self = .unhealthy
            }
        }
    }

    /// One thing that was looked at.
    public struct Check: Sendable, Hashable {
        /// For example `memory policy`.
        public var name: String
        /// What was found, and what to do about it.
        public var detail: String
        /// How good it is.
        public var state: State
    }

    /// The worst state of all checks.
    public var state: State
    /// The checks, in the order in which they were made.
    public var checks: [Check]
}
