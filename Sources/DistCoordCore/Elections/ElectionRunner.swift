// Campaigning without end, with a program that is told when it leads and when it does no more.
//
// The order is what this is for: the program has ended its work as a leader before the leadership is handed over, and when
// the lease cannot be renewed it is told before the server gives the leadership to another, by the step-down time (LeasePace).
// All is told on one thread.

import DistCoordRedis

/// One campaign without end of one handle.
final class ElectionRunner: Sendable {
    private let election: ElectionHandle
    private let form: any LeadershipForm
    /// Ends the wait for a loss.
    private let wakeUp = CancelScope()
    private let standsDown = Flag()

    /// After a failure that may pass, in milliseconds.
    private static let pause: Int64 = 200

    init(_ election: ElectionHandle, _ form: any LeadershipForm) {
        self.election = election
        self.form = form
    }

    /// Has the leadership ended in an orderly way; the candidate then stands at the end of the line.
    func standDown() {
        standsDown.set()
        wakeUp.cancel()
    }

    /// Has it looked whether the wait is to end.
    func wake() {
        wakeUp.cancel()
    }

    /// - Parameter wait: What ends it all.
    /// - Returns: `.cancelled`, `.interrupted`.
    func run(
        _ wait: Wait, _ session: Session, acquired: (_ term: UInt64) -> Void,
        ended: (_ term: UInt64, _ wasLost: Bool) -> Void
    ) throws(CoordinationError) -> Status {
        while true {
            if let reason = wait.stopReason { return reason }
            standsDown.clear()
            do throws(CoordinationError) {
                let status = try election.campaign(milliseconds: -1)
                if status == .cancelled || status == .interrupted { return status }
                guard status == .ok else { continue }
            } catch {
                if let reason = wait.stopReason { return reason }
                guard error.status.isRetriable else { throw error }
                wait.sleep(until: .now.advanced(milliseconds: ElectionRunner.pause))
                continue
            }
            let term = form.fence
            acquired(term)
            let end = waitForEnd(term, wait, session)
            ended(term, end == .lost)
            do throws(CoordinationError) {
                // Also tells the server of a lease that has ended here and not yet there.
                _ = try form.release()
            } catch {
                // The lease ends it, or closing the client does.
                guard end != nil || error.status.isRetriable else { throw error }
            }
            if let end, end != .lost { return end }
        }
    }

    /// Waits for the end of a leadership.
    ///
    /// - Returns: `.lost`; `.cancelled`, `.interrupted`; nil when it is to stand down.
    private func waitForEnd(_ term: UInt64, _ wait: Wait, _ session: Session) -> Status? {
        while true {
            // Begun before it is looked: a wake-up after that ends it.
            let sleep = Wait(session, scope: wakeUp, milliseconds: -1)
            defer { sleep.end() }
            if form.state != .held || form.fence != term { return .lost }
            if standsDown.isSet { return nil }
            if let reason = wait.stopReason { return reason }
            switch form.waitLost(sleep) {
            case .lost, .notHeld: return .lost
            case .interrupted: return .interrupted
            default: continue
            }
        }
    }
}
