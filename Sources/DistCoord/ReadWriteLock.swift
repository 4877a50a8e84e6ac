// Many readers or one writer.

/// A read-write lock: many readers or one writer.
///
/// All wait in one line. A reader that comes after a waiting writer waits behind it, and a writer that comes after
/// readers waits for its turn: neither starves. Prefer ``withReadLock(timeout:_:)`` and ``withWriteLock(timeout:_:)``.
/// <doc:Locks> says what holds.
///
/// The owner is the body: inside one of them the same object may be read again, past waiting writers, and written
/// again by a writer. A reader that asks to write gets ``DistCoordError/Code-swift.struct/conflict``, since it would wait
/// for itself. Tasks that the body starts are part of it. An explicit ``LockOptions/owner`` takes the body's place.
public final class ReadWriteLock: Sendable {
    /// How the lock stands, as the server saw it when it was asked.
    public struct Status: Sendable, Hashable {
        /// How many holds read.
        public var readers: Int
        /// How many holds write: those of one owner.
        public var writers: Int
        /// How many are in line.
        public var waiters: Int
    }

    private enum Side { case read, write }

    /// Owners of the bodies that the current task is in, by the identity of the object.
    @TaskLocal private static var owners: [String: String] = [:]

    /// The name. Read-write locks are a kind of their own: a lock of the same name is another thing.
    public let name: String
    /// How this lock behaves: ``LockOptions/lease``, ``LockOptions/renew``, ``LockOptions/wait``, ``LockOptions/owner``
    /// and ``LockOptions/tracing`` apply.
    public let options: LockOptions

    private let client: Client
    private let identity = OwnerID.make()

    init(_ client: Client, _ name: String, _ options: LockOptions) {
        self.client = client
        self.name = name
        self.options = options
    }

    // A handle for each call: the library's cancel ends all waits of one handle.
    private func makeHandle(owner: String? = nil) throws -> BlockingReadWriteLock {
        var options = options
        options.owner = owner
        return try BlockingReadWriteLock(client.blocking, name, options)
    }

    /// Acquires it for reading. Cancelling the task leaves the line and throws `CancellationError`.
    ///
    /// - Parameter timeout: How long to wait; `nil` for as long as ``LockOptions/wait`` says, for ever unless it is set.
    /// - Returns: What is held, to be released; `nil` when it was not had in time.
    public func read(timeout: Duration? = nil) async throws -> Lease? {
        try await acquire(.read, owner: currentOwner, timeout)
    }

    /// Acquires it for writing; as ``read(timeout:)``.
    public func write(timeout: Duration? = nil) async throws -> Lease? {
        try await acquire(.write, owner: currentOwner, timeout)
    }

    /// Runs the body while reading; as ``Lock/withLock(timeout:_:)``.
    public func withReadLock<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        try await with(.read, timeout, body)
    }

    /// Runs the body while writing; as ``Lock/withLock(timeout:_:)``. The body may turn its hold into a reader's
    /// (``Lease/downgrade()``).
    public func withWriteLock<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        try await with(.write, timeout, body)
    }

    /// Asks the server who is inside.
    public func inspect() async throws -> Status {
        let handle = try makeHandle()
        return try await offload { try handle.inspect() }
    }

    private var what: String { "read-write lock '\(name)'" }

    private var currentOwner: String? { options.owner ?? Self.owners[identity] }

    private func with<Value: Sendable>(
        _ side: Side, _ timeout: Duration?, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        let owner = currentOwner ?? OwnerID.make()
        guard let lease = try await acquire(side, owner: owner, timeout) else {
            throw notHadInTime(what, timeout ?? options.wait)
        }
        var owners = Self.owners
        owners[identity] = owner
        return try await Self.$owners.withValue(owners) { try await whileHeld(lease, body) }
    }

    private func acquire(_ side: Side, owner: String?, _ timeout: Duration?) async throws -> Lease? {
        let handle = try makeHandle(owner: owner)
        let wait = options.waitMilliseconds(timeout)
        let (answer, hold) = try await offload(cancel: { handle.cancel() }) {
            switch side {
            case .read: try handle.read(waitMilliseconds: wait)
            case .write: try handle.write(waitMilliseconds: wait)
            }
        }
        return try lease(answer, hold, of: what)
    }
}

/// What an acquire of a read-write lock or of permits came to.
func lease(_ answer: Answer, _ hold: BlockingLock?, of what: String) throws -> Lease? {
    if let hold { return Lease(hold, of: what) }
    if answer == .timedOut { return nil }
    throw cancellation(of: what)
}
