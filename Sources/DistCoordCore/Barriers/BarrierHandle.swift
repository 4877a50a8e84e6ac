// A handle on a cyclic barrier.
//
// Every wait is a party with a token of its own. The last to arrive releases all in one script, which first looks
// whether the others' clients still listen; or it runs the action, and another script releases all. A message tells
// each its index; a party that may have missed it asks again, and the script remembers who was released lately.

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
    private let base: String
    private let scope = CancelScope()

    private static let arrive = Script("barrier_arrive", PackageResources.barrier_arrive_lua)
    private static let leave = Script("barrier_leave", PackageResources.barrier_leave_lua)
    private static let act = Script("barrier_act", PackageResources.barrier_act_lua)
    private static let finish = Script("barrier_finish", PackageResources.barrier_finish_lua)
    private static let breakScript = Script("barrier_break", PackageResources.barrier_break_lua)
    private static let inspectScript = Script("barrier_inspect", PackageResources.barrier_inspect_lua)

    static var scripts: [Script] { [arrive, leave, act, finish, breakScript, inspectScript] }

    public init(client: Client, name: String, parties: Int64) throws(CoordinationError) {
        try Names.check(name, what: "barrier name")
        try BarrierHandle.check(parties: parties)
        try client.checkOpen()
        try client.requireOneServer("a barrier")
        self.client = client
        self.name = name
        self.parties = parties
        (keys, base) = Keys(namespace: client.options.namespace).barrier(name: name)
    }

    /// Fails when so many cannot meet.
    static func check(parties: Int64) throws(CoordinationError) {
        guard (1...1_000_000).contains(parties) else {
            throw .invalid("a barrier for \(parties) parties is out of range; 1 to 1000000 are allowed")
        }
    }

    /// The error of who expects another number of parties than those who are there.
    static func disagreement(_ what: String, _ parties: Int64, inUse: Int64) -> CoordinationError {
        CoordinationError(
            .conflict, "\(what) is in use for \(inUse) parties, not \(parties); all must agree on the number")
    }

    /// Arrives and waits for the others, for at most `milliseconds` (negative: for ever).
    ///
    /// - Parameter action: Run here if this party is the last to arrive, before anybody goes on; false breaks the
    ///   barrier.
    /// - Returns: `.ok` with the arrival; `.timedOut`, `.cancelled`, `.interrupted` (each has broken the barrier),
    ///   `.broken`.
    public func wait(
        milliseconds: Int64, action: (() -> Bool)? = nil
    ) throws(CoordinationError) -> (Status, Arrival?) {
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let ending = try session.lanes.withLane { (ticket) throws(CoordinationError) in
            try meeting(ticket, acts: action != nil).meet(wait, session)
        }
        switch ending {
        case .gaveUp(let reason): return (reason, nil)
        case .answered(let answer, let token):
            if answer.code == 4, let action { return try run(action, token, session) }
            return try outcome(answer)
        }
    }

    /// - Parameter ticket: Of the first call, by which it is known when it is sent again.
    private func meeting(_ ticket: CallTicket, acts: Bool) -> Rendezvous {
        let (keys, parties) = (keys, String(parties))
        let (lane, number) = (Keys.lane(base, ticket.lane), String(ticket.number))
        return Rendezvous(
            ask: { token, generation in
                ScriptCall(
                    BarrierHandle.arrive, keys: keys + [lane],
                    arguments: [token, parties, String(generation), acts ? "1" : "0", number])
            },
            giveUp: { token, generation in
                ScriptCall(
                    BarrierHandle.leave, keys: keys + [lane], arguments: [token, String(generation), number])
            })
    }

    private func outcome(_ answer: MeetingAnswer) throws(CoordinationError) -> (Status, Arrival?) {
        switch answer.code {
        case 1: return (.ok, Arrival(index: answer.first, generation: answer.second))
        case 2: return (.broken, nil)
        default: throw BarrierHandle.disagreement("barrier '\(name)'", parties, inUse: answer.first)
        }
    }

    /// Runs the action while all wait, and ends the generation.
    private func run(
        _ action: () -> Bool, _ token: String, _ session: Session
    ) throws(CoordinationError) -> (Status, Arrival?) {
        func finishing(_ isDone: Bool) -> ScriptCall {
            ScriptCall(BarrierHandle.finish, keys: keys, arguments: [token, isDone ? "1" : "0"])
        }
        let act = BarrierAct(ScriptCall(BarrierHandle.act, keys: keys, arguments: [token]))
        do throws(RedisError) {
            try session.keeper.keep(act)
        } catch {
            session.chores.add(finishing(false))
            throw CoordinationError(error)
        }
        let isDone = action()
        act.end()
        let reply: Reply
        do throws(RedisError) {
            // Not for the host to interrupt: all the others wait for it.
            reply = try session.redis.run(finishing(isDone), patience: session.redis.patience())
        } catch {
            // The caller is told of a failure, so the others must not go on as if there were none.
            session.chores.add(finishing(false))
            throw CoordinationError(error)
        }
        return try outcome(MeetingAnswer(reply))
    }

    /// Breaks the barrier for all.
    public func abort() throws(CoordinationError) {
        try change(toBroken: true)
    }

    /// Makes the barrier empty and whole again.
    public func reset() throws(CoordinationError) {
        try change(toBroken: false)
    }

    private func change(toBroken: Bool) throws(CoordinationError) {
        let session = try client.openSession()
        try session.once(BarrierHandle.breakScript, keys: keys, base: base, arguments: [toBroken ? "1" : "0"])
    }

    /// Asks the server.
    public func inspect() throws(CoordinationError) -> Snapshot {
        let session = try client.openSession()
        let reply = try session.run(ScriptCall(BarrierHandle.inspectScript, keys: keys, arguments: []))
        return Snapshot(
            waiting: reply.integer(at: 0), generation: reply.integer(at: 1), isBroken: reply.integer(at: 2) != 0)
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }
}
