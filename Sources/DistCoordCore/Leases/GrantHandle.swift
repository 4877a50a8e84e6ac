// A handle on something that is granted under a lease: a lock, several, a hold of a read-write lock, permits, a leadership.
//
// What differs between them is the calls (GrantCalls). What is alike is here: to acquire, keep, extend and release, and to know
// what is held. How a handle waits is in GrantHandle+Line.swift.

import DistCoordRedis

/// What a handle knows about its own grant.
public enum GrantState: Int32, Sendable {
    case free = 0
    case held, lost
}

/// How a handle holds what it is granted.
struct GrantTerms: Sendable {
    /// Milliseconds for which it outlives its holder.
    var lease: Int64
    /// Whether the lease is renewed while it is held.
    var renews: Bool
    /// Whether each acquire and release is logged.
    var traces = false
    /// Told on recall; what lingers then registers its tokens with the mailbox.
    var lingers = false
    /// One of several grants that stand for one, which may do without it.
    var isPart = false
    /// How it is renewed, and given up.
    var pace = LeasePace()
    /// Whether this handle counts its acquires and releases; otherwise whoever stands above it does.
    var isCounted = true
}

/// Acquires, keeps, extends and releases; used by any number of threads.
public final class GrantHandle: Leased, Holding {
    struct Hold: Sendable {
        var lease: Lease?
        /// The session under which it is held; another process' after fork.
        var session: Session?
        var isLost = false
        var lastFence: UInt64 = 0
        /// When the present grant was had.
        var since = Instant.never
        /// Fence of the grant whose renewal is under way.
        var renewingFence: UInt64 = 0
        /// The last acquire had to wait: the next one goes to the line directly, which saves a round trip.
        var expectsToWait = false
        /// The server is being told a greater fence: whether it knows the old or the new one is not certain.
        var isRaising = false
        /// A grant whose lease has ended here, while the server may count it a little longer.
        var expired: (lease: Lease, session: Session)?
        /// Session that knows this handle as a holder.
        var registeredGeneration = -1
        /// Told when the grant is lost, without any lock held.
        var onLoss: (@Sendable () -> Void)?
        /// Told when somebody waits for what lingers, with the fence of the grant that is meant.
        var onRecall: (@Sendable (UInt64) -> Void)?
    }

    let client: Client
    let calls: any GrantCalls
    let terms: GrantTerms
    let hold = Guarded(Hold())
    let isKept = Flag()
    let loss = LossSignal()
    let scope = CancelScope()
    let meter: LockMeter

    /// - Parameter meter: What counts for this handle; nil for one of its own. Handles that are made for each grant share
    ///   one, which remembers where it counts.
    init(client: Client, calls: any GrantCalls, terms: GrantTerms, meter: LockMeter? = nil) {
        self.client = client
        self.calls = calls
        self.terms = terms
        self.meter =
            meter
            ?? LockMeter(subjects: terms.isCounted ? calls.subjects : [], traces: terms.isCounted && terms.traces)
    }

    /// What it is a handle on, in words.
    var what: String { calls.what }

    // MARK: - Acquire

    /// Acquires, waiting for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        try acquire(milliseconds: milliseconds, endedBy: scope)
    }

    /// The same, in a wait that ends with another scope than the waits of who holds.
    func acquire(milliseconds: Int64, endedBy scope: CancelScope) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        settleExpired()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let began = Instant.now
        var isContended = false
        let status = try acquire(
            wait, scope, session, tries: milliseconds == 0, began: began, isContended: &isContended)
        if status == .ok {
            meter.acquired(session, fence: fence, since: began, isContended: isContended)
        } else {
            meter.gaveUp(session, status, since: began)
        }
        return status
    }

    private func acquire(
        _ wait: Wait, _ scope: CancelScope, _ session: Session, tries: Bool, began: Instant, isContended: inout Bool
    ) throws(CoordinationError) -> Status {
        if tries || calls.isUnfair || !hold.withLock({ $0.expectsToWait }) {
            if terms.lingers { try openMailbox(wait, session) }
            let token = makeToken(session)
            do throws(CoordinationError) {
                let reply = try request(token: token, arrival: nil, wait, session)
                if let status = try install(reply, token: token, sentAt: began, session: session) { return status }
                // A lingering holder was asked to let go: worth a moment of waiting, even for who only tries.
                if tries, reply.integer(at: 5) == 1 {
                    forgetToken(token, session)
                    let short = Wait(session, scope: scope, milliseconds: GrantHandle.recallPatience)
                    defer { short.end() }
                    return try standInLine(short, session, &isContended)
                }
            } catch {
                forgetToken(token, session)
                return try endAfter(error, token: token, wait, session)
            }
            forgetToken(token, session)
            if tries { return .timedOut }
        }
        return try standInLine(wait, session, &isContended)
    }

    private func openMailbox(_ wait: Wait, _ session: Session) throws(CoordinationError) {
        do throws(RedisError) {
            try session.mailbox.open(wait.patience)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { throw CoordinationError(reason, error.message) }
            throw CoordinationError(error)
        }
    }

    /// How long an acquire that only tries waits for a holder that lingers, in milliseconds.
    private static let recallPatience: Int64 = 50

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }

    /// Runs a call that grants without waiting, as adopting does; its reply is that of a withdrawal.
    func take(over call: (_ token: String) -> ScriptCall) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let token = makeToken(session)
        let sentAt = Instant.now
        let reply = try run(call(token), session.patience(), session)
        if let status = try install(reply, token: token, sentAt: sentAt, session: session) { return status }
        return .notHeld
    }

    func run(_ call: ScriptCall, _ patience: Patience, _ session: Session) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
    }

    func request(
        token: String, arrival: Int64?, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Reply {
        let reply = try translating { () throws(RedisError) in
            try calls.acquire(
                session.redis, token: token, lease: terms.lease, arrival: arrival, patience: wait.patience)
        }
        if reply.count == 0, let code = reply.integer, code < 0 { throw calls.refusal(code) }
        return reply
    }

    /// A token for an attempt that does not wait. That of a lingering handle is listened to: its grant may be recalled.
    private func makeToken(_ session: Session) -> String {
        terms.lingers ? session.mailbox.listen { [weak self] in self?.heed($0) } : session.mailbox.makeToken()
    }

    func forgetToken(_ token: String, _ session: Session) {
        if terms.lingers { session.mailbox.unlisten(token) }
    }

    /// A message to the holder: somebody waits for what lingers.
    func heed(_ message: [UInt8]) {
        guard let fence = RecallMessage(message)?.fence else { return }
        hold.withLock { $0.onRecall }?(fence)
    }

    /// Takes over the grant that a reply tells of; nil when it tells of none.
    func install(
        _ reply: Reply, token: String, sentAt: Instant, session: Session
    ) throws(CoordinationError) -> Status? {
        let (fence, left): (Int64?, Int64)
        if reply.count == 0 {
            (fence, left) = (reply.integer, terms.lease)
        } else {
            (fence, left) = (reply.integer(at: 0) == 1 ? reply.integer(at: 1) : nil, reply.integer(at: 2))
        }
        guard let fence else { return nil }
        return try install(
            Lease(
                token: token, fence: UInt64(clamping: fence), length: terms.lease, renews: terms.renews, left: left,
                countedFrom: sentAt, pace: terms.pace),
            session: session)
    }

    func install(_ lease: Lease, session: Session) throws(CoordinationError) -> Status {
        let isNew = hold.withLock { hold in
            hold.lease = lease
            hold.session = session
            hold.isLost = false
            hold.lastFence = lease.fence
            hold.since = .now
            // With the lock held, here and below: the signal must not be overtaken by a later change of what it stands for.
            loss.lower()
            defer { hold.registeredGeneration = session.generation }
            return hold.registeredGeneration != session.generation
        }
        if isNew { session.add(self) }
        do throws(RedisError) {
            try session.keeper.keep(self)
        } catch {
            // Nobody could renew it: give it back rather than lose it later.
            hold.withLock { $0.lease = nil }
            session.chores.add(calls.release(token: lease.token, fence: lease.fence))
            throw CoordinationError(error)
        }
        return .ok
    }

    // MARK: - Release and extend

    /// Lets go, and hands over to the next in line.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    public func release() throws(CoordinationError) -> Status {
        try client.checkOpen()
        let (taken, status) = try take()
        guard let (lease, session, since) = taken else {
            settleExpired()
            return status
        }
        forgetToken(lease.token, session)
        var wasResent = false
        let wasOver = lease.isOver()
        meter.released(session, fence: lease.fence, since: since, wasLost: wasOver)
        let reply = try translating { () throws(RedisError) in
            try calls.release(
                session.redis, token: lease.token, fence: lease.fence, patience: session.patience(),
                onResend: { wasResent = true })
        }
        if reply.integer == 1 { return wasOver ? .lost : .ok }
        // Sent twice, and before the lease can have ended: the first sending has released it, and others have had it since.
        return wasResent && !lease.isOver() ? .ok : .lost
    }

    /// Tells the server of a lease that has ended here, lest it counts it until it has ended there. What fails is left to the
    /// background, and to the server's clock.
    func settleExpired() {
        guard let (lease, session) = hold.withLock({ $0.expired.take() }), session.generation == ForkGuard.generation
        else {
            return
        }
        let patience = Patience(deadline: Instant.now.advanced(milliseconds: GrantHandle.farewell))
        do throws(RedisError) {
            _ = try calls.release(
                session.redis, token: lease.token, fence: lease.fence, patience: patience, onResend: {})
        } catch {
            session.chores.add(calls.release(token: lease.token, fence: lease.fence))
        }
    }

    /// Sets the lease to end `milliseconds` from now (0: the handle's own length).
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    public func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        try client.checkOpen()
        let length = milliseconds == 0 ? terms.lease : milliseconds
        try LeaseLength.check(length)
        guard let (lease, session) = try held() else { return hold.withLock { $0.isLost } ? .lost : .notHeld }
        let sentAt = Instant.now
        let reply = try run(
            calls.extend(token: lease.token, fence: lease.fence, lease: length), session.patience(), session)
        guard reply.integer ?? 0 > 0 else {
            lose(lease.fence, "another has it")
            return .lost
        }
        guard renew(lease.fence, length: length, countedFrom: sentAt) else { return .lost }
        try translating { () throws(RedisError) in try session.keeper.keep(self) }
        return .ok
    }

    /// Changes the grant by a call that answers 1 while it is held; with `forgets`, the handle then holds nothing.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    func change(
        forgets: Bool = false, _ call: (_ token: String, _ fence: UInt64) -> ScriptCall
    ) throws(CoordinationError) -> Status {
        try client.checkOpen()
        guard let (lease, session) = try held() else { return hold.withLock { $0.isLost } ? .lost : .notHeld }
        let reply = try run(call(lease.token, lease.fence), session.patience(), session)
        if let code = reply.integer, code < 0 { throw calls.refusal(code) }
        guard reply.integer == 1 else {
            lose(lease.fence, "another has it")
            return .lost
        }
        if forgets {
            hold.withLock { hold in
                if hold.lease?.fence == lease.fence { hold.lease = nil }
                loss.lower()
            }
        }
        return .ok
    }

    /// Lets go in the background: the handle is being freed.
    public func dispose() {
        scope.cancel()
        let session = hold.withLock { $0.session }
        guard let session, session.generation == ForkGuard.generation else { return }
        for call in surrender() { session.chores.add(call) }
        session.keeper.forget(self)
        session.remove(self)
    }

    deinit {
        let session = hold.withLock { $0.session }
        if let session, session.generation == ForkGuard.generation { session.remove(self) }
    }

    /// The present grant, unless it is over.
    private func held() throws(CoordinationError) -> (Lease, Session)? {
        let (lease, session) = hold.withLock { ($0.lease, $0.session) }
        guard let lease, let session else { return nil }
        try checkProcess(session)
        if lease.isOver() {
            expire(now: .now)
            return nil
        }
        return (lease, session)
    }

    /// Takes the grant out of the handle, which holds nothing afterwards.
    private func take() throws(CoordinationError) -> ((Lease, Session, since: Instant)?, Status) {
        try checkProcess()
        return hold.withLock { hold in
            defer {
                hold.lease = nil
                hold.isLost = false
                loss.lower()
            }
            guard let lease = hold.lease, let session = hold.session else {
                return (nil, hold.isLost ? .lost : .notHeld)
            }
            return ((lease, session, hold.since), .ok)
        }
    }

    /// Fails when what is held here is held by the parent of this process.
    func checkProcess() throws(CoordinationError) {
        if let session = hold.withLock({ $0.session }) { try checkProcess(session) }
    }

    private func checkProcess(_ session: Session) throws(CoordinationError) {
        guard session.generation != ForkGuard.generation, hold.withLock({ $0.lease != nil || $0.isLost }) else {
            return
        }
        throw CoordinationError(
            .forked, "\(what) is held by the parent of this process; acquire it here with a handle of your own")
    }

    // MARK: - What the handle knows

    /// What this handle holds, without asking the server.
    public var state: GrantState {
        hold.withLock { hold in
            // What the parent of a forked process holds, this one does not.
            if let session = hold.session, session.generation != ForkGuard.generation { return .free }
            if hold.isLost { return .lost }
            guard let lease = hold.lease else { return .free }
            if !lease.isOver() { return .held }
            // Whoever sees it before the keeper does must find the signal raised, too.
            loss.raise()
            return .lost
        }
    }

    /// The last acquire had to wait.
    var hadToWait: Bool { hold.withLock { $0.expectsToWait } }

    /// Fence of the present grant, else of the last one, else 0.
    public var fence: UInt64 { hold.withLock { $0.lastFence } }

    /// For how long it is held for certain, in milliseconds.
    public var leaseLeft: Int64 { deadline.wholeMilliseconds() }

    /// Until when it is held for certain; in the past when it is not held.
    var deadline: Instant {
        hold.withLock { hold in
            guard let lease = hold.lease, hold.session?.generation == ForkGuard.generation else {
                return Instant(nanoseconds: 0)
            }
            return lease.deadline
        }
    }

    /// Readable while the state is lost.
    public var eventDescriptor: Int32 { loss.descriptor }

    /// Waits until the present grant is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try loss.wait(client, scope, milliseconds: milliseconds, state: { state }, fence: { fence })
    }

    /// The same in a wait that has begun.
    func waitLost(_ wait: Wait) -> Status {
        loss.wait(wait, state: { state }, fence: { fence })
    }
}
