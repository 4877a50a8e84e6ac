// The action of a barrier while it runs: the other parties wait, and want to know that who runs it lives.

import DistCoordRedis

/// Tells the server now and then that the action still runs; the keeper does, whatever the action does with its thread.
final class BarrierAct: Leased {
    let isKept = Flag()
    private let call: ScriptCall
    private let renewAt: Guarded<Instant>

    /// A third of what barrier_state.lua grants, in milliseconds.
    private static let interval: Int64 = 1_600

    /// - Parameter call: Says that it lives; answers 1 while anybody waits for that.
    init(_ call: ScriptCall) {
        self.call = call
        renewAt = Guarded(.now.advanced(milliseconds: BarrierAct.interval))
    }

    var schedule: (renewAt: Instant, lostAt: Instant) { (renewAt.withLock { $0 }, .never) }

    func renewal() -> ScriptCall? {
        renewAt.withLock { $0 } == .never ? nil : call
    }

    func renewed(_ reply: Reply, sentAt: Instant) {
        // What has become of the barrier tells the end of the action.
        postpone(until: reply.integer == 1 ? sentAt.advanced(milliseconds: BarrierAct.interval) : .never)
    }

    func renewalFailed(retryAt: Instant) { postpone(until: retryAt) }

    func expire(now: Instant) {}

    /// The action has ended.
    func end() {
        renewAt.withLock { $0 = .never }
    }

    private func postpone(until moment: Instant) {
        renewAt.withLock { if $0 != .never { $0 = moment } }
    }
}
