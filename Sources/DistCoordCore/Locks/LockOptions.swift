// How a lock is held and waited for, and which form of handle that takes.

import DistCoordRedis

/// Options of a lock; explained in include/distcoord/lock.h.
public struct LockOptions: Sendable {
    /// Milliseconds for which the lock outlives its holder.
    public var lease: Int64 = 10_000
    /// Whether the lease is renewed while the lock is held.
    public var renews = true
    /// Milliseconds that an acquire waits which does not say; negative: for ever.
    public var wait: Int64 = -1
    /// Who holds, in place of the handle.
    public var owner: String?
    /// Whether the owner may acquire again what it holds.
    public var isReentrant = false
    /// Whether waiters are served in order.
    public var isFair = true
    /// Milliseconds for which a released lock is kept for the next acquire.
    public var linger: Int64 = 0
    /// Whether each acquire and release is logged.
    public var traces = false
    /// How the lease is renewed, and given up.
    var pace = LeasePace()

    public init() {}

    /// Longest time for which a lock may linger.
    public static let longestLinger: Int64 = 86_400_000

    /// Fails with a message that says what is wrong with an owner's id.
    public static func check(owner: String) throws(CoordinationError) {
        try Names.check(owner, what: "owner id", limit: Owner.limit)
    }

    var terms: GrantTerms {
        GrantTerms(lease: lease, renews: renews, traces: traces, pace: pace)
    }
}

/// Makes lock handles.
public enum Locks {
    /// A handle on one lock, in the form that its options ask for.
    public static func open(
        _ client: Client, name: String, options: LockOptions
    ) throws(CoordinationError) -> any LockForm {
        try Names.check(name, what: "lock name")
        try LeaseLength.check(options.lease)
        try client.checkOpen()
        let place = LockPlace(client: client, name: name, options: options)
        if client.isQuorum { return try QuorumLock(place) }
        if options.isReentrant || options.owner != nil { return OwnedLock(place) }
        if options.linger > 0 { return LingeringLock(place) }
        return PlainLock(place)
    }

    /// A handle on several locks.
    public static func open(
        _ client: Client, names: [String], options: LockOptions
    ) throws(CoordinationError) -> any LockForm {
        guard (1...mostNames).contains(names.count) else {
            throw .invalid("\(names.count) locks are asked for at once; 1 to \(mostNames) are possible")
        }
        for name in names { try Names.check(name, what: "lock name") }
        try LeaseLength.check(options.lease)
        if options.isReentrant || options.owner != nil {
            throw .invalid("several locks at once can be neither reentrant nor have an explicit owner")
        }
        try client.checkOpen()
        try client.requireOneServer("a handle on several locks")
        // By their bytes: where they must be acquired one by one, everybody does it in this order.
        let distinct = Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return SeveralLocks(client: client, names: distinct, options: options)
    }

    /// Most names that one handle stands for.
    public static let mostNames = 64
}

/// One lock, or one election, of one client: what its handles share.
struct LockPlace: Sendable {
    let client: Client
    /// `.lock` or `.election`.
    var kind = HoldKind.lock
    let name: String
    let options: LockOptions
    /// What a leader publishes.
    var value: String?

    /// Most waiters that a snapshot names.
    static let mostWaiters = 1_000

    /// The calls of a handle that acquires in a manner.
    ///
    /// - Parameter ticket: What a vote shows to others; see Ballot.
    func calls(_ manner: ExclusiveManner, ticket: Ticket? = nil) -> ExclusiveCalls {
        ExclusiveCalls(
            keys: Keys(namespace: client.options.namespace), kind: kind, name: name,
            info: LockPlace.info(client, options) + (ticket?.text ?? "") + (value.map { "\n" + $0 } ?? ""),
            manner: manner)
    }

    /// The same on another server.
    func on(_ member: Client) -> LockPlace {
        LockPlace(client: member, kind: kind, name: name, options: options, value: value)
    }

    var subject: GrantSubject { GrantSubject(kind: kind, name: name) }

    /// What others see of a holder: its label, and of which kind its lease is.
    static func info(_ client: Client, _ options: LockOptions) -> String {
        "\(client.options.label)\n\(options.lease) \(options.renews ? 1 : 0)"
    }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? {
        let session = try client.openSession()
        let call = calls(ExclusiveManner()).inspect(waiters: LockPlace.mostWaiters)
        return try translating { () throws(RedisError) in
            ExclusiveSnapshot(try session.redis.run(call, patience: session.patience()))
        }
    }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let calls = calls(ExclusiveManner())
        let reply = try session.lanes.withLane { (ticket) throws(CoordinationError) in
            try translating { () throws(RedisError) in
                try session.redis.run(calls.breakHold(fence: fence, ticket), patience: session.patience())
            }
        }
        return reply.integer == 1 ? .ok : .notHeld
    }
}
