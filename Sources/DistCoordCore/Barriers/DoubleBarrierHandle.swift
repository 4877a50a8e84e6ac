// A handle on a double barrier: parties begin together and leave together.
//
// A party holds a lease while it is inside, as a lock's holder does (GrantHandle with PartyCalls): entering acquires
// it, leaving releases it, and the keeper renews it. To wait for the others is a matter of its own, see
// double_wait.lua: whoever waits asks again when the first lease may have ended, and so finds the dead.

import DistCoordRedis

/// One party of a double barrier.
public final class DoubleBarrierHandle: Sendable {
    /// How a double barrier stands.
    public struct Snapshot: Sendable {
        public let inside: Int64
        public let left: Int64
        /// Of this round, less those that have died.
        public let parties: Int64
        /// From 0.
        public let round: Int64
    }

    private struct Stay: Sendable {
        var isEntering = false
        /// The round that this party is in, or was in last.
        var round: Int64 = 0
    }

    public let name: String
    public let parties: Int64
    private let client: Client
    private let calls: PartyCalls
    private let grant: GrantHandle
    private let scope = CancelScope()
    private let stay = Guarded(Stay())

    private static let wait = Script("double_wait", PackageResources.double_wait_lua)
    private static let abort = Script("double_abort", PackageResources.double_abort_lua)
    private static let inspect = Script("double_inspect", PackageResources.double_inspect_lua)

    static var scripts: [Script] { [wait, abort, inspect] }

    /// - Parameter shrinks: Whether the others go on without a party that dies; otherwise that breaks it for them.
    public init(
        client: Client, name: String, parties: Int64, lease: Int64, shrinks: Bool
    ) throws(CoordinationError) {
        try Names.check(name, what: "double barrier name")
        try BarrierHandle.check(parties: parties)
        try LeaseLength.check(lease)
        try client.checkOpen()
        try client.requireOneServer("a double barrier")
        self.client = client
        self.name = name
        self.parties = parties
        calls = PartyCalls(
            key: Keys(namespace: client.options.namespace).doubleBarrier(name: name), name: name, parties: parties,
            shrinks: shrinks)
        grant = GrantHandle(
            client: client, calls: calls, terms: GrantTerms(lease: lease, renews: true, isCounted: false))
    }

    // MARK: - Entering

    /// Enters, and waits until all are in, for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` with the index; `.timedOut`, `.cancelled`, `.interrupted`, `.broken`, each of which leaves the
    ///   party outside; `.exists` when this handle is inside.
    public func enter(milliseconds: Int64) throws(CoordinationError) -> (Status, Int64?) {
        let session = try client.openSession()
        try grant.checkProcess()
        let mayEnter = stay.withLock { stay in
            if stay.isEntering || grant.state == .held { return false }
            stay.isEntering = true
            return true
        }
        if !mayEnter { return (.exists, nil) }
        defer { stay.withLock { $0.isEntering = false } }
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        if let reason = try register(wait, session, looksOnce: milliseconds == 0) { return (reason, nil) }
        var isIn = false
        // Whoever is not in has withdrawn, and holds nothing here either.
        defer {
            if !isIn, grant.state == .held { for call in grant.surrender() { session.chores.add(call) } }
        }
        guard let party = grant.hold.withLock({ $0.lease?.token }) else { return (.broken, nil) }
        switch try meeting("enter", party: party).meet(wait, session) {
        case .gaveUp(let reason): return (reason, nil)
        case .answered(let answer, _):
            guard answer.code == 1 else { return (.broken, nil) }
            isIn = true
            stay.withLock { $0.round = answer.second }
            return (.ok, answer.first)
        }
    }

    /// Becomes a party of a round that has not begun; a status when it came to nothing.
    private func register(
        _ wait: Wait, _ session: Session, looksOnce: Bool
    ) throws(CoordinationError) -> Status? {
        while true {
            let status = try grant.acquire(milliseconds: 0, endedBy: scope)
            if status == .ok { return nil }
            if let reason = wait.stopReason {
                session.settleChores()
                return reason
            }
            if status != .timedOut || looksOnce { return status }
            // A round is under way.
            if case .gaveUp(let reason) = try meeting("next", party: "").meet(wait, session) { return reason }
        }
    }

    // MARK: - Leaving

    /// Leaves, and waits until all have, for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok`; `.broken`, `.timedOut`, `.cancelled`, `.interrupted`; `.notHeld`, `.lost`.
    public func leave(milliseconds: Int64) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let (isEntering, round) = stay.withLock { ($0.isEntering, $0.round) }
        if isEntering { return .notHeld }
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let lease = grant.hold.withLock { $0.lease }
        let status: Status
        do throws(CoordinationError) {
            status = try grant.release()
        } catch {
            // It holds nothing any more; the server must know it before its lease ends, or takes this party for dead.
            if let lease, error.status.isRetriable || error.status == .interrupted {
                session.chores.add(calls.release(token: lease.token, fence: lease.fence))
            }
            throw error
        }
        guard status == .ok, let lease else { return status }
        switch try meeting("leave", party: lease.token, round: round).meet(wait, session) {
        case .gaveUp(let reason): return reason
        case .answered(let answer, _): return answer.code == 1 ? .ok : .broken
        }
    }

    private func meeting(_ what: String, party: String, round: Int64? = nil) -> Rendezvous {
        let key = calls.key
        @Sendable func call(_ token: String, _ known: Int64, givesUp: Bool) -> ScriptCall {
            let generation = round ?? known
            return ScriptCall(
                DoubleBarrierHandle.wait, keys: [key],
                arguments: [what, party, token, String(generation), givesUp ? "1" : "0"])
        }
        return Rendezvous(ask: { call($0, $1, givesUp: false) }, giveUp: { call($0, $1, givesUp: true) })
    }

    // MARK: - All else

    /// Breaks it for all who are of its round.
    public func abort() throws(CoordinationError) {
        let session = try client.openSession()
        try session.once(DoubleBarrierHandle.abort, keys: [calls.key], base: calls.key, arguments: [])
    }

    /// Asks the server.
    public func inspect() throws(CoordinationError) -> Snapshot {
        let session = try client.openSession()
        let reply = try session.run(
            ScriptCall(DoubleBarrierHandle.inspect, keys: [calls.key], arguments: [String(parties)]))
        return Snapshot(
            inside: reply.integer(at: 0), left: reply.integer(at: 1), parties: reply.integer(at: 2),
            round: reply.integer(at: 3))
    }

    /// What this handle is, without asking the server: held is inside, free is outside.
    public var state: GrantState { grant.state }

    /// Readable while the state is lost.
    public var eventDescriptor: Int32 { grant.eventDescriptor }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }

    /// Leaves in the background: the handle is being freed.
    public func dispose() {
        scope.cancel()
        grant.dispose()
    }
}
