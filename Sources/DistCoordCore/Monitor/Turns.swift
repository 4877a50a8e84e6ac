// One after the other, for work that takes round trips: a lock that a waiting thread can be called away from.

import DistCoordRedis

/// Something that one thread at a time may do.
final class Turns: Sendable {
    private let state = Guarded<(isTaken: Bool, waiters: [Parker])>((false, []))

    /// Waits for the turn; `give` must follow. Fails when the patience ends first.
    func take(_ patience: Patience) throws(RedisError) {
        let parker = Parker()
        while true {
            let isMine = state.withLock { state in
                state.waiters.removeAll { $0 === parker }
                if state.isTaken {
                    state.waiters.append(parker)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isMine { return }
            parker.park(until: patience.nextLook)
            let isStopped = patience.isStopped
            guard isStopped || Instant.now >= patience.deadline else { continue }
            leave(parker)
            throw isStopped
                ? RedisError(.cancelled, "cancelled while another thread talks to the server about the same")
                : RedisError(.noReply, "another thread that talks to the server about the same has no answer yet")
        }
    }

    func give() {
        state.withLock { state in
            state.isTaken = false
            return state.waiters.first
        }?.unpark()
    }

    /// Whoever was woken for the turn and does not want it any more wakes the next.
    private func leave(_ parker: Parker) {
        state.withLock { state in
            state.waiters.removeAll { $0 === parker }
            return state.isTaken ? nil : state.waiters.first
        }?.unpark()
    }
}
