// A handle on a cyclic barrier.
//
// Every wait is a party with a token of its own. The last to arrive releases all in one script, which first looks whether the
// others' clients still listen. A message tells each its index; a party that may have missed it asks again, and the script
// remembers the generation released last.

import DistCoordRedis

/// Waits for the other parties; used by any number of threads.
public final class BarrierHandle: Sendable {
    /// Where a party came out.
    public struct Arrival: Sendable {
        /// From 0, in order of arrival, another for each party.
        public let index: Int64
        /// From 0.
        public let generation: Int64
    }

    /// How a barrier stands.
    public struct Snapshot: Sendable {
        public let waiting: Int64
        public let generation: Int64
        public let isBroken: Bool
    }

    public let name: String
    public let parties: Int64
    private let client: Client
    private let keys: [String]
    private let scope = CancelScope()

    private static let arrive = Script("barrier_arrive", PackageResources.barrier_arrive_lua)
    private static let leave = Script("barrier_leave", PackageResources.barrier_leave_lua)
    private static let breakScript = Script("barrier_break", PackageResources.barrier_break_lua)
    private static let inspectScript = Script("barrier_inspect", PackageResources.barrier_inspect_lua)

    static var scripts: [Script] { [arrive, leave, breakScript, inspectScript] }

    /// How often a waiting party asks again even if nothing happens, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000
    /// How long a party that gives up tries to tell the server at once.
    private static let farewell: Int64 = 100

    public init(client: Client, name: String, parties: Int64) throws(CoordinationError) {
        try Names.check(name, what: "barrier name")
        guard (1...1_000_000).contains(parties) else {
            throw .invalid("a barrier for \(parties) parties is out of range; 1 to 1000000 are allowed")
        }
        try client.checkOpen()
        try client.requireOneServer("a barrier")
        self.client = client
        self.name = name
        self.parties = parties
        keys = Keys(namespace: client.options.namespace).barrier(name: name)
    }

    /// Arrives and waits for the others, for at most `milliseconds` (negative: for ever).
    ///
    /// - Returns: `.ok` with the arrival; `.timedOut`, `.cancelled`, `.interrupted` (each has broken the barrier), `.broken`.
    public func wait(milliseconds: Int64) throws(CoordinationError) -> (Status, Arrival?) {
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let waiter: MailboxWaiter
        do throws(RedisError) {
            waiter = try session.mailbox.register(wait)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { return (reason, nil) }
            throw CoordinationError(error)
        }
        defer { session.mailbox.remove(waiter) }
        var generation: Int64 = -1
        while true {
            var askAt = Instant.now.advanced(milliseconds: Int64.random(in: BarrierHandle.recheck))
            do throws(CoordinationError) {
                let call = ScriptCall(
                    BarrierHandle.arrive, keys: keys, arguments: [waiter.token, String(parties), String(generation)])
                let reply = try run(call, wait.patience, session)
                if let answer = try answer(reply) { return answer }
                generation = reply.integer(at: 1)
            } catch {
                if error.status == .interrupted, let reason = wait.stopReason { return giveUp(reason, waiter, session) }
                guard generation >= 0, error.status.isRetriable else {
                    if error.status == .noReply { session.chores.add(leaveCall(waiter)) }
                    throw error
                }
                askAt = Instant.now.advanced(milliseconds: 100)
            }
            if let answer = sleep(until: askAt, waiter, wait, session) { return answer }
        }
    }

    /// Breaks the barrier for all.
    public func abort() throws(CoordinationError) {
        try change(toBroken: true)
    }

    /// Makes the barrier empty and whole again.
    public func reset() throws(CoordinationError) {
        try change(toBroken: false)
    }

    /// Asks the server.
    public func inspect() throws(CoordinationError) -> Snapshot {
        let session = try client.openSession()
        let reply = try run(
            ScriptCall(BarrierHandle.inspectScript, keys: keys, arguments: []), session.patience(), session)
        return Snapshot(
            waiting: reply.integer(at: 0), generation: reply.integer(at: 1), isBroken: reply.integer(at: 2) != 0)
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }

    private func change(toBroken: Bool) throws(CoordinationError) {
        let session = try client.openSession()
        let call = ScriptCall(BarrierHandle.breakScript, keys: keys, arguments: [toBroken ? "1" : "0"])
        _ = try run(call, session.patience(), session)
    }

    /// What a reply of arrive or leave says; nil: wait.
    private func answer(_ reply: Reply) throws(CoordinationError) -> (Status, Arrival?)? {
        switch reply.integer(at: 0) {
        case 0: return nil
        case 1: return (.ok, Arrival(index: reply.integer(at: 1), generation: reply.integer(at: 2)))
        case 2: return (.broken, nil)
        default:
            throw CoordinationError(
                .conflict,
                "barrier '\(name)' is in use for \(reply.integer(at: 1)) parties, not \(parties); all must agree on the number"
            )
        }
    }

    private func sleep(until askAt: Instant, _ waiter: MailboxWaiter, _ wait: Wait, _ session: Session) -> (
        Status, Arrival?
    )? {
        while true {
            while let message = waiter.takeMessage() {
                // "R <generation> <index>" or "B"
                let words = message.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
                if words.count == 3, words[0] == "R", let generation = Int64(words[1]), let index = Int64(words[2]) {
                    return (.ok, Arrival(index: index, generation: generation))
                }
                if words == ["B"] { return (.broken, nil) }
            }
            if waiter.takeMustAsk() { return nil }
            if let reason = wait.stopReason { return giveUp(reason, waiter, session) }
            let now = Instant.now
            if now >= wait.deadline { return giveUp(.timedOut, waiter, session) }
            if now >= askAt { return nil }
            wait.sleep(until: askAt)
        }
    }

    private func leaveCall(_ waiter: MailboxWaiter) -> ScriptCall {
        ScriptCall(BarrierHandle.leave, keys: keys, arguments: [waiter.token])
    }

    private func giveUp(_ reason: Status, _ waiter: MailboxWaiter, _ session: Session) -> (Status, Arrival?) {
        let patience = Patience(deadline: Instant.now.advanced(milliseconds: BarrierHandle.farewell))
        do throws(CoordinationError) {
            let reply = try run(leaveCall(waiter), patience, session)
            // Released, or broken by another, in the last moment: that is what the others have seen, too.
            if let answer = try answer(reply) { return answer }
        } catch {
            session.chores.add(leaveCall(waiter))
        }
        return (reason, nil)
    }

    private func run(_ call: ScriptCall, _ patience: Patience, _ session: Session) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
    }
}
