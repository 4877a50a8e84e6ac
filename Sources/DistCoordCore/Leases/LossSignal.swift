// How loss is told: to those who wait for it, and to poll loops.

import DistCoordRedis

/// Raised when something held is lost, lowered when it is held anew or let go.
final class LossSignal: Sendable {
    private struct State {
        var isRaised = false
        var descriptor: EventDescriptor?
        var waiters: [ObjectIdentifier: Wait] = [:]
    }

    private let state = Guarded(State())

    /// A descriptor that is readable while raised; -1 when the process has none left.
    var descriptor: Int32 {
        state.withLock { state in
            if let descriptor = state.descriptor { return descriptor.descriptor }
            let made = EventDescriptor()
            guard made.descriptor >= 0 else { return -1 }
            if state.isRaised { made.raise() }
            state.descriptor = made
            return made.descriptor
        }
    }

    func raise() {
        state.withLock { state in
            guard !state.isRaised else { return }
            state.isRaised = true
            state.descriptor?.raise()
            for wait in state.waiters.values { wait.parker.unpark() }
        }
    }

    /// Also wakes those who wait: what they waited to lose is gone by itself.
    func lower() {
        state.withLock { state in
            if state.isRaised {
                state.isRaised = false
                state.descriptor?.lower()
            }
            for wait in state.waiters.values { wait.parker.unpark() }
        }
    }

    /// Waits until what is held now is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    func wait(
        _ client: Client, _ scope: CancelScope, milliseconds: Int64, state: () -> GrantState, fence: () -> UInt64
    ) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        return self.wait(wait, state: state, fence: fence)
    }

    /// The same in a wait that has begun.
    func wait(_ wait: Wait, state: () -> GrantState, fence: () -> UInt64) -> Status {
        let grant = fence()
        return self.wait(wait) {
            switch state() {
            case .lost: .lost
            case .free: .notHeld
            case .held: fence() == grant ? nil : .notHeld
            }
        }
    }

    /// Sleeps until `outcome` has an answer, looking whenever the signal changes.
    private func wait(_ wait: Wait, until outcome: () -> Status?) -> Status {
        state.withLock { $0.waiters[ObjectIdentifier(wait)] = wait }
        defer { state.withLock { $0.waiters[ObjectIdentifier(wait)] = nil } }
        while true {
            if let outcome = outcome() { return outcome }
            if let reason = wait.stopReason { return reason }
            if Instant.now >= wait.deadline { return .timedOut }
            wait.sleep(until: .never)
        }
    }
}
