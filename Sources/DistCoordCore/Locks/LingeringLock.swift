// A lock whose grant stays with the client for a while after each release, as file leases of distributed file systems do:
// who acquires it again in that time needs no round trip. Somebody else who wants it has the server recall it by a message to
// the holder's mailbox.
//
// One lock guards the question whether the grant is in use, so that a recall and a local acquire are one after the other: either
// the acquire was first, and the grant goes back at its release, or the recall was, and the acquire stands in line like any other.

import DistCoordRedis

/// A handle on one lock that lingers.
final class LingeringLock: LockForm, Leased {
    private struct Use: Sendable {
        /// Somebody holds it.
        var isHeld = false
        /// Nobody does, but the client keeps the grant until then.
        var lingersUntil: Instant?
        /// Fence of the grant that somebody else waits for.
        var recalledFence: UInt64 = 0
        /// When the present holder had it.
        var since = Instant.never
        /// It was lost while somebody held it.
        var isLost = false
    }

    private let place: LockPlace
    private let grant: GrantHandle
    private let use = Guarded(Use())
    private let loss = LossSignal()
    private let linger: Int64
    private let meter: LockMeter
    let isKept = Flag()

    /// How long the thread that reads a recall may be held up by answering it, in milliseconds.
    private static let answerPatience: Int64 = 100

    init(_ place: LockPlace) {
        self.place = place
        linger = place.options.linger
        var terms = place.options.terms
        terms.lingers = true
        // Its own grants are counted here, where acquires without a round trip are seen as well.
        let calls = place.calls(ExclusiveManner(extra: .lingers, isUnfair: !place.options.isFair))
        meter = LockMeter(subjects: calls.subjects, traces: terms.traces)
        terms.isCounted = false
        grant = GrantHandle(client: place.client, calls: calls, terms: terms)
        grant.onLoss { [weak self] in self?.grantWasLost() }
        grant.onRecall { [weak self] in self?.recall($0) }
    }

    var defaultWait: Int64 { place.options.wait }

    // MARK: - Acquire and release

    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        let session = try place.client.openSession()
        let began = Instant.now
        let isTaken = use.withLock { use in
            guard use.lingersUntil != nil, use.recalledFence != grant.fence, grant.state == .held else { return false }
            use.lingersUntil = nil
            use.isHeld = true
            use.isLost = false
            use.since = began
            return true
        }
        if isTaken {
            meter.acquired(session, fence: grant.fence, since: began, isContended: false)
            return .ok
        }
        let status = try grant.acquire(milliseconds: milliseconds)
        guard status == .ok else {
            meter.gaveUp(session, status, since: began)
            return status
        }
        use.withLock { use in
            use.lingersUntil = nil
            use.isHeld = true
            use.isLost = false
            use.since = .now
            loss.lower()
        }
        meter.acquired(session, fence: grant.fence, since: began, isContended: grant.hadToWait)
        return .ok
    }

    func release() throws(CoordinationError) -> Status {
        let session = try place.client.openSession()
        let now = Instant.now
        enum Outcome { case kept, mustRelease, lost, notHeld }
        let (outcome, since) = use.withLock { use -> (Outcome, Instant) in
            let since = use.since
            guard use.isHeld else {
                defer { use.isLost = false }
                return (use.isLost ? .lost : .notHeld, since)
            }
            use.isHeld = false
            // Anything but a grant that is surely ours, and that nobody waits for, goes back.
            guard grant.deadline > now, use.recalledFence != grant.fence else { return (.mustRelease, since) }
            use.lingersUntil = now.advanced(milliseconds: linger)
            return (.kept, since)
        }
        switch outcome {
        case .notHeld: return .notHeld
        case .lost:
            loss.lower()
            return .lost
        case .kept:
            meter.released(session, fence: grant.fence, since: since, wasLost: false)
            try translating { () throws(RedisError) in try session.keeper.keep(self) }
            return .ok
        case .mustRelease:
            let status = try grant.release()
            meter.released(session, fence: grant.fence, since: since, wasLost: status == .lost)
            return status
        }
    }

    func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        let (isHeld, isLost) = use.withLock { ($0.isHeld, $0.isLost) }
        guard isHeld else { return isLost ? .lost : .notHeld }
        return try grant.extend(milliseconds: milliseconds)
    }

    /// Somebody else waits for the grant with that fence.
    private func recall(_ fence: UInt64) {
        let call = use.withLock { use -> ScriptCall? in
            use.recalledFence = fence
            guard use.lingersUntil != nil, grant.fence == fence else { return nil }
            use.lingersUntil = nil
            return grant.surrender().first
        }
        guard let call, let session = try? place.client.openSession() else { return }
        // At once and from here: a hop to another thread would double the time until the other has it.
        let patience = Patience(deadline: Instant.now.advanced(milliseconds: LingeringLock.answerPatience))
        do throws(RedisError) {
            _ = try session.redis.run(call, patience: patience)
        } catch {
            session.chores.add(call)
        }
    }

    // MARK: - What the handle knows

    private func grantWasLost() {
        let since = use.withLock { use -> Instant? in
            // What nobody used is not missed.
            use.lingersUntil = nil
            guard use.isHeld else { return nil }
            use.isHeld = false
            use.isLost = true
            loss.raise()
            return use.since
        }
        if let since { meter.lost(place.client.session, fence: grant.fence, since: since) }
    }

    var state: GrantState {
        use.withLock { use in
            let state = use.isHeld ? grant.state : use.isLost ? .lost : .free
            if state == .lost { loss.raise() }
            return state
        }
    }

    var fence: UInt64 { grant.fence }

    var leaseLeft: Int64 { state == .held ? grant.leaseLeft : 0 }

    var eventDescriptor: Int32 { loss.descriptor }

    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try loss.wait(place.client, grant.scope, milliseconds: milliseconds, state: { state }, fence: { fence })
    }

    func cancelWaits() { grant.cancelWaits() }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try place.inspect() }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try place.breakHold(fence: fence) }

    func dispose() {
        place.client.session.keeper.forget(self)
        use.withLock { $0.lingersUntil = nil }
        grant.dispose()
    }

    // MARK: - For the keeper: the end of the time for which it lingers

    var schedule: (renewAt: Instant, lostAt: Instant) {
        (use.withLock { $0.lingersUntil } ?? .never, .never)
    }

    func renewal() -> ScriptCall? {
        use.withLock { use in
            guard let end = use.lingersUntil, end <= Instant.now.advanced(milliseconds: 50) else { return nil }
            use.lingersUntil = nil
            return grant.surrender().first
        }
    }

    func renewed(_ reply: Reply, sentAt: Instant) {}

    /// The grant is given back all the same, by its lease.
    func renewalFailed(retryAt: Instant) {}

    func expire(now: Instant) {}
}
