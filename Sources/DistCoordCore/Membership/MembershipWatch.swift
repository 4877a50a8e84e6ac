// A watch of a group: who comes, who changes its value, who goes.
//
// Each change has a number. A change that follows the one known is applied; whatever else is told makes the watch list
// the group again. What the taker was told and what is known are kept apart, and changes are what differs between the
// two: who does not take for a while is told what has become of it in the end, and the watch never holds more than the
// group has members.

import DistCoordRedis

/// What has become of a member.
public struct MemberChange: Sendable {
    /// The numbers are those of include/distcoord/membership.h.
    public enum Kind: Int32, Sendable {
        case came = 0
        case changed, went
    }

    public let kind: Kind
    /// As it is now; as it was when it went.
    public let member: GroupMember
}

/// What a watch knows of a group, and what it has told.
struct MemberDifferences {
    private var known: [String: GroupMember] = [:]
    private var told: [String: GroupMember] = [:]
    /// Ids that may differ, in order of their change; those before `next` were taken.
    private var order: [String] = []
    private var next = 0
    private var isInOrder: Set<String> = []

    mutating func set(_ id: String, _ member: GroupMember?) {
        known[id] = member
        if isInOrder.insert(id).inserted { order.append(id) }
    }

    /// Takes a whole list for what is known.
    mutating func replace(by members: [GroupMember]) {
        var isGone = Set(known.keys)
        for member in members { isGone.remove(member.id) }
        for id in isGone { set(id, nil) }
        for member in members { set(member.id, member) }
    }

    mutating func take() -> MemberChange? {
        while next < order.count {
            let id = order[next]
            let (now, before) = (known[id], told[id])
            if let before, let now, before.fence != now.fence {
                // It went and came again: that is two, and the second follows.
                told[id] = nil
                return MemberChange(kind: .went, member: before)
            }
            next += 1
            isInOrder.remove(id)
            if next == order.count || next > 1_024 {
                order.removeFirst(next)
                next = 0
            }
            told[id] = now
            guard let now else {
                if let before { return MemberChange(kind: .went, member: before) }
                continue
            }
            if before == nil { return MemberChange(kind: .came, member: now) }
            if before?.value != now.value { return MemberChange(kind: .changed, member: now) }
        }
        return nil
    }
}

/// Tells who comes and goes, to one taker at a time.
public final class MembershipWatch: WatchForm {
    private struct State: Sendable {
        var differences = MemberDifferences()
        /// Of the last change that is known, and the greatest that was told while the group was listed.
        var number: UInt64 = 0
        var seen: UInt64 = 0
        var mustList = true
        /// When a lease may have ended: nobody tells that.
        var listAt = Instant.never
    }

    private let core: WatchCore
    private let list: ScriptCall
    private let session: Session
    private let state = Guarded(State())

    /// Not all who watch look at once when a lease ends, and not every lease that is renewed all the time is looked at,
    /// in milliseconds.
    private static let jitter: ClosedRange<Int64> = 1...100
    private static let shortest: Int64 = 50

    init(_ client: Client, group: String, list: ScriptCall) throws(CoordinationError) {
        core = try WatchCore(client)
        session = try client.openSession()
        self.list = list
        let state = state
        try core.follow(session.keys.changes(group: group)) { message in
            state.withLock { MembershipWatch.heed(message, &$0) }
        }
    }

    private static func heed(_ message: UnsafeBufferPointer<UInt8>?, _ state: inout State) {
        guard let message, let notice = MemberNotice(message) else {
            state.mustList = true
            return
        }
        state.seen = max(state.seen, notice.number)
        if state.mustList || notice.number <= state.number { return }
        if notice.number != state.number &+ 1 {
            state.mustList = true
            return
        }
        state.number = notice.number
        state.differences.set(notice.id, notice.member)
        if let member = notice.member {
            let end = Instant.now.advanced(milliseconds: max(member.leaseLeftMilliseconds, shortest))
            state.listAt = min(state.listAt, end.advanced(milliseconds: Int64.random(in: jitter)))
        }
    }

    /// Takes the next change, waiting for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` with the change; `.timedOut`, `.cancelled`, `.interrupted`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, MemberChange?) {
        try core.next(milliseconds: milliseconds) { () throws(CoordinationError) in
            defer { core.look(at: state.withLock { $0.listAt }) }
            let (change, mustList) = state.withLock { state -> (MemberChange?, Bool) in
                if let change = state.differences.take() { return (change, false) }
                return (nil, state.mustList || state.listAt <= .now)
            }
            if change != nil || !mustList { return change }
            try listAgain()
            return state.withLock { $0.differences.take() }
        }
    }

    private func listAgain() throws(CoordinationError) {
        state.withLock { state in
            // What is told from here on may be newer than the list.
            state.mustList = true
            state.seen = 0
        }
        let sentAt = Instant.now
        let group = MemberList(try session.run(list))
        state.withLock { state in
            state.number = group.number
            state.mustList = state.seen > group.number
            state.differences.replace(by: group.members)
            let shortest = group.members.map(\.leaseLeftMilliseconds).min()
            state.listAt =
                shortest.map {
                    sentAt.advanced(milliseconds: max($0, MembershipWatch.shortest)).advanced(
                        milliseconds: Int64.random(in: MembershipWatch.jitter))
                } ?? .never
        }
    }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() { core.cancelWaits() }

    public func dispose() { core.dispose() }
}
