// What the holds of one read-write lock or semaphore share.

import DistCoordRedis
import Synchronization

/// How a read-write lock or a semaphore stands.
public struct PermitSnapshot: Sendable {
    /// Permits that are taken; holds that read.
    public let used: Int64
    /// Holds that write.
    public let writers: Int64
    /// How many permits there are; 0 when nobody has said so yet.
    public internal(set) var permits: Int64
    /// How many are in line.
    public let waiters: Int64

    init(_ reply: Reply) {
        used = reply.integer(at: 0)
        writers = reply.integer(at: 1)
        permits = reply.integer(at: 2)
        waiters = reply.integer(at: 3)
    }
}

/// One read-write lock or semaphore of one client.
final class PermitPlace: Sendable {
    let options: LockOptions
    private let client: Client
    private let name: String
    private let key: String
    private let info: String
    /// How many permits there are, if nobody has said so before; empty for a read-write lock.
    private let limit: String
    /// For what was wished before: making it anew would be a third of an acquire's work.
    private let known = Guarded<(generation: Int, wishes: [PermitWish: Known])>((0, [:]))
    private let number = PermitPlace.nextNumber.wrappingAdd(1, ordering: .relaxed).newValue
    /// All waits for it.
    private let scope = CancelScope()
    /// The last acquire had to wait: the next one goes to the line directly, which saves a round trip.
    private let expectsToWait = Flag()

    /// What all holds of one wish share.
    private struct Known: Sendable {
        let calls: PermitCalls
        let meter: LockMeter
    }

    private static let nextNumber = Atomic<UInt64>(0)
    private static let mostKnown = 64
    private static let inspect = Script("permits_inspect", PackageResources.permits_inspect_lua)
    private static let resize = Script("permits_resize", PackageResources.permits_resize_lua)

    static var scripts: [Script] { [inspect, resize] }

    /// - Parameter permits: How many there are, if nobody has said so before; nil for a read-write lock.
    init(
        client: Client, kind: HoldKind, name: String, permits: Int64? = nil, options: LockOptions
    ) throws(CoordinationError) {
        try Names.check(name, what: "\(kind.title) name")
        try LeaseLength.check(options.lease)
        try client.checkOpen()
        try client.requireOneServer(kind == .semaphore ? "a semaphore" : "a read-write lock")
        self.client = client
        self.name = name
        self.options = options
        key = Keys(namespace: client.options.namespace).permits(kind: kind, name: name)
        info = LockPlace.info(client, options)
        limit = permits.map(String.init) ?? ""
    }

    /// Acquires, waiting for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with the hold, `.timedOut`, `.cancelled`, `.interrupted`.
    func acquire(_ wish: PermitWish, milliseconds: Int64) throws(CoordinationError) -> (Status, (any LockForm)?) {
        let known = known(wish)
        let grant = GrantHandle(client: client, calls: known.calls, terms: options.terms, meter: known.meter)
        if expectsToWait.isSet { grant.hold.withLock { $0.expectsToWait = true } }
        let status = try grant.acquire(milliseconds: milliseconds, endedBy: scope)
        if grant.hadToWait { expectsToWait.set() } else { expectsToWait.clear() }
        return (status, status == .ok ? PermitHold(grant, known.calls, defaultWait: options.wait) : nil)
    }

    private func known(_ wish: PermitWish) -> Known {
        // A forked child is another client, and its threads are other owners.
        let generation = ForkGuard.generation
        if let found = known.withLock({ $0.generation == generation ? $0.wishes[wish] : nil }) { return found }
        let calls = PermitCalls(key: key, name: name, wish: wish, owner: text(of: wish), limit: limit, info: info)
        let made = Known(calls: calls, meter: LockMeter(subjects: calls.subjects, traces: options.traces))
        known.withLock { known in
            if known.generation != generation || known.wishes.count >= PermitPlace.mostKnown {
                known = (generation, [:])
            }
            known.wishes[wish] = made
        }
        return made
    }

    /// The owner as it stands in a member.
    private func text(of wish: PermitWish) -> String {
        switch wish {
        case .permits: ""
        case .read(.thread(let thread)), .write(.thread(let thread)):
            HolderExtra.owner("\(client.id)/\(number)/\(thread)").text
        case .read(.explicit), .write(.explicit): HolderExtra.owner(options.owner ?? "").text
        }
    }

    /// Ends the waits in progress.
    func cancelWaits() {
        scope.cancel()
    }

    func inspect() throws(CoordinationError) -> PermitSnapshot {
        PermitSnapshot(try run(PermitPlace.inspect, arguments: []))
    }

    /// Changes how many permits there are.
    func resize(_ permits: Int64) throws(CoordinationError) {
        _ = try run(PermitPlace.resize, arguments: [String(permits)])
    }

    private func run(_ script: Script, arguments: [String]) throws(CoordinationError) -> Reply {
        let session = try client.openSession()
        let call = ScriptCall(script, keys: [key], arguments: arguments)
        return try translating { () throws(RedisError) in
            try session.redis.run(call, patience: session.patience())
        }
    }
}
