// A lock or a leadership that is held while more than half of several independent servers grant it.

import DistCoordRedis

/// A handle on a lock or an election of a quorum.
final class QuorumLock: LockForm {
    private let place: LockPlace
    private let manner: ExclusiveManner
    private let scope = CancelScope()
    private let joint: JointHold
    /// For the log; each server has statistics of its votes.
    private let meter: LockMeter

    init(_ place: LockPlace) throws(CoordinationError) {
        if place.options.isReentrant {
            throw .invalid(
                "a lock of a quorum cannot be reentrant; count levels in the program, or use one server"
            )
        }
        self.place = place
        manner = ExclusiveManner(
            extra: place.options.owner.map { .owner($0) }, isUnfair: !place.options.isFair)
        meter = LockMeter(
            subjects: [place.subject], traces: place.options.traces)
        joint = JointHold(
            client: place.client, what: place.what, scope: scope, grace: place.options.pace.margin)
    }

    var defaultWait: Int64 { place.options.wait }

    // MARK: - Acquire

    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        let (session, quorum) = try place.client.openQuorum()
        joint.letGoOfLapsed()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let began = Instant.now
        let tries = milliseconds == 0
        let status: Status
        do throws(CoordinationError) {
            // A wait of nothing is one attempt, and an attempt takes the time that the servers take.
            let attempt = tries ? Wait(session, scope: scope, milliseconds: -1) : wait
            defer { if tries { attempt.end() } }
            let ballot = makeBallot(quorum, attempt)
            status = try ballot.acquire(attempt, tries: tries)
            if status == .ok { try joint.install(ballot, session) }
        } catch {
            // A call that was stopped in the middle is a normal answer.
            guard let reason = wait.stopReason else { throw error }
            return reason
        }
        if status == .ok {
            meter.acquired(session, fence: fence, since: began, isContended: false)
        } else {
            meter.gaveUp(session, status, since: began)
        }
        return status
    }

    private func makeBallot(_ quorum: Quorum, _ wait: Wait) -> Ballot {
        let arrival = quorum.clock.now(quorum, wait)
        let ticket = Ticket(arrival: arrival, client: place.client.id, number: quorum.makeBallotNumber())
        return Ballot(place, quorum, ticket: ticket, manner: manner, wait: wait) { [weak joint] in joint?.recount() }
    }

    func adopt() throws(CoordinationError) -> Status {
        guard place.options.owner != nil else {
            throw .invalid("only a handle with an explicit owner can adopt; set one in its options")
        }
        let (session, quorum) = try place.client.openQuorum()
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        let ballot = makeBallot(quorum, wait)
        let status = try ballot.adopt(wait)
        if status == .ok { try joint.install(ballot, session) }
        return status
    }

    func cancelWaits() { scope.cancel() }

    // MARK: - Release and extend

    func release() throws(CoordinationError) -> Status {
        let (session, quorum) = try place.client.openQuorum()
        let (grant, since, otherwise) = try joint.take()
        guard let ballot = grant as? Ballot else {
            guard otherwise == .notHeld, place.options.owner != nil, try adopt() == .ok else { return otherwise }
            return try release()
        }
        let wasOver = ballot.deadline <= .now
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer { wait.end() }
        let (held, outcomes) = ballot.release(wait)
        meter.released(session, fence: ballot.fence, since: since, wasLost: wasOver)
        if wasOver || held.count - Quorum.count(outcomes, where: { $0 == .lost }) < quorum.required { return .lost }
        // So few are left, if any, that others can have the lock.
        let left = held.count - Quorum.count(outcomes, where: { $0 == .ok })
        if left <= quorum.members.count - quorum.required { return .ok }
        if let reason = wait.stopReason { throw CoordinationError(reason, "releasing \(joint.what) was cancelled") }
        throw quorum.failure("releasing \(joint.what)", Quorum.failures(outcomes, of: held))
    }

    func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        let (session, quorum) = try place.client.openQuorum()
        if milliseconds != 0 { try LeaseLength.check(milliseconds) }
        var (grant, otherwise) = try joint.present()
        if grant == nil, otherwise == .notHeld, place.options.owner != nil, try adopt() == .ok {
            (grant, otherwise) = try joint.present()
        }
        guard let ballot = grant as? Ballot else { return otherwise }
        return try change(ballot, quorum, session, "extending") { vote throws(CoordinationError) in
            try vote.extend(milliseconds: milliseconds)
        }
    }

    func detach() throws(CoordinationError) -> Status {
        guard let owner = place.options.owner else {
            throw .invalid("only a handle with an explicit owner can be detached; set one in its options")
        }
        let (session, quorum) = try place.client.openQuorum()
        let (grant, otherwise) = try joint.present()
        guard let ballot = grant as? Ballot else { return otherwise }
        let calls = place.calls(ExclusiveManner(extra: .owner(owner)), ticket: ballot.ticket)
        let lease = place.options.lease
        let status = try change(ballot, quorum, session, "detaching") { vote throws(CoordinationError) in
            try vote.change(forgets: true) { calls.detach(token: $0, fence: $1, lease: lease) }
        }
        if status == .ok {
            // What a minority could not be told of is given back: it is the majority's that the next handle takes over.
            _ = try joint.take()
            ballot.abandon()
        }
        return status
    }

    /// Changes the grants of all members that hold; as many as are required must agree.
    private func change(
        _ ballot: Ballot, _ quorum: Quorum, _ session: Session, _ deed: String,
        _ body: @escaping @Sendable (GrantHandle) throws(CoordinationError) -> Status
    ) throws(CoordinationError) -> Status {
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer { wait.end() }
        let counted = ballot.tally.counts.places(.counted)
        let votes = ballot.votes
        let outcomes: [Quorum.Outcome<Status>] = quorum.ask(
            counted, wait, until: { quorum.isEnough($0, of: counted, least: quorum.required) { $0 == .ok } },
            { (index) throws(CoordinationError) in try body(votes[index]) })
        if Quorum.count(outcomes, where: { $0 == .ok }) >= quorum.required { return .ok }
        if let reason = wait.stopReason { throw CoordinationError(reason, "\(deed) \(joint.what) was cancelled") }
        if joint.grantState != .held { return .lost }
        throw quorum.failure("\(deed) \(joint.what)", Quorum.failures(outcomes, of: counted))
    }

    func dispose() {
        scope.cancel()
        joint.dispose()
    }

    // MARK: - What the handle knows

    var state: GrantState { joint.grantState }
    var fence: UInt64 { joint.fence }
    var leaseLeft: Int64 { joint.leaseLeft }
    var eventDescriptor: Int32 { joint.eventDescriptor }

    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try joint.waitLost(milliseconds: milliseconds)
    }
}

// MARK: - Leading

extension QuorumLock: LeadershipForm {
    func waitLost(_ wait: Wait) -> Status { joint.waitLost(wait) }

    func announce(_ value: String) throws(CoordinationError) -> Status {
        let (session, quorum) = try place.client.openQuorum()
        let (grant, otherwise) = try joint.present()
        guard let ballot = grant as? Ballot else { return otherwise }
        let calls = place.calls(manner, ticket: ballot.ticket)
        return try change(ballot, quorum, session, "announcing a value of") { vote throws(CoordinationError) in
            try vote.change { calls.announce(token: $0, fence: $1, value: value) }
        }
    }
}

// MARK: - What the servers know

extension QuorumLock {
    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? {
        try survey("inspecting").holder
    }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status {
        let (holder, fences) = try survey("breaking")
        guard let holder, fence == 0 || holder.fence == fence else { return .notHeld }
        let (session, quorum) = try place.client.openQuorum()
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        let place = place
        let places = fences.keys.sorted()
        let outcomes = quorum.ask(places, wait, until: { _ in false }) { (index) throws(CoordinationError) in
            try place.on(quorum.members[index]).breakHold(fence: fences[index] ?? 0)
        }
        // Enough is taken away when those that are left are too few.
        if places.count - Quorum.count(outcomes, where: { _ in true }) < quorum.required { return .ok }
        throw quorum.failure("breaking \(joint.what)", Quorum.failures(outcomes, of: places))
    }

    /// Who is granted by as many servers as are required, and with which number by each of them.
    private func survey(
        _ deed: String
    ) throws(CoordinationError) -> (holder: ExclusiveSnapshot?, fences: [Int: UInt64]) {
        let (session, quorum) = try place.client.openQuorum()
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        let place = place
        let all = Array(quorum.members.indices)
        let outcomes: [Quorum.Outcome<VoteView?>] = quorum.ask(
            all, wait, until: { quorum.isEnough($0, of: all, least: quorum.required) { _ in true } },
            { (index) throws(CoordinationError) in try place.on(quorum.members[index]).inspectVote() })
        _ = try quorum.answers(outcomes, wait, "\(deed) \(joint.what)")
        var votes: [String: [(place: Int, vote: VoteView)]] = [:]
        for told in VoteView.told(outcomes) { votes[told.vote.voter, default: []].append(told) }
        guard let most = votes.values.first(where: { $0.count >= quorum.required }) else { return (nil, [:]) }
        let settled = VoteView.settled(most.map(\.vote))
        // Somebody is about to hold it. A term that nobody leads under yet must not be told.
        if settled == nil, place.kind == .election { return (nil, [:]) }
        return (
            VoteView.joined(most.map(\.vote), required: quorum.required, fence: settled),
            Dictionary(uniqueKeysWithValues: most.map { ($0.place, $0.vote.snapshot.fence) })
        )
    }
}

/// Whom one server grants.
struct VoteView: Sendable {
    var snapshot: ExclusiveSnapshot
    let ticket: Ticket?
    /// The same for all votes of one acquire; of an owner, whatever handle has acquired or adopted it.
    let voter: String

    init(_ snapshot: ExclusiveSnapshot, holder: Member) {
        self.snapshot = snapshot
        ticket = Ticket(holder)
        voter = holder.owner.map { "o" + $0 } ?? ticket.map { "q" + $0.voter } ?? "t" + holder.token
    }

    /// What the servers have answered that grant it to anybody.
    static func told(_ outcomes: [Quorum.Outcome<VoteView?>]) -> [(place: Int, vote: VoteView)] {
        outcomes.enumerated().compactMap { index, outcome in
            if case .success(let vote?) = outcome { (index, vote) } else { nil }
        }
    }

    /// The fence under which they all grant it; nil when none of them has been told yet.
    static func settled(_ votes: [VoteView]) -> UInt64? {
        votes.compactMap(\.snapshot.settledFence).max()
    }

    /// What servers that grant the same say together.
    ///
    /// - Parameter fence: The number of the whole, if it is settled; else the one that most of them know is told.
    static func joined(_ votes: [VoteView], required: Int, fence: UInt64?) -> ExclusiveSnapshot? {
        guard var joined = votes.max(by: { $0.snapshot.waiters < $1.snapshot.waiters })?.snapshot else { return nil }
        var counts: [UInt64: Int] = [:]
        for vote in votes { counts[vote.snapshot.fence, default: 0] += 1 }
        joined.fence = fence ?? counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? joined.fence
        // A server that was won again later knows only the value that the leader had at first.
        var values: [String: Int] = [:]
        for vote in votes { values[vote.snapshot.value, default: 0] += 1 }
        joined.value = values.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? joined.value
        let leases = votes.map(\.snapshot.leaseLeftMilliseconds).sorted(by: >)
        joined.leaseLeftMilliseconds = leases[min(required, leases.count) - 1]
        joined.heldMilliseconds = votes.map(\.snapshot.heldMilliseconds).max() ?? 0
        joined.sinceMilliseconds = votes.map(\.snapshot.sinceMilliseconds).min() ?? 0
        return joined
    }
}

extension LockPlace {
    /// What it is, in words.
    var what: String { subject.description }

    /// Whom this server grants; nil for nobody.
    func inspectVote() throws(CoordinationError) -> VoteView? {
        let session = try client.openSession()
        let call = calls(ExclusiveManner()).inspect(waiters: LockPlace.mostWaiters)
        let reply = try translating { () throws(RedisError) in
            try session.redis.run(call, patience: session.patience())
        }
        return ExclusiveSnapshot(reply).map { VoteView($0, holder: Member(reply.string(at: 2))) }
    }
}
