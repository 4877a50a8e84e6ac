// A handle on an election. Leadership is held exactly as a lock is; what an election adds is a value that all can read, and
// that all can watch who leads.

import DistCoordRedis

/// Stands for election, and observes it.
public final class ElectionHandle: Sendable {
    private struct State {
        /// Published in place of the value that the candidacy shows.
        var value: String?
        /// The campaign without end that is under way, if there is one.
        var runner: ElectionRunner?
    }

    public let name: String
    private let place: LockPlace
    private let form: any LeadershipForm
    private let state = Guarded(State())
    private let scope = CancelScope()

    public init(client: Client, name: String, options: ElectionOptions) throws(CoordinationError) {
        try Names.check(name, what: "election name")
        let value = options.value ?? client.options.label
        try ElectionOptions.check(value: value)
        try options.check()
        try client.checkOpen()
        self.name = name
        place = LockPlace(client: client, kind: .election, name: name, options: options.lock, value: value)
        form = client.isQuorum ? try QuorumLock(place) : PlainLock(place)
    }

    /// Stands for election and waits to win, for at most `milliseconds` (negative: for ever).
    ///
    /// - Returns: `.ok` when leading; `.timedOut`, `.cancelled`, `.interrupted`.
    public func campaign(milliseconds: Int64) throws(CoordinationError) -> Status {
        if form.state == .held { return .ok }
        let status = try form.acquire(milliseconds: milliseconds)
        guard status == .ok, let value = state.withLock({ $0.value }) else { return status }
        // A candidacy shows the value that the handle had at first.
        do throws(CoordinationError) {
            if try form.announce(value) == .ok { return .ok }
        } catch {
            // A campaign that fails must not leave a leader behind who does not know of it. What the server cannot be told,
            // the lease ends.
            _ = try? form.release()
            throw error
        }
        // Lost again before it could be said.
        return try campaign(milliseconds: milliseconds)
    }

    /// Stands down.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    public func resign() throws(CoordinationError) -> Status {
        guard let runner = state.withLock({ $0.runner }) else { return try form.release() }
        // What the program has begun as a leader, it ends before anybody else leads: the runner sees to that. Without a round
        // trip: the callback that resigns is to return in good time, also when the leadership is lost and the server away.
        switch form.state {
        case .held:
            runner.standDown()
            return .ok
        case .lost: return .lost
        case .free: return .notHeld
        }
    }

    /// Publishes another value, now if leading, and whenever this handle wins.
    ///
    /// - Returns: `.ok`, `.lost`.
    public func set(value: String) throws(CoordinationError) -> Status {
        try ElectionOptions.check(value: value)
        try place.client.checkOpen()
        let former = state.withLock { state in
            defer { state.value = value }
            return state.value
        }
        do throws(CoordinationError) {
            let status = try form.announce(value)
            return status == .notHeld ? .ok : status
        } catch {
            state.withLock { if $0.value == value { $0.value = former } }
            throw error
        }
    }

    /// Takes the leadership from whoever has it under that term (0: any).
    ///
    /// - Returns: `.ok`, `.notHeld`.
    public func evict(term: UInt64) throws(CoordinationError) -> Status {
        try form.breakHold(fence: term)
    }

    /// Campaigns again and again until the wait is ended, and tells of each win and each end; see `ElectionRunner`.
    ///
    /// - Returns: `.cancelled`, `.interrupted`.
    public func run(
        acquired: (_ term: UInt64) -> Void, ended: (_ term: UInt64, _ wasLost: Bool) -> Void
    ) throws(CoordinationError) -> Status {
        let runner = ElectionRunner(self, form)
        let isFirst = state.withLock { state in
            guard state.runner == nil else { return false }
            state.runner = runner
            return true
        }
        guard isFirst else {
            throw CoordinationError(
                .conflict, "this handle on election '\(name)' runs already; use another handle for another candidate")
        }
        defer { state.withLock { $0.runner = nil } }
        let session = try place.client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        return try runner.run(wait, session, acquired: acquired, ended: ended)
    }

    // MARK: - Who leads

    /// Waits until the leader's term is not `knownTerm`, or, when that is not 0, until nobody leads.
    ///
    /// - Returns: `.ok` with the leader, `.empty` when nobody leads; `.timedOut`, `.cancelled`, `.interrupted`.
    public func observe(knownTerm: UInt64, milliseconds: Int64) throws(CoordinationError) -> (
        Status, ExclusiveSnapshot?
    ) {
        let session = try place.client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let leader = try inspect()
        if let leader, leader.fence != knownTerm { return (.ok, leader) }
        if leader == nil, knownTerm != 0 { return (.empty, nil) }
        if milliseconds == 0 { return (.timedOut, nil) }
        let watch = try LeaderWatch(place, form, after: knownTerm)
        defer { watch.dispose() }
        return try watch.next(wait)
    }

    /// Watches who leads and what the leader publishes, from now on.
    public func watch() throws(CoordinationError) -> LeaderWatch {
        try LeaderWatch(place, form, after: nil)
    }

    /// Asks who leads; nil when nobody does.
    public func inspect() throws(CoordinationError) -> ExclusiveSnapshot? {
        try form.inspect()
    }

    // MARK: - What the handle knows

    public var leadershipState: GrantState { form.state }

    /// Term of the present leadership, else of the last one, else 0.
    public var term: UInt64 { form.fence }

    /// Readable while the state is lost.
    public var eventDescriptor: Int32 { form.eventDescriptor }

    /// Waits until the present leadership is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try form.waitLost(milliseconds: milliseconds)
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
        form.cancelWaits()
        state.withLock { $0.runner }?.wake()
    }

    /// Stands down in the background: the handle is being freed.
    public func dispose() {
        cancelWaits()
        form.dispose()
    }
}
