// Asking how a job ended, and waiting for its end.

import DistCoordRedis

extension QueueHandle {
    /// Whoever waits asks again after about this long even if nothing happens, in milliseconds.
    private static let resultRecheck: ClosedRange<Int64> = 8_000...12_000

    private enum Answer {
        case ended(JobOutcome)
        /// Not ended; milliseconds until its lease ends, negative when nobody has it.
        case pending(leaseLeft: Int64)
        case none(Status)
    }

    /// How a job ended, waiting for its end for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with the outcome, `.timedOut`, `.notFound`, `.expired`, `.cancelled`, `.interrupted`.
    public func result(id: String, milliseconds: Int64) throws(CoordinationError) -> (Status, JobOutcome?) {
        try JobOptions.checkID(id)
        let room = try roomKnowing(id)
        let wait = Wait(room.session, scope: room.scope, milliseconds: milliseconds)
        defer { wait.end() }
        do throws(CoordinationError) {
            switch try ask(id, token: "", wait, room) {
            case .ended(let outcome): return (.ok, outcome)
            case .none(let status): return (status, nil)
            case .pending: break
            }
            if milliseconds == 0 { return (.timedOut, nil) }
            return try waitForEnd(of: id, wait, room)
        } catch {
            if error.status == .interrupted, let reason = wait.stopReason { return (reason, nil) }
            throw error
        }
    }

    private func waitForEnd(
        of id: String, _ wait: Wait, _ room: QueueRoom
    ) throws(CoordinationError) -> (Status, JobOutcome?) {
        let waiter = try translating { () throws(RedisError) in try room.session.mailbox.register(wait) }
        defer { room.session.mailbox.remove(waiter) }
        var isKnownToServer = false
        var askAt = Instant.now
        while true {
            if let message = waiter.takeMessage() {
                // A large outcome is not in the message.
                if let outcome = message.dropFirst().withUnsafeBufferPointer({ JobOutcome($0) }) {
                    return (.ok, outcome)
                }
                askAt = .now
            }
            if waiter.takeMustAsk() { askAt = .now }
            if let reason = wait.stopReason { return (leave(reason, id, waiter, room), nil) }
            let now = Instant.now
            if now >= askAt {
                do throws(CoordinationError) {
                    switch try ask(id, token: waiter.token, wait, room) {
                    case .ended(let outcome): return (.ok, outcome)
                    case .none(let status): return (status, nil)
                    case .pending(let leaseLeft):
                        isKnownToServer = true
                        askAt = Instant.now.advanced(milliseconds: Int64.random(in: QueueHandle.resultRecheck))
                        if leaseLeft >= 0 { askAt = min(askAt, Instant.now.advanced(milliseconds: leaseLeft + 1)) }
                    }
                } catch {
                    // Later than the first time an outage is ridden out, for as long as the caller wants to wait.
                    guard isKnownToServer, error.status.isRetriable else {
                        room.session.chores.add(room.calls.forget(id: id, token: waiter.token))
                        throw error
                    }
                    askAt = Instant.now.advanced(milliseconds: 100)
                }
                continue
            }
            if now >= wait.deadline { return (leave(.timedOut, id, waiter, room), nil) }
            wait.sleep(until: askAt)
        }
    }

    /// Leaves no trace on the server.
    private func leave(_ reason: Status, _ id: String, _ waiter: MailboxWaiter, _ room: QueueRoom) -> Status {
        let forget = room.calls.forget(id: id, token: waiter.token)
        do throws(CoordinationError) {
            _ = try room.run(forget, Patience(deadline: Instant.now.advanced(milliseconds: 100)))
        } catch {
            room.session.chores.add(forget)
        }
        return reason
    }

    private func ask(_ id: String, token: String, _ wait: Wait, _ room: QueueRoom) throws(CoordinationError) -> Answer {
        let reply = try room.run(room.calls.result(id: id, token: token), wait.patience)
        switch reply.integer(at: 0) {
        case 0: return .pending(leaseLeft: reply.integer(at: 1))
        case 1:
            guard let outcome = reply[1].flatMap({ $0.withBytes { JobOutcome($0) } }) else {
                throw CoordinationError(
                    .serverError, "the outcome of job '\(id)' on the server is not one of this library's")
            }
            return .ended(outcome)
        case 2: return .none(.expired)
        default: return .none(.notFound)
        }
    }
}
