// Several locks that are acquired one after the other, in the order of their bytes, where the server cannot grant them
// in one step: on a cluster, whose names live on different nodes.
//
// Everybody who wants several takes them in this one order, so nobody who has a later one waits for an earlier one, and
// no circle of waiters can close. In each line waiters are served in order; the first locks are held while the rest is
// waited for.

import DistCoordRedis

/// Several locks, each with a grant of its own.
final class OrderedLocks: LockForm {
    private let places: [LockPlace]
    private let options: LockOptions
    private let client: Client
    private let scope: CancelScope
    private let joint: JointHold

    /// - Parameters:
    ///   - places: The locks in the order of their bytes.
    ///   - scope: What ends the waits.
    ///   - loss: Raised when one of them is lost.
    init(client: Client, places: [LockPlace], options: LockOptions, scope: CancelScope, loss: LossSignal) {
        self.client = client
        self.places = places
        self.options = options
        self.scope = scope
        let names = places.map { "'\($0.name)'" }.joined(separator: ", ")
        joint = JointHold(client: client, what: "locks \(names)", scope: scope, loss: loss)
    }

    var defaultWait: Int64 { options.wait }

    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let deadline = Instant.after(waitMilliseconds: milliseconds)
        while true {
            let grant = OrderedGrant(places, options, scope) { [weak joint] in joint?.recount() }
            do throws(CoordinationError) {
                let status = try grant.acquire(until: deadline, tries: milliseconds == 0)
                if status == .ok, try grant.raiseFences() {
                    try joint.install(grant, session)
                    return .ok
                }
                grant.abandon()
                if status != .ok { return status }
            } catch {
                grant.abandon()
                throw error
            }
            // One was taken away by force while the others were waited for: all over again.
            if milliseconds == 0 { return .timedOut }
        }
    }

    func release() throws(CoordinationError) -> Status {
        try client.checkOpen()
        let (grant, _, otherwise) = try joint.take()
        guard let grant = grant as? OrderedGrant else { return otherwise }
        return try grant.onAll { part throws(CoordinationError) in try part.release() }
    }

    func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        try client.checkOpen()
        if milliseconds != 0 { try LeaseLength.check(milliseconds) }
        let (grant, otherwise) = try joint.present()
        guard let grant = grant as? OrderedGrant else { return otherwise }
        return try grant.onAll { part throws(CoordinationError) in try part.extend(milliseconds: milliseconds) }
    }

    func dispose() {
        scope.cancel()
        joint.dispose()
    }

    var state: GrantState { joint.grantState }
    var fence: UInt64 { joint.fence }
    var leaseLeft: Int64 { joint.leaseLeft }
    var eventDescriptor: Int32 { joint.eventDescriptor }

    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try joint.waitLost(milliseconds: milliseconds)
    }

    func cancelWaits() { scope.cancel() }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try places.inspectFirst() }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try places.breakAll(fence: fence) }
}

/// The grants of one acquire.
private final class OrderedGrant: JointGrant {
    private let parts: [(grant: GrantHandle, calls: ExclusiveCalls)]
    private let scope: CancelScope
    private let highest = Guarded<UInt64>(0)

    init(
        _ places: [LockPlace], _ options: LockOptions, _ scope: CancelScope, onLoss: @escaping @Sendable () -> Void
    ) {
        self.scope = scope
        parts = places.map { place in
            let calls = place.calls(ExclusiveManner(isUnfair: !options.isFair))
            let grant = GrantHandle(client: place.client, calls: calls, terms: options.terms)
            grant.onLoss(onLoss)
            return (grant, calls)
        }
    }

    /// Acquires one after the other. After any status but `.ok`, some may be held.
    func acquire(until deadline: Instant, tries: Bool) throws(CoordinationError) -> Status {
        for part in parts {
            // What is left may be nothing, which still is one attempt.
            let left = deadline == .never ? -1 : deadline.milliseconds()
            let status = try part.grant.acquire(milliseconds: tries ? 0 : left, endedBy: scope)
            if status != .ok { return status }
        }
        return .ok
    }

    /// Gives all the highest fence among them, so that the next grant of any of them has a greater one; false when one
    /// is lost.
    func raiseFences() throws(CoordinationError) -> Bool {
        let fence = parts.map(\.grant.fence).max() ?? 0
        for part in parts {
            guard try part.grant.raiseFence(to: fence, by: part.calls.raise) else { return false }
        }
        highest.withLock { $0 = fence }
        return deadline > .now
    }

    var fence: UInt64 { highest.withLock { $0 } }

    /// Losing one is losing all.
    var deadline: Instant { parts.map(\.grant.deadline).min() ?? .never }

    var mendsAt: Instant { .never }

    func mend() {}

    func abandon() {
        for part in parts {
            guard let session = part.grant.hold.withLock({ $0.session }) else { continue }
            for call in part.grant.surrender() { session.chores.add(call) }
        }
    }

    /// Does something with each; the first error is thrown when all are done, and one that is lost outweighs those that
    /// are not.
    func onAll(_ body: (GrantHandle) throws(CoordinationError) -> Status) throws(CoordinationError) -> Status {
        var status = Status.ok
        var failure: CoordinationError?
        for part in parts {
            do throws(CoordinationError) {
                if try body(part.grant) != .ok { status = .lost }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return status
    }
}
