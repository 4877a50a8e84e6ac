// A handle on a circuit breaker, as the faces see it. What it counts belongs to a process: a forked child begins anew.

import DistCoordRedis
import Synchronization

/// Guards calls; used by any number of threads.
public final class BreakerHandle: Sendable {
    public let name: String
    private let client: Client
    private let options: BreakerOptions
    // The breaker of the present process, retained. Those of earlier processes are never released: one of their threads
    // may have held a lock of it during the fork. (Unsafe only to the compiler: the pointer is to a Sendable object.)
    private nonisolated(unsafe) let current: Atomic<UnsafeMutableRawPointer>

    public init(client: Client, name: String, options: BreakerOptions) throws(CoordinationError) {
        try Names.check(name, what: "breaker name")
        try client.requireOneServer("a circuit breaker")
        self.client = client
        self.name = name
        self.options = options
        let core = BreakerCore(session: try client.openSession(), name: name, options: options)
        current = Atomic(Unmanaged.passRetained(core).toOpaque())
    }

    deinit {
        let core = Unmanaged<BreakerCore>.fromOpaque(current.load(ordering: .acquiring))
        guard core.takeUnretainedValue().generation == ForkGuard.generation else { return }
        core.takeRetainedValue().dispose()
    }

    @inline(__always)
    private var core: BreakerCore {
        let core = Unmanaged<BreakerCore>.fromOpaque(current.load(ordering: .acquiring)).takeUnretainedValue()
        return core.generation == ForkGuard.generation ? core : coreOfChild()
    }

    @inline(never)
    private func coreOfChild() -> BreakerCore {
        let session = client.session
        return ForkGuard.withLock {
            let present = Unmanaged<BreakerCore>.fromOpaque(current.load(ordering: .acquiring)).takeUnretainedValue()
            if present.generation == ForkGuard.generation { return present }
            let made = BreakerCore(session: session, name: name, options: options)
            current.store(Unmanaged.passRetained(made).toOpaque(), ordering: .releasing)
            return made
        }
    }

    /// The number to report a call with that is allowed because the breaker is closed; 0: `allow` has to find out. This
    /// and the next are for faces that ask very often: not even references are counted.
    public var openPermit: UInt64 {
        let core = Unmanaged<BreakerCore>.fromOpaque(current.load(ordering: .acquiring))
        return core._withUnsafeGuaranteedRef { $0.generation == ForkGuard.generation ? $0.openPermit : 0 }
    }

    /// Counts the success of such a call; false: it has to be reported.
    public func counts(successWith permit: UInt64) -> Bool {
        let core = Unmanaged<BreakerCore>.fromOpaque(current.load(ordering: .acquiring))
        return core._withUnsafeGuaranteedRef {
            $0.generation == ForkGuard.generation && $0.counts(successWith: permit)
        }
    }

    /// Whether a call may be made.
    ///
    /// - Returns: `.ok` with the number to report it with; `.rejected` with after how many milliseconds it may be worth
    ///   asking again, -1 when that is not known.
    @inline(__always)
    public func allow() throws(CoordinationError) -> (Status, permit: UInt64, retryAfter: Int64) {
        switch try core.allow() {
        case .allowed(let permit): (.ok, permit.number, 0)
        case .rejected(let milliseconds): (.rejected, 0, milliseconds)
        }
    }

    /// Tells how an allowed call has ended.
    @inline(__always)
    public func report(_ permit: UInt64, _ outcome: CallOutcome) throws(CoordinationError) {
        if permit == 0 { throw .invalid("0 is not the permit of a call that was allowed") }
        core.report(BreakerPermit(permit), outcome)
    }

    /// The state as far as this process knows it.
    public var state: BreakerState { core.knownState }

    /// Forces it open or closed, for all.
    public func force(open: Bool) throws(CoordinationError) {
        try change(to: open ? .forcedOpen : .forcedClosed)
    }

    /// Closes it, and forgets failures.
    public func reset() throws(CoordinationError) {
        try change(to: .closed)
    }

    /// Tells the server what was counted, now.
    public func flush() throws(CoordinationError) {
        let session = try client.openSession()
        let core = core
        try translating { () throws(RedisError) in try core.tell(session.patience()) }
    }

    /// Asks the server.
    public func inspect() throws(CoordinationError) -> BreakerSnapshot {
        let session = try client.openSession()
        return BreakerSnapshot(try run(core.calls.inspect(), session))
    }

    /// Follows its state.
    public func watch() throws(CoordinationError) -> BreakerWatch {
        try BreakerWatch(client, core)
    }

    private func change(to state: BreakerState) throws(CoordinationError) {
        let session = try client.openSession()
        try session.lanes.withLane { (ticket) throws(CoordinationError) in
            _ = try run(core.calls.change(to: state, ticket), session)
        }
    }

    private func run(_ call: ScriptCall, _ session: Session) throws(CoordinationError) -> Reply {
        let sentAt = Instant.now
        let reply = try translating { () throws(RedisError) in
            try session.redis.run(call, patience: session.patience())
        }
        core.apply(BreakerNews(reply), sentAt: sentAt)
        return reply
    }
}
