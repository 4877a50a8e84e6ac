// A handle on something that one holder has at a time: a lock, or the leadership of an election.
//
// Waiting: the handle registers a waiter in the client's mailbox, takes a place in line on the server, and sleeps until it is
// granted. In case its messages are lost, or those who are before it and the holder die together, it also asks again: those at
// the front about once a second and when the holder's lease would end, others the more rarely the further back they are, so
// that ten thousand ask less than two hundred times a second in all. Asking is idempotent: a waiter keeps its place, and a
// grant is answered again.

import DistCoordRedis

/// Acquires, keeps, extends and releases; used by any number of threads.
public final class ExclusiveHandle: Leased, Holding {
    /// What the handle knows about its own grant.
    public enum State: Int32, Sendable {
        case free = 0
        case held, lost
    }

    private struct Hold: Sendable {
        var lease: Lease?
        /// The session under which it is held; another process' after fork.
        var session: Session?
        var isLost = false
        var lastFence: UInt64 = 0
        /// Fence of the grant whose renewal is under way.
        var renewingFence: UInt64 = 0
        /// The last acquire had to wait: the next one goes to the line directly, which saves a round trip.
        var expectsToWait = false
        /// Session that knows this handle as a holder.
        var registeredGeneration = -1
    }

    public let name: String
    let client: Client
    private let kind: ExclusiveKind
    private let leaseLength: Int64
    private let renews: Bool
    private let info: String
    private let calls: ExclusiveCalls
    private let hold = Guarded(Hold())
    let isKept = Flag()
    private let loss = LossSignal()
    private let scope = CancelScope()

    /// How often a waiter asks again though nothing happens, in milliseconds: at the front, for each place behind it, and at
    /// most. The front's is the first lease of a grant that its receiver may not have seen.
    private static let recheck: (front: Int64, perPlace: Int64, most: Int64) = (1_000, 25, 10_000)
    /// How long a waiter that gives up tries to tell the server before it leaves that to the background.
    private static let farewell: Int64 = 100

    init(client: Client, kind: ExclusiveKind, name: String, lease: Int64, renews: Bool, info: String)
        throws(CoordinationError)
    {
        try Names.check(name, what: "\(kind.rawValue) name")
        try LeaseLength.check(lease)
        try client.checkOpen()
        self.client = client
        self.kind = kind
        self.name = name
        leaseLength = lease
        self.renews = renews
        self.info = info
        calls = ExclusiveCalls(keys: Keys(namespace: client.options.namespace), kind: kind, name: name, info: info)
    }

    // MARK: - Acquire

    /// Acquires, waiting for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        if milliseconds == 0 || !hold.withLock({ $0.expectsToWait }) {
            let token = session.mailbox.makeToken()
            let sentAt = Instant.now
            do throws(CoordinationError) {
                let reply = try acquire(token: token, arrival: nil, wait, session)
                if let status = try install(reply, token: token, sentAt: sentAt, session: session) { return status }
            } catch {
                return try endAfter(error, token: token, wait, session)
            }
            if milliseconds == 0 { return .timedOut }
        }
        return try standInLine(wait, session)
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }

    private func standInLine(_ wait: Wait, _ session: Session) throws(CoordinationError) -> Status {
        hold.withLock { $0.expectsToWait = true }
        let waiter: MailboxWaiter
        do throws(RedisError) {
            waiter = try session.mailbox.register(wait)
        } catch {
            if let reason = wait.stopReason, error.code == .cancelled { return reason }
            throw CoordinationError(error)
        }
        defer { session.mailbox.remove(waiter) }
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
            if let status = try sleep(&line, waiter, wait, session) { return status }
        }
    }

    /// What a waiter knows of its place.
    private struct Line {
        var arrival: Int64 = 0
        var askAt = Instant.never
        /// A pair of readings of this machine's clock and the server's: the first was taken before the second.
        var sentAt = Instant.now
        var serverTime: Int64 = 0

        /// A moment of the server's clock as one of this machine's, rather too early than too late.
        func localMoment(ofServerTime microseconds: Int64) -> Instant {
            Instant(nanoseconds: sentAt.nanoseconds &+ (microseconds &- serverTime) &* 1_000)
        }
    }

    /// Asks for the thing, or for the place in line; a status when it is had.
    private func ask(_ line: inout Line, _ waiter: MailboxWaiter, _ wait: Wait, _ session: Session)
        throws(CoordinationError) -> Status?
    {
        let sentAt = Instant.now
        let reply = try acquire(token: waiter.token, arrival: line.arrival, wait, session)
        if let status = try install(reply, token: waiter.token, sentAt: sentAt, session: session) { return status }
        line.arrival = reply.integer(at: 1)
        line.sentAt = sentAt
        line.serverTime = reply.integer(at: 4)
        let recheck = ExclusiveHandle.recheck
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
                guard let grant = GrantMessage(message) else { return nil }
                let lease = Lease(
                    token: waiter.token, fence: grant.fence, length: leaseLength, renews: renews, left: grant.lease,
                    countedFrom: line.localMoment(ofServerTime: grant.serverTime))
                // A grant that lay unread, because the process was stopped, is void; asking tells what became of it.
                if lease.isOver() { return nil }
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
        let patience = Patience(deadline: sentAt.advanced(milliseconds: ExclusiveHandle.farewell))
        do throws(CoordinationError) {
            let reply = try run(calls.withdraw(token: waiter.token, givesBack: reason != .timedOut), patience, session)
            if let status = try install(reply, token: waiter.token, sentAt: sentAt, session: session) { return status }
        } catch {
            session.chores.add(calls.withdraw(token: waiter.token, givesBack: true))
        }
        return reason
    }

    /// Ends an acquire whose request failed. The request may have reached the server all the same: it is taken back.
    private func endAfter(
        _ error: CoordinationError, token: String, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Status {
        if error.status == .noReply || error.status == .interrupted {
            session.chores.add(calls.withdraw(token: token, givesBack: true))
        }
        if error.status == .interrupted, let reason = wait.stopReason { return reason }
        throw error
    }

    private func run(_ call: ScriptCall, _ patience: Patience, _ session: Session) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
    }

    private func acquire(
        token: String, arrival: Int64?, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in
            try calls.acquire(
                session.redis, token: token, lease: leaseLength, arrival: arrival, patience: wait.patience)
        }
    }

    /// Takes over the grant that a reply tells of; nil when it tells of none.
    private func install(
        _ reply: Reply, token: String, sentAt: Instant, session: Session
    ) throws(CoordinationError) -> Status? {
        let (fence, left): (Int64?, Int64)
        if reply.count == 0 {
            (fence, left) = (reply.integer, leaseLength)
        } else {
            (fence, left) = (reply.integer(at: 0) == 1 ? reply.integer(at: 1) : nil, reply.integer(at: 2))
        }
        guard let fence else { return nil }
        return try install(
            Lease(
                token: token, fence: UInt64(clamping: fence), length: leaseLength, renews: renews, left: left,
                countedFrom: sentAt),
            session: session)
    }

    private func install(_ lease: Lease, session: Session) throws(CoordinationError) -> Status {
        let isNew = hold.withLock { hold in
            hold.lease = lease
            hold.session = session
            hold.isLost = false
            hold.lastFence = lease.fence
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
        session.log(.debug, "\(kind.rawValue) '\(name)' acquired, fence \(lease.fence)")
        return .ok
    }

    // MARK: - Release and extend

    /// Lets go, and hands over to the next in line.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    public func release() throws(CoordinationError) -> Status {
        try client.checkOpen()
        let (taken, status) = try take()
        guard let (lease, session) = taken else { return status }
        var wasResent = false
        let wasOver = lease.isOver()
        let reply = try translating { () throws(RedisError) in
            try calls.release(
                session.redis, token: lease.token, fence: lease.fence, patience: session.patience(),
                onResend: { wasResent = true })
        }
        session.log(.debug, "\(kind.rawValue) '\(name)' released, fence \(lease.fence)")
        if reply.integer == 1 { return wasOver ? .lost : .ok }
        // Sent twice, and before the lease can have ended: the first sending has released it, and others have had it since.
        return wasResent && !lease.isOver() ? .ok : .lost
    }

    /// Sets the lease to end `milliseconds` from now (0: the handle's own length).
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    public func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        try client.checkOpen()
        let length = milliseconds == 0 ? leaseLength : milliseconds
        try LeaseLength.check(length)
        guard let (lease, session) = try held() else { return hold.withLock { $0.isLost } ? .lost : .notHeld }
        let sentAt = Instant.now
        let reply = try run(
            calls.extend(token: lease.token, fence: lease.fence, lease: length), session.patience(), session)
        let isHeld = hold.withLock { hold in
            guard hold.lease?.fence == lease.fence else { return false }
            guard reply.integer == 1 else {
                hold.lease = nil
                hold.isLost = true
                loss.raise()
                return false
            }
            hold.lease?.length = length
            hold.lease?.renew(countedFrom: sentAt)
            return true
        }
        if isHeld {
            try translating { () throws(RedisError) in try session.keeper.keep(self) }
            return .ok
        }
        return .lost
    }

    /// Lets go in the background: the handle is being freed.
    public func dispose() {
        scope.cancel()
        let (lease, session) = hold.withLock { hold in
            defer { hold.lease = nil }
            return (hold.lease, hold.session)
        }
        guard let session, session.generation == ForkGuard.generation else { return }
        session.keeper.forget(self)
        session.remove(self)
        if let lease { session.chores.add(calls.release(token: lease.token, fence: lease.fence)) }
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
    private func take() throws(CoordinationError) -> ((Lease, Session)?, Status) {
        if let session = hold.withLock({ $0.session }) { try checkProcess(session) }
        let taken = hold.withLock { hold -> ((Lease, Session)?, Status) in
            defer {
                hold.lease = nil
                hold.isLost = false
                loss.lower()
            }
            guard let lease = hold.lease, let session = hold.session else {
                return (nil, hold.isLost ? .lost : .notHeld)
            }
            return ((lease, session), .ok)
        }
        return taken
    }

    private func checkProcess(_ session: Session) throws(CoordinationError) {
        guard session.generation != ForkGuard.generation, hold.withLock({ $0.lease != nil || $0.isLost }) else {
            return
        }
        throw CoordinationError(
            .forked,
            "the \(kind.rawValue) '\(name)' is held by the parent of this process; acquire it here with a handle of your own"
        )
    }

    // MARK: - What the handle knows

    /// What this handle holds, without asking the server.
    public var state: State {
        hold.withLock { hold in
            // What the parent of a forked process holds, this one does not.
            if let session = hold.session, session.generation != ForkGuard.generation { return .free }
            if hold.isLost { return .lost }
            guard let lease = hold.lease else { return .free }
            return lease.isOver() ? .lost : .held
        }
    }

    /// Fence of the present grant, else of the last one, else 0.
    public var fence: UInt64 { hold.withLock { $0.lastFence } }

    /// For how long it is held for certain, in milliseconds.
    public var leaseLeft: Int64 { state == .held ? hold.withLock { $0.lease?.deadline.milliseconds() ?? 0 } : 0 }

    /// Readable while the state is lost.
    public var eventDescriptor: Int32 { loss.descriptor }

    /// Waits until the present grant is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let grant = fence
        return loss.wait(wait) {
            switch state {
            case .lost: .lost
            case .free: .notHeld
            case .held: fence == grant ? nil : .notHeld
            }
        }
    }

    /// Asks the server; nil when nobody holds it.
    public func inspect() throws(CoordinationError) -> ExclusiveSnapshot? {
        let session = try client.openSession()
        return ExclusiveSnapshot(try run(calls.inspect(), session.patience(), session))
    }

    // MARK: - For the keeper

    var schedule: (renewAt: Instant, lostAt: Instant) {
        hold.withLock { hold in
            guard let lease = hold.lease else { return (.never, .never) }
            return (lease.renewAt, lease.deadline)
        }
    }

    func renewal() -> ScriptCall? {
        hold.withLock { hold in
            guard let lease = hold.lease else { return nil }
            hold.renewingFence = lease.fence
            return calls.extend(token: lease.token, fence: lease.fence, lease: lease.length)
        }
    }

    func renewed(_ reply: Reply, sentAt: Instant) {
        let isLost = hold.withLock { hold in
            // The answer may be about a grant that was released meanwhile.
            guard hold.lease?.fence == hold.renewingFence else { return false }
            if reply.integer == 1 {
                hold.lease?.renew(countedFrom: sentAt)
                return false
            }
            hold.lease = nil
            hold.isLost = true
            loss.raise()
            return true
        }
        if isLost { logLoss("another has it") }
    }

    func renewalFailed(retryAt: Instant) {
        hold.withLock { $0.lease?.retryRenewal(at: retryAt) }
    }

    func expire(now: Instant) {
        let isLost = hold.withLock { hold in
            guard let lease = hold.lease, lease.isOver(at: now) else { return false }
            hold.lease = nil
            hold.isLost = true
            loss.raise()
            return true
        }
        if isLost { logLoss("its lease could not be renewed in time") }
    }

    private func logLoss(_ why: String) {
        hold.withLock { $0.session }?.log(.error, "\(kind.rawValue) '\(name)' lost: \(why)")
    }

    func surrender() -> [ScriptCall] {
        let lease = hold.withLock { hold -> Lease? in
            defer { hold.lease = nil }
            loss.lower()
            return hold.lease
        }
        return lease.map { [calls.release(token: $0.token, fence: $0.fence)] } ?? []
    }
}
