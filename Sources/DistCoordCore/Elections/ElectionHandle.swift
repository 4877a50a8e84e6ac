// A handle on an election. Leadership is held exactly as a lock is; what an election adds is a value that all can read, and
// that all can watch who leads.

import DistCoordRedis

/// Stands for election, and observes it.
public final class ElectionHandle: Sendable {
    public let name: String
    /// The leadership itself: release is to resign, its fence is the term.
    public let leadership: GrantHandle
    private let calls: ExclusiveCalls
    private let client: Client
    private let scope = CancelScope()

    /// Longest value a leader may publish, in bytes.
    public static let valueLimit = 4_096

    /// Followers look again after about this long even if nothing is announced, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000

    /// - Parameter value: What others see of this candidate when it leads; nil: the client's label.
    public init(client: Client, name: String, lease: Int64, value: String?) throws(CoordinationError) {
        let value = value ?? client.options.label
        try ElectionHandle.check(value: value)
        self.client = client
        self.name = name
        try Names.check(name, what: "election name")
        try LeaseLength.check(lease)
        try client.checkOpen()
        try client.requireOneServer("an election")
        calls = ExclusiveCalls(
            keys: Keys(namespace: client.options.namespace), kind: .election, name: name,
            info: "\(client.options.label)\n\(lease) 1\n\(value)")
        leadership = GrantHandle(client: client, calls: calls, terms: GrantTerms(lease: lease, renews: true))
    }

    /// Fails when a value is too long.
    public static func check(value: String) throws(CoordinationError) {
        if value.utf8.count > valueLimit {
            throw .invalid("the candidate's value has \(value.utf8.count) bytes; at most \(valueLimit) are allowed")
        }
    }

    /// Stands for election and waits to win, for at most `milliseconds` (negative: for ever).
    ///
    /// - Returns: `.ok` when leading; `.timedOut`, `.cancelled`, `.interrupted`.
    public func campaign(milliseconds: Int64) throws(CoordinationError) -> Status {
        if leadership.state == .held { return .ok }
        return try leadership.acquire(milliseconds: milliseconds)
    }

    /// Waits until the leader's term is not `knownTerm`, or, when that is not 0, until nobody leads.
    ///
    /// - Returns: `.ok` with the leader, `.empty` when nobody leads; `.timedOut`, `.cancelled`, `.interrupted`.
    public func observe(knownTerm: UInt64, milliseconds: Int64) throws(CoordinationError) -> (
        Status, ExclusiveSnapshot?
    ) {
        if let change = change(since: knownTerm, try inspect()) { return change }
        if milliseconds == 0 { return (.timedOut, nil) }
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let channel = session.keys.changes(kind: .election, name: name)
        let waiter: MailboxWaiter
        do throws(RedisError) {
            waiter = try session.mailbox.register(wait)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { return (reason, nil) }
            throw CoordinationError(error)
        }
        defer { session.mailbox.remove(waiter) }
        do throws(RedisError) {
            try session.mailbox.watch(channel, waiter, patience: wait.patience)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { return (reason, nil) }
            throw CoordinationError(error)
        }
        defer { session.mailbox.unwatch(channel, waiter) }
        while true {
            var lookAt = Instant.now.advanced(milliseconds: Int64.random(in: ElectionHandle.recheck))
            do throws(CoordinationError) {
                let leader = try inspect()
                if let change = change(since: knownTerm, leader) { return change }
                // A leader that dies is not announced by anybody: its lease just ends.
                if let leader { lookAt = min(lookAt, .now.advanced(milliseconds: leader.leaseLeftMilliseconds + 1)) }
            } catch {
                guard error.status.isRetriable else { throw error }
                lookAt = Instant.now.advanced(milliseconds: 200)
            }
            if let reason = sleep(until: lookAt, waiter, wait) { return (reason, nil) }
        }
    }

    /// Asks the server who leads; nil when nobody does.
    public func inspect() throws(CoordinationError) -> ExclusiveSnapshot? {
        let session = try client.openSession()
        return try translating { () throws(RedisError) in
            ExclusiveSnapshot(try session.redis.run(calls.inspect(), patience: session.patience()))
        }
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
        leadership.cancelWaits()
    }

    /// Stands down in the background: the handle is being freed.
    public func dispose() {
        scope.cancel()
        leadership.dispose()
    }

    private func change(since knownTerm: UInt64, _ leader: ExclusiveSnapshot?) -> (Status, ExclusiveSnapshot?)? {
        guard let leader else { return knownTerm == 0 ? nil : (.empty, nil) }
        return leader.fence == knownTerm ? nil : (.ok, leader)
    }

    /// Nil when it is time to look again.
    private func sleep(until lookAt: Instant, _ waiter: MailboxWaiter, _ wait: Wait) -> Status? {
        while true {
            var isTold = waiter.takeMustAsk()
            while waiter.takeMessage() != nil { isTold = true }
            if isTold { return nil }
            if let reason = wait.stopReason { return reason }
            let now = Instant.now
            if now >= wait.deadline { return .timedOut }
            if now >= lookAt { return nil }
            wait.sleep(until: lookAt)
        }
    }
}
