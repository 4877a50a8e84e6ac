// How a handle waits.
//
// It registers a waiter in the client's mailbox, takes a place in line on the server, and sleeps until it is granted. In case
// its messages are lost, or those who are before it and the holder die together, it also asks again: those at the front about
// once a second and when the holder's lease would end, others the more rarely the further back they are, so that ten thousand
// ask about three hundred times a second in all. Asking is idempotent: a waiter keeps its place, and a grant is answered
// again.

import DistCoordRedis

extension GrantHandle {
    /// How often a waiter asks again though nothing happens, in milliseconds: at the front, for each place behind it, and at
    /// most. The front's is the first lease of a grant that its receiver may not have seen.
    private static let recheck: (front: Int64, perPlace: Int64, most: Int64) = (1_000, 25, 60_000)
    /// How long a waiter that gives up tries to tell the server before it leaves that to the background.
    static let farewell: Int64 = 100

    /// Waits in line until it is granted or the wait ends. Says whether it came to waiting.
    func standInLine(
        _ wait: Wait, _ session: Session, _ isContended: inout Bool
    ) throws(CoordinationError) -> Status {
        let waiter: MailboxWaiter
        do throws(RedisError) {
            waiter = try session.mailbox.register(wait)
        } catch {
            if let reason = wait.stopReason, error.code == .cancelled { return reason }
            throw CoordinationError(error)
        }
        if terms.lingers { session.mailbox.listen(to: waiter.token) { [weak self] in self?.heed($0) } }
        defer { session.mailbox.remove(waiter) }
        var isGranted = false
        defer { if !isGranted { forgetToken(waiter.token, session) } }
        let status = try stand(waiter, wait, session, &isContended)
        isGranted = status == .ok
        let hadToWait = isContended
        hold.withLock { $0.expectsToWait = hadToWait }
        return status
    }

    private func stand(
        _ waiter: MailboxWaiter, _ wait: Wait, _ session: Session, _ isContended: inout Bool
    ) throws(CoordinationError) -> Status {
        var line = Line()
        while true {
            do throws(CoordinationError) {
                if let status = try ask(&line, waiter, wait, session) { return status }
            } catch {
                // Never in line yet: tell at once. Later an outage is ridden out, for as long as the caller wants to wait.
                if line.arrival == 0 || !error.status.isRetriable {
                    return try endAfter(error, token: waiter.token, wait, session)
                }
                line.askAt = Instant.now.advanced(milliseconds: 100)
            }
            isContended = true
            if let status = try sleep(&line, waiter, wait, session) { return status }
        }
    }

    /// What a waiter knows of its place.
    private struct Line {
        var arrival: Int64 = 0
        var askAt = Instant.never
    }

    /// Asks for the thing, or for the place in line; a status when it is had.
    private func ask(_ line: inout Line, _ waiter: MailboxWaiter, _ wait: Wait, _ session: Session)
        throws(CoordinationError) -> Status?
    {
        let sentAt = Instant.now
        let reply = try request(token: waiter.token, arrival: line.arrival, wait, session)
        if let status = try install(reply, token: waiter.token, sentAt: sentAt, session: session) { return status }
        line.arrival = reply.integer(at: 1)
        session.serverClock.note(sentAt: sentAt, serverTime: reply.integer(at: 4))
        let recheck = GrantHandle.recheck
        let rare = min(
            recheck.front + recheck.perPlace * reply.integer(at: 2),
            Int64.random(in: (recheck.most / 10 * 8)...recheck.most))
        // One millisecond later than the end: the server compares whole milliseconds.
        let leaseEnd = reply.integer(at: 3) + 1 + recheck.perPlace * reply.integer(at: 2)
        line.askAt = Instant.now.advanced(milliseconds: min(rare, leaseEnd))
        return nil
    }

    /// Sleeps until there is something to do; nil when it is to ask again.
    private func sleep(
        _ line: inout Line, _ waiter: MailboxWaiter, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Status? {
        while true {
            while let message = waiter.takeMessage() {
                guard let grant = GrantMessage(message),
                    let grantedAt = session.serverClock.localMoment(ofServerTime: grant.serverTime)
                else { return nil }
                let lease = Lease(
                    token: waiter.token, fence: grant.fence, length: terms.lease, renews: terms.renews,
                    left: grant.lease, countedFrom: grantedAt, pace: terms.pace)
                // A grant that lay unread, because the process was stopped, is void or will soon be; asking tells.
                if lease.deadline.milliseconds() < grant.lease / 2 { return nil }
                return try install(lease, session: session)
            }
            if waiter.takeMustAsk() { return nil }
            if let reason = wait.stopReason { return try giveUp(reason, waiter, session) }
            let now = Instant.now
            if now >= wait.deadline { return try giveUp(.timedOut, waiter, session) }
            if now >= line.askAt { return nil }
            wait.sleep(until: line.askAt)
        }
    }

    /// Leaves the line. Whoever is granted in the last moment keeps it after a time-out, and gives it back when told to stop.
    private func giveUp(_ reason: Status, _ waiter: MailboxWaiter, _ session: Session) throws(CoordinationError)
        -> Status
    {
        let sentAt = Instant.now
        let patience = Patience(deadline: sentAt.advanced(milliseconds: GrantHandle.farewell))
        do throws(CoordinationError) {
            let reply = try run(calls.withdraw(token: waiter.token, givesBack: reason != .timedOut), patience, session)
            if let status = try install(reply, token: waiter.token, sentAt: sentAt, session: session) { return status }
        } catch {
            session.chores.add(calls.withdraw(token: waiter.token, givesBack: true))
        }
        return reason
    }

    /// Ends an acquire whose request failed. The request may have reached the server all the same: it is taken back.
    func endAfter(
        _ error: CoordinationError, token: String, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Status {
        if error.status == .noReply || error.status == .interrupted {
            session.chores.add(calls.withdraw(token: token, givesBack: true))
        }
        if error.status == .interrupted, let reason = wait.stopReason { return reason }
        throw error
    }
}
