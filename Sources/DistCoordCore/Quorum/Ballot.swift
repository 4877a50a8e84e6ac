// One acquire of a lock of a quorum: a vote for each server, from the first question until all is given back.
//
// A vote stands in that server's line like any waiter. When as many as are required have granted, the fence is made:
// the highest number that any of them gave is written back to them (exclusive_raise.lua), and the lock is held from
// when as many as are required have confirmed it and still grant it.
//
// That the fence grows: let A be held before B, with the fences FA and FB. When A's acquire returned, a majority of the
// servers knew FA and granted A; when B's returned, a majority granted B. One server is in both. It grants to one at a
// time, and it granted to A first, because at the time of A's return it granted A and at the later time of B's return
// it granted B. So it knew FA before it granted to B, its number for B was greater than FA, and FB is no less than that
// number. It rests on servers that keep what they have acknowledged, and, because numbers of locks that nobody uses are
// forgotten after a quarter of an hour, on servers whose clocks are less than that apart.
//
// Servers may vote for different ones, so that nobody gets enough. Who holds some votes and not enough then looks who
// has the others. If somebody has enough, or came before (Ticket), the votes are given back, and stand in line again;
// else they stay. All who look come to the same order, so one of them gets what all others give back. Looking is
// repeated at random times, because what is seen at different servers is not one moment.

import DistCoordRedis

/// The votes of the servers on one acquire.
final class Ballot: Sendable {
    let quorum: Quorum
    let ticket: Ticket
    /// By place: the member's handle.
    let votes: [GrantHandle]
    let tally: Tally
    /// Ends the waits in all lines.
    private let scope: CancelScope
    private let place: LockPlace
    private let lock: ExclusiveCalls
    private let manner: ExclusiveManner
    private let lastMend = Guarded(Instant.now)

    /// How long after a change who holds too few votes looks around, in milliseconds; doubled each time in vain.
    private static let look: (least: Int64, most: Int64) = (10, 1_000)
    /// How often members that have failed are asked again while others are waited for, and how long one that was away
    /// has to prove that it is not, in milliseconds.
    private static let retry: Int64 = 250

    /// - Parameters:
    ///   - wait: On whose behalf; its thread is woken when votes come in.
    ///   - manner: How each handle acquires.
    init(
        _ place: LockPlace, _ quorum: Quorum, ticket: Ticket, manner: ExclusiveManner, wait: Wait,
        onLoss: @escaping @Sendable () -> Void
    ) {
        self.quorum = quorum
        self.ticket = ticket
        self.place = place
        let lock = place.calls(manner, ticket: ticket)
        self.lock = lock
        self.manner = manner
        let tally = Tally(places: quorum.members.count, parker: wait.parker)
        let scope = CancelScope()
        var terms = place.options.terms
        // The lock is traced, not its parts.
        terms.traces = false
        terms.isPart = true
        self.tally = tally
        self.scope = scope
        votes = quorum.members.indices.map { index in
            let member = quorum.members[index]
            let calls = BallotCalls(
                lock: lock, ticket: ticket, place: index, tally: tally, pulse: quorum.pulse(index))
            let vote = GrantHandle(client: member, calls: calls, terms: terms)
            vote.onLoss { [weak vote] in
                // It may come late, when the vote has been had again.
                if let vote, vote.deadline <= .now { tally.lose(index) }
                onLoss()
            }
            return vote
        }
    }

    private var all: [Int] { Array(votes.indices) }
    private var required: Int { quorum.required }
    /// How many servers may be away, or held by somebody else.
    private var spare: Int { votes.count - required }
    private var deed: String { "acquiring \(place.what)" }

    // MARK: - Voting

    /// Asks the members until enough have granted.
    ///
    /// - Returns: `.ok`, `.timedOut`, `.cancelled`, `.interrupted`; after all but the first, and after an error, it is
    ///   over.
    func acquire(_ wait: Wait, tries: Bool) throws(CoordinationError) -> Status {
        for index in all where !quorum.pulse(index).isDoubtful { ask(index, tries: tries) }
        var lookAt = Instant.never
        var pause = Int64.random(in: Ballot.look.least...(Ballot.look.least * 4))
        var lastGrants = 0
        var retryAt = Instant.now.advanced(milliseconds: Ballot.retry)
        // Who does not want to wait waits this long for those that should have answered.
        let deadline = tries ? retryAt : wait.deadline
        do throws(CoordinationError) {
            while true {
                let counts = tally.counts
                let grants = counts.count(.granted)
                if grants >= required {
                    if try settle(wait) { return .ok }
                    continue
                }
                if let reason = wait.stopReason { return end(reason) }
                let isLate = Instant.now >= deadline && (!tries || isSettled(counts))
                try checkFailures(counts, isLate: isLate)
                if isLate || (tries && isRefused(counts)) { return end(.timedOut) }
                askDoubtful(counts, tries: tries)
                if Instant.now >= retryAt {
                    if !tries { askAgain(counts) }
                    retryAt = Instant.now.advanced(milliseconds: Ballot.retry)
                }
                if grants != lastGrants {
                    lookAt = grants == 0 || tries ? .never : Instant.now.advanced(milliseconds: pause)
                    lastGrants = grants
                } else if Instant.now >= lookAt {
                    if try isBehind(counts, wait) { giveWay() }
                    pause = min(pause * 2, Int64.random(in: (Ballot.look.most / 2)...Ballot.look.most))
                    lookAt = Instant.now.advanced(milliseconds: pause)
                }
                let doubtfulAt = counts.places(.asked).map { quorum.pulse($0).doubtfulAt }.filter { $0 > .now }.min()
                wait.sleep(until: min(lookAt, retryAt, doubtfulAt ?? .never))
            }
        } catch {
            _ = end(.timedOut)
            throw error
        }
    }

    /// Fails when so many members have failed that the others are too few.
    ///
    /// - Parameter isLate: Those count that have yet to answer, but should have.
    private func checkFailures(_ counts: Tally.Counts, isLate: Bool) throws(CoordinationError) {
        var failures: [(place: Int, error: CoordinationError)] = []
        for index in counts.places(.failed, .asked) {
            let pulse = quorum.pulse(index)
            if let failure = counts.failures[index] {
                failures.append((index, failure))
            } else if let failure = pulse.failure {
                // It was away already, and is being tried once more.
                let isTried = Instant.now >= counts.askedAt[index].advanced(milliseconds: Ballot.retry)
                if isLate || isTried { failures.append((index, failure)) }
            } else if isLate, pulse.isDoubtful {
                failures.append((index, pulse.silence))
            }
        }
        if failures.count > spare { throw quorum.failure(deed, failures) }
    }

    /// Whether an attempt that does not wait has failed: those that may still grant are too few, and so few have failed or
    /// have yet to answer that it is not for lack of servers.
    private func isRefused(_ counts: Tally.Counts) -> Bool {
        counts.count(.granted, .asked, .raising, .idle) < required && counts.count(.failed, .asked) <= spare
    }

    /// Whether those that have not answered yet are not likely to do so soon.
    private func isSettled(_ counts: Tally.Counts) -> Bool {
        counts.count(.refused) > 0 && counts.places(.asked).allSatisfy { quorum.pulse($0).isDoubtful }
    }

    /// Members that seem to be away are asked only when the others do not suffice.
    private func askDoubtful(_ counts: Tally.Counts, tries: Bool) {
        let certain =
            counts.count(.granted, .raising, .inLine)
            + counts.places(.asked).count { !quorum.pulse($0).isDoubtful }
        guard certain < required else { return }
        for index in counts.places(.idle) { ask(index, tries: tries) }
    }

    private func askAgain(_ counts: Tally.Counts) {
        for index in counts.places(.idle, .failed) where !quorum.pulse(index).isDoubtful { ask(index) }
    }

    private func end(_ status: Status) -> Status {
        abandon()
        return status
    }

    /// Asks one member, on a thread of the crew.
    private func ask(_ index: Int, tries: Bool = false) {
        guard tally.ask(index) else { return }
        run(index) { self.vote(index, tries: tries) }
    }

    private func run(_ index: Int, _ work: @escaping @Sendable () -> Void) {
        do throws(RedisError) {
            try quorum.crew.run(work)
        } catch {
            tally.end(index, .failed, CoordinationError(error))
            giveBack(index)
        }
    }

    private func vote(_ index: Int, tries: Bool) {
        let status: Status
        do throws(CoordinationError) {
            status = try votes[index].acquire(milliseconds: tries ? 0 : -1, endedBy: scope)
        } catch {
            tally.end(index, .failed, error)
            return
        }
        switch status {
        case .ok: received(index)
        case .timedOut: tally.end(index, .refused)
        default: tally.end(index, .idle)
        }
    }

    private func received(_ index: Int) {
        act(on: tally.grant(index), index)
    }

    private func act(on next: Tally.Next, _ index: Int) {
        switch next {
        case .wait: break
        case .raise(let fence): raise(index, fence)
        case .giveBack: giveBack(index)
        }
    }

    /// Gives one vote back in the background.
    private func giveBack(_ index: Int) {
        let vote = votes[index]
        guard let session = vote.hold.withLock({ $0.session }) else { return }
        for call in vote.surrender() { session.chores.add(call) }
    }

    /// Gives one vote back. A server that does not answer is told in the background: when it returns with what it knew,
    /// it must not keep others out until the lease ends.
    private func release(_ index: Int) throws(CoordinationError) -> Status {
        let vote = votes[index]
        let (lease, session) = vote.hold.withLock { ($0.lease, $0.session) }
        do throws(CoordinationError) {
            return try vote.release()
        } catch {
            if let lease, let session { session.chores.add(lock.release(token: lease.token, fence: lease.fence)) }
            throw error
        }
    }

    /// Takes over what the members grant to the explicit owner.
    ///
    /// - Returns: `.ok`, `.notHeld`; after all but the first, and after an error, it is over.
    func adopt(_ wait: Wait) throws(CoordinationError) -> Status {
        let (all, lease) = (all, place.options.lease)
        let outcomes: [Quorum.Outcome<Status>] = quorum.ask(
            all, wait, until: { self.quorum.isEnough($0, of: all, least: self.required) { $0 == .ok } },
            { (index) throws(CoordinationError) in
                guard self.tally.ask(index) else { return .notHeld }
                let status: Status
                do throws(CoordinationError) {
                    status = try self.votes[index].take { self.lock.adopt(token: $0, lease: lease) }
                } catch {
                    self.tally.end(index, .failed, error)
                    throw error
                }
                if status == .ok { self.received(index) } else { self.tally.end(index, .idle) }
                return status
            })
        do throws(CoordinationError) {
            if tally.counts.count(.granted) >= required, try settle(wait, fence: adoptedFence) { return .ok }
            _ = try quorum.answers(outcomes, wait, "adopting \(place.what)")
        } catch {
            abandon()
            throw error
        }
        return end(.notHeld)
    }

    // MARK: - The fence

    /// Makes the fence; false when too many grants were gone meanwhile.
    private func settle(
        _ wait: Wait, fence choose: ([UInt64]) -> UInt64 = { $0.max() ?? 0 }
    ) throws(CoordinationError) -> Bool {
        let places = tally.beginRaising()
        let fence = choose(places.map { votes[$0].fence })
        tally.aim(at: fence)
        let required = required
        for index in places { run(index) { self.raise(index, fence) } }
        while true {
            let counts = tally.counts
            if counts.count(.counted) >= required { break }
            if counts.count(.counted, .raising) < required { break }
            if let reason = wait.stopReason { throw CoordinationError(reason, "\(deed) was cancelled") }
            wait.sleep(until: .never)
        }
        guard deadline > .now else {
            // Those that know this fence may have to be told a greater one.
            tally.unsettle()
            return false
        }
        for index in tally.settle(fence) { run(index) { self.raise(index, fence) } }
        return true
    }

    /// The fence of what is taken over: as many as are required were told it. When some of them are gone the highest
    /// number will do, which is no smaller.
    private func adoptedFence(_ fences: [UInt64]) -> UInt64 {
        var counts: [UInt64: Int] = [:]
        for fence in fences { counts[fence, default: 0] += 1 }
        return counts.first { $0.value >= required }?.key ?? fences.max() ?? 0
    }

    /// Tells a member the fence, on a thread of the crew.
    private func raise(_ index: Int, _ fence: UInt64) {
        let vote = votes[index]
        var isHeld = false
        var failure: CoordinationError?
        do throws(CoordinationError) {
            isHeld = try vote.raiseFence(to: fence, by: lock.raise)
        } catch {
            failure = error
            // Whether the server has taken it is not known: it is given back under either number.
            let (lease, session) = vote.hold.withLock { ($0.lease, $0.session) }
            if let lease, let session { session.chores.add(lock.release(token: lease.token, fence: fence)) }
        }
        act(on: tally.endRaising(index, fence, failure, isHeld: isHeld), index)
    }

    // MARK: - Split votes

    /// Whether somebody else is to have the votes that are held here.
    private func isBehind(_ counts: Tally.Counts, _ wait: Wait) throws(CoordinationError) -> Bool {
        let blocked = counts.places(.inLine)
        guard !blocked.isEmpty else { return false }
        let quorum = quorum
        let place = place
        let limit = Instant.now.advanced(milliseconds: Ballot.look.most)
        let outcomes = quorum.ask(blocked, wait, until: { _ in Instant.now >= limit }) {
            (index) throws(CoordinationError) in
            try place.on(quorum.members[index]).inspectVote()?.ticket
        }
        var tickets: [Ticket: Int] = [:]
        for case .success(let ticket?) in outcomes { tickets[ticket, default: 0] += 1 }
        return tickets.contains { $0.value >= required } || tickets.keys.min().map { $0 < ticket } == true
    }

    /// Gives the votes back and stands in line again.
    private func giveWay() {
        for index in tally.yield() {
            run(index) {
                do throws(CoordinationError) {
                    _ = try self.release(index)
                } catch {
                    self.tally.end(index, .failed, error)
                    return
                }
                self.vote(index, tries: false)
            }
        }
    }
}

extension Ballot: JointGrant {
    var fence: UInt64 { tally.fence }

    /// Until when as many as are required grant it for certain.
    var deadline: Instant {
        let ends = tally.counts.places(.counted).map { votes[$0].deadline }.sorted(by: >)
        return ends.count >= required ? ends[required - 1] : Instant(nanoseconds: 0)
    }

    /// A member that came back, or lost what it knew, is asked at a third of the lease: so many may die one after the
    /// other.
    var mendsAt: Instant {
        guard place.options.renews, tally.counts.count(.idle, .refused, .failed) > 0 else { return .never }
        return lastMend.withLock { $0 }.advanced(milliseconds: place.options.lease / 3)
    }

    func mend() {
        lastMend.withLock { $0 = .now }
        for index in tally.counts.places(.idle, .refused, .failed) {
            // What an owner has may have been had again by another handle of the owner.
            if manner.extra != nil {
                ask(index)
            } else if tally.ask(index) {
                run(index) { self.mend(index) }
            }
        }
    }

    /// Asks one member again, which grants it no more: not by standing in line, because who was put out must not come back.
    private func mend(_ index: Int) {
        let (lock, lease, fence) = (lock, place.options.lease, fence)
        do throws(CoordinationError) {
            let status = try votes[index].take { lock.mend(token: $0, lease: lease, fence: fence) }
            if status == .ok { received(index) } else { tally.end(index, .idle) }
        } catch {
            tally.end(index, .failed, error)
        }
    }

    func abandon() {
        let held = tally.close()
        scope.cancel()
        for index in held { giveBack(index) }
    }

    /// Ends it, giving back what is held while the caller waits; but members that seem to be away are told in the
    /// background.
    ///
    /// - Returns: Those that held it, and what each has answered.
    func release(_ wait: Wait) -> (held: [Int], outcomes: [Quorum.Outcome<Status>]) {
        let held = tally.close()
        scope.cancel()
        let away = held.filter { quorum.pulse($0).isDoubtful }
        for index in away { giveBack(index) }
        let asked = held.filter { !away.contains($0) }
        let outcomes: [Quorum.Outcome<Status>] = quorum.ask(
            asked, wait,
            until: { self.quorum.isEnough($0, of: asked, least: held.count - self.spare) { $0 == .ok } },
            { (index) throws(CoordinationError) in try self.release(index) })
        return (asked + away, outcomes + away.map { .failure(quorum.pulse($0).failure ?? quorum.pulse($0).silence) })
    }
}
