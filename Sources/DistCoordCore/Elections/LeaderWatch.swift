// Watching who leads.
//
// Every change of the leader, and of what it publishes, is announced on a public channel. A leader that dies is not announced
// by anybody: its lease just ends, so the watch looks again then.

import DistCoordRedis

/// The changes of a leadership.
public final class LeaderWatch: WatchForm {
    private enum Known: Equatable {
        case nothing
        case nobody
        case leader(term: UInt64, value: String?)
    }

    private struct State {
        var known = Known.nothing
        /// Something was announced, or may have been.
        var isStale = true
        /// When to look although nothing was announced.
        var lookAt = Instant.now
    }

    private let form: any LeadershipForm
    private let watchesValue: Bool
    private let core: WatchCore
    /// One for each server of a quorum: announcements come from each.
    private let members: [WatchCore]
    private let state = Guarded(State())

    /// It is looked again after about this long even if nothing is announced; over a quorum more often, because some of the
    /// servers may be away, and their announcements with them. In milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000
    private static let recheckQuorum: ClosedRange<Int64> = 800...1_200

    /// - Parameter knownTerm: The term that is known and not to be told, 0 for nobody; nil to be told of what is there at
    ///   first. What is published is not watched then.
    init(_ place: LockPlace, _ form: any LeadershipForm, after knownTerm: UInt64?) throws(CoordinationError) {
        self.form = form
        watchesValue = knownTerm == nil
        core = try WatchCore(place.client)
        var cores: [WatchCore] = []
        for member in place.client.members { cores.append(try WatchCore(member)) }
        let members = cores
        self.members = members
        switch knownTerm {
        case nil: break
        case 0?: state.withLock { $0.known = .nobody }
        case let term?: state.withLock { $0.known = .leader(term: term, value: nil) }
        }
        let channel = Keys(namespace: place.client.options.namespace).changes(kind: .election, name: place.name)
        guard place.client.isQuorum else {
            try core.follow(channel) { [weak self] _ in self?.state.withLock { $0.isStale = true } }
            return
        }
        let (session, quorum) = try place.client.openQuorum()
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer { wait.end() }
        let outcomes = quorum.ask(
            Array(members.indices), wait, until: { Quorum.count($0) { _ in true } >= quorum.required }
        ) { [weak self] (index) throws(CoordinationError) in
            try members[index].follow(channel) { [weak self] _ in
                self?.state.withLock { $0.isStale = true }
                self?.core.stir()
            }
            // Nobody waits for messages at this server, so nobody else would read them.
            quorum.members[index].session.mailbox.readUnattended()
            return Status.ok
        }
        _ = try quorum.answers(outcomes, wait, "watching \(place.what)")
    }

    /// The next change: the leader, or nil when nobody leads.
    ///
    /// - Returns: `.ok` with the leader, `.empty`; `.timedOut`, `.cancelled`, `.interrupted`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, ExclusiveSnapshot?) {
        let (status, leader) = try core.next(milliseconds: milliseconds, take: take)
        return outcome(status, leader)
    }

    /// The same on behalf of a wait that has begun.
    func next(_ wait: Wait) throws(CoordinationError) -> (Status, ExclusiveSnapshot?) {
        let (status, leader) = try core.next(wait, take: take)
        return outcome(status, leader)
    }

    private func outcome(_ status: Status, _ leader: ExclusiveSnapshot??) -> (Status, ExclusiveSnapshot?) {
        guard status == .ok, let leader else { return (status, nil) }
        return (leader == nil ? .empty : .ok, leader)
    }

    private func take() throws(CoordinationError) -> ExclusiveSnapshot?? {
        let isDue = state.withLock { state in
            defer { state.isStale = false }
            return state.isStale || state.lookAt <= .now
        }
        guard isDue else { return nil }
        let leader: ExclusiveSnapshot?
        do throws(CoordinationError) {
            leader = try form.inspect()
        } catch {
            state.withLock { $0.isStale = true }
            throw error
        }
        let pause = Int64.random(in: members.isEmpty ? LeaderWatch.recheck : LeaderWatch.recheckQuorum)
        let left = leader.map { $0.leaseLeftMilliseconds + 1 } ?? pause
        let lookAt = Instant.now.advanced(milliseconds: min(pause, left))
        let present: Known = leader.map { .leader(term: $0.fence, value: watchesValue ? $0.value : nil) } ?? .nobody
        let isNew = state.withLock { state in
            state.lookAt = lookAt
            defer { state.known = present }
            return state.known != present
        }
        core.look(at: lookAt)
        return isNew ? .some(leader) : nil
    }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() { core.cancelWaits() }

    public func dispose() {
        core.dispose()
        for member in members { member.dispose() }
    }
}
