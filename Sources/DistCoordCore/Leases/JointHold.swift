// What is held by means of several grants: a lock of a quorum, whose servers grant it one by one, or several locks that
// cannot be acquired in one step. Each grant has a handle of its own, which renews it; here is what they are together:
// held, until when, lost, and how that is told.

import DistCoordRedis

/// Several grants that stand for one.
protocol JointGrant: AnyObject, Sendable {
    var fence: UInt64 { get }
    /// Until when enough of the grants are held for certain; in the past when too few are.
    var deadline: Instant { get }
    /// When there is something to mend; `.never` when all is whole.
    var mendsAt: Instant { get }
    /// Tries to have again what is missing, without waiting for it.
    func mend()
    /// Gives everything back in the background.
    func abandon()
}

/// What a handle on such a thing holds; used by any number of threads.
final class JointHold: Leased, Holding {
    private struct State {
        var grant: (any JointGrant)?
        /// What was lost and is not given back yet, and when it will be.
        var lapsed: (grant: any JointGrant, until: Instant)?
        /// The session under which it is held; another process' after fork.
        var session: Session?
        var isLost = false
        var lastFence: UInt64 = 0
        var since = Instant.never
        /// Session that knows this as a holder.
        var registeredGeneration = -1
    }

    /// What is held, in words.
    let what: String
    private let client: Client
    private let scope: CancelScope
    /// For how long what was lost is kept from others, in milliseconds.
    private let grace: Int64
    private let state = Guarded(State())
    private let loss: LossSignal
    let isKept = Flag()

    /// - Parameters:
    ///   - scope: What ends the waits for a loss.
    ///   - grace: For how many milliseconds what was lost is kept from others, unless its holder lets go before.
    ///   - loss: What is raised then.
    init(client: Client, what: String, scope: CancelScope, grace: Int64 = 0, loss: LossSignal = LossSignal()) {
        self.client = client
        self.what = what
        self.scope = scope
        self.grace = grace
        self.loss = loss
    }

    deinit {
        let session = state.withLock { $0.session }
        if let session, session.generation == ForkGuard.generation { session.remove(self) }
    }

    /// Holds a grant from now on.
    func install(_ grant: any JointGrant, _ session: Session) throws(CoordinationError) {
        let (isNew, old) = state.withLock { state in
            let old = state.session?.generation == session.generation ? state.grant : nil
            state.grant = grant
            state.session = session
            state.isLost = false
            state.lastFence = grant.fence
            state.since = .now
            // With the lock held, here and below: the signal must not be overtaken by a later change of what it stands
            // for.
            loss.lower()
            defer { state.registeredGeneration = session.generation }
            return (state.registeredGeneration != session.generation, old)
        }
        // One that was over without anybody having looked.
        old?.abandon()
        letGoOfLapsed()
        if isNew { session.add(self) }
        do throws(RedisError) {
            try session.keeper.keep(self)
        } catch {
            let grant = state.withLock { $0.grant.take() }
            grant?.abandon()
            throw CoordinationError(error)
        }
        // What was lost before the keeper knew.
        recount()
    }

    /// Takes the grant out, which then is not held here any more; else why there is none.
    func take() throws(CoordinationError) -> (grant: (any JointGrant)?, since: Instant, otherwise: Status) {
        try checkProcess()
        letGoOfLapsed()
        return state.withLock { state in
            defer {
                state.grant = nil
                state.isLost = false
                loss.lower()
            }
            return (state.grant, state.since, state.isLost ? .lost : .notHeld)
        }
    }

    /// The present grant, unless it is over; else why there is none.
    func present() throws(CoordinationError) -> (grant: (any JointGrant)?, otherwise: Status) {
        try checkProcess()
        recount()
        return state.withLock { ($0.grant, $0.isLost ? .lost : .notHeld) }
    }

    /// Lets go in the background: the handle is being freed.
    func dispose() {
        let (grant, session) = state.withLock { state in
            defer { state.grant = nil }
            return (state.grant, state.session)
        }
        guard let session, session.generation == ForkGuard.generation else { return }
        session.keeper.forget(self)
        session.remove(self)
        grant?.abandon()
        letGoOfLapsed()
    }

    /// Gives back what was lost: its holder has ended what it did.
    func letGoOfLapsed() {
        let lapsed = state.withLock { $0.lapsed.take() }
        lapsed?.grant.abandon()
    }

    /// Looks whether enough is still held; to be called when a part was lost.
    func recount() {
        let (lost, session) = state.withLock { state -> ((any JointGrant)?, Session?) in
            guard let grant = state.grant, let session = state.session, session.generation == ForkGuard.generation,
                grant.deadline <= .now
            else { return (nil, state.session) }
            state.grant = nil
            state.isLost = true
            if grace > 0 { state.lapsed = (grant, .now.advanced(milliseconds: grace)) }
            loss.raise()
            return (grant, session)
        }
        guard let session else { return }
        if let lost {
            session.log(.error, "\(what) lost: too few of its grants could be kept")
            if grace == 0 { lost.abandon() } else { wake(session) }
        } else {
            wake(session)
        }
    }

    /// Has the keeper look again: there may be something to mend sooner than it knows.
    private func wake(_ session: Session) {
        guard session.generation == ForkGuard.generation, state.withLock({ $0.grant != nil || $0.lapsed != nil }) else { return }
        do throws(RedisError) {
            try session.keeper.keep(self)
        } catch {
            session.log(.warning, error.message)
        }
    }

    private func checkProcess() throws(CoordinationError) {
        let isForeign = state.withLock { state in
            state.session.map { $0.generation != ForkGuard.generation } == true && (state.grant != nil || state.isLost)
        }
        guard isForeign else { return }
        throw CoordinationError(
            .forked, "\(what) is held by the parent of this process; acquire it here with a handle of your own")
    }

    // MARK: - What is known without asking

    var grantState: GrantState {
        state.withLock { state in
            // What the parent of a forked process holds, this one does not.
            if let session = state.session, session.generation != ForkGuard.generation { return .free }
            if state.isLost { return .lost }
            guard let grant = state.grant else { return .free }
            if grant.deadline > .now { return .held }
            // Whoever sees it before the keeper does must find the signal raised, too.
            loss.raise()
            return .lost
        }
    }

    /// Fence of the present grant, else of the last one, else 0.
    var fence: UInt64 { state.withLock { $0.lastFence } }

    /// For how long it is held for certain, in milliseconds.
    var leaseLeft: Int64 {
        guard grantState == .held else { return 0 }
        return state.withLock { $0.grant?.deadline.wholeMilliseconds() ?? 0 }
    }

    /// Readable while the state is lost.
    var eventDescriptor: Int32 { loss.descriptor }

    /// Waits until what is held now is lost.
    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try loss.wait(client, scope, milliseconds: milliseconds, state: { grantState }, fence: { fence })
    }

    /// The same in a wait that has begun.
    func waitLost(_ wait: Wait) -> Status {
        loss.wait(wait, state: { grantState }, fence: { fence })
    }

    // MARK: - For the keeper

    var schedule: (renewAt: Instant, lostAt: Instant) {
        let (grant, lapsesAt) = state.withLock { ($0.grant, $0.lapsed?.until ?? .never) }
        guard let grant else { return (.never, lapsesAt) }
        return (grant.mendsAt, min(grant.deadline, lapsesAt))
    }

    /// Each grant is renewed by the keeper of its own server; what is to be done here is to replace those that are
    /// missing.
    func renewal() -> ScriptCall? {
        state.withLock { $0.grant }?.mend()
        return nil
    }

    func renewed(_ reply: Reply, sentAt: Instant) {}

    func renewalFailed(retryAt: Instant) {}

    func expire(now: Instant) {
        recount()
        if state.withLock({ $0.lapsed.map { $0.until <= now } ?? false }) { letGoOfLapsed() }
    }

    func surrender() -> [ScriptCall] {
        letGoOfLapsed()
        let grant = state.withLock { state in
            loss.lower()
            return state.grant.take()
        }
        grant?.abandon()
        return []
    }
}
