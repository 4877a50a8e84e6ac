// How locks, read-write locks and semaphores behave.

import CDistCoord

/// How a lock, a read-write lock or a semaphore behaves. Set what differs from the defaults.
///
/// Which options apply where, and what follows from each: <doc:Locks>.
public struct LockOptions: Sendable, Hashable {
    /// How long what is held outlives its holder, 0.1 s to 24 h.
    public var lease: Duration
    /// Whether the lease is renewed while it is held. Otherwise it ends unless it is extended in time.
    public var renew: Bool
    /// How long a call waits that is not told how long; `nil` for ever, zero tries once.
    public var wait: Duration?
    /// Who holds, in place of the very object that acquires: objects with one owner id, in any process, are one owner.
    /// What one of them holds, another can adopt, extend and release. 1 to 256 bytes.
    public var owner: String?
    /// Whether the owner may acquire a lock again that it holds. Without an explicit ``owner`` the owner is the ``Lock``
    /// object, whichever task uses it: two tasks that are to exclude each other need an object each.
    public var reentrant: Bool
    /// Whether a lock's waiters are served in order. Unfair, more acquisitions a second are possible when many compete;
    /// waits have no bound then.
    public var fair: Bool
    /// How long a ``Lock`` object keeps its grant after a release while nobody else wants the lock. It acquires again
    /// without a round trip meanwhile.
    public var linger: Duration
    /// Whether each acquire and release writes a line to ``ClientOptions/log``, at the level ``LogLevel/info``.
    public var tracing: Bool

    /// Makes options; everything not given has its default.
    public init(
        lease: Duration = .seconds(10), renew: Bool = true, wait: Duration? = nil, owner: String? = nil,
        reentrant: Bool = false, fair: Bool = true, linger: Duration = .zero, tracing: Bool = false
    ) {
        self.lease = lease
        self.renew = renew
        self.wait = wait
        self.owner = owner
        self.reentrant = reentrant
        self.fair = fair
        self.linger = linger
        self.tracing = tracing
    }
}

extension LockOptions {
    /// The wait of a call for the C interface: its own timeout, or what these options say.
    func waitMilliseconds(_ timeout: Duration?) -> Int64 { DistCoord.waitMilliseconds(timeout ?? wait) }

    /// Hands the library's object of these options to the call, and frees it.
    ///
    /// - Parameter what: How messages name what the options are for, as in `lock 'deploy'`.
    func withHandle<Value>(
        for what: String, _ body: (OpaquePointer) throws(DistCoordError) -> Value
    ) throws(DistCoordError) -> Value {
        let options = try owned(distcoord_lock_options_new())
        defer { distcoord_lock_options_free(options) }
        try apply(to: options, of: what)
        return try body(options)
    }

    private func apply(to options: OpaquePointer, of what: String) throws(DistCoordError) {
        try accept(
            distcoord_lock_options_set_lease_ms(options, lease.wholeMilliseconds),
            "\(what): a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        try accept(distcoord_lock_options_set_renew(options, renew), "\(what): renewal cannot be set")
        try accept(
            distcoord_lock_options_set_wait_ms(options, DistCoord.waitMilliseconds(wait)),
            "\(what): the wait cannot be set")
        if let owner {
            try requireWhole(owner, "\(what): the owner id")
            try accept(
                distcoord_lock_options_set_owner(options, owner),
                "\(what): owner '\(owner)': 1 to 256 bytes of text without control characters are allowed")
        }
        try accept(distcoord_lock_options_set_reentrant(options, reentrant), "\(what): it cannot be made reentrant")
        try accept(distcoord_lock_options_set_fair(options, fair), "\(what): fairness cannot be set")
        try accept(
            distcoord_lock_options_set_linger_ms(options, linger.wholeMilliseconds),
            "\(what): lingering for \(linger) is not possible; 0 to 24 h are allowed")
        try accept(distcoord_lock_options_set_tracing(options, tracing), "\(what): tracing cannot be set")
    }
}
