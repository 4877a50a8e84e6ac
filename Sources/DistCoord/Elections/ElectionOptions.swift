// How a candidate stands for election.

import CDistCoord

/// How a candidate stands for election. Set what differs from the defaults; what follows from each: <doc:Elections>.
public struct ElectionOptions: Sendable, Hashable {
    /// How long a leadership outlives its leader, 0.1 s to 24 h.
    public var lease: Duration
    /// What others see of this candidate when it leads, at most 4 096 bytes; the client's label if `nil`.
    public var value: String?
    /// How often the lease is renewed, 10 ms to half of it; a third of it if `nil`.
    public var renewal: Duration?
    /// How long before its lease ends on the server a leader that could not renew it steps down, up to half of the
    /// lease: that long its work has to stop before anybody else can lead. A tenth of the lease if `nil`.
    public var stepDown: Duration?

    /// Makes options; everything not given has its default.
    public init(
        lease: Duration = .seconds(10), value: String? = nil, renewal: Duration? = nil, stepDown: Duration? = nil
    ) {
        self.lease = lease
        self.value = value
        self.renewal = renewal
        self.stepDown = stepDown
    }
}

extension ElectionOptions {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        try accept(
            distcoord_election_options_set_lease_ms(handle, lease.wholeMilliseconds),
            "\(what): a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        if let value {
            try requireWhole(value, "the candidate's value")
            try accept(
                distcoord_election_options_set_value(handle, value),
                "\(what): a candidate's value is text of at most 4096 bytes")
        }
        if let renewal {
            // 0 is the interface's word for the default: no time at all must not turn into it.
            let milliseconds = renewal <= .zero ? -1 : renewal.wholeMilliseconds
            try accept(
                distcoord_election_options_set_renewal_ms(handle, milliseconds),
                "\(what): renewal every \(renewal) is not possible; 10 ms to half of the lease are allowed")
        }
        if let stepDown {
            let milliseconds = stepDown < .zero ? .min : stepDown.wholeMilliseconds
            try accept(
                distcoord_election_options_set_step_down_ms(handle, milliseconds),
                "\(what): stepping down \(stepDown) before the end is not possible; 0 to half of the lease are allowed")
        }
    }
}
