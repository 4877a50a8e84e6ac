// n permits for the fleet.

/// A semaphore: n permits for the fleet, taken one or several at a time.
///
/// Waiters are served in order of arrival; one that wants many permits is not overtaken by others that want few.
/// Permits of a holder that died come back when its lease ends. Prefer ``withPermit(timeout:_:)``. <doc:Locks> says what
/// holds.
public final class Semaphore: Sendable {
    /// How the semaphore stands, as the server saw it when it was asked.
    public struct Status: Sendable, Hashable {
        /// How many permits there are.
        public var permits: Int
        /// How many are taken; more than there are, for a while, after a resize.
        public var used: Int
        /// How many are in line.
        public var waiters: Int
    }

    /// The semaphore's name.
    public let name: String
    /// How many permits this object says that there are. The first to acquire sets it for all; ``resize(_:)`` changes it.
    public let permits: Int
    /// How this semaphore behaves: ``LockOptions/lease``, ``LockOptions/renew``, ``LockOptions/wait`` and
    /// ``LockOptions/tracing`` apply.
    public let options: LockOptions

    private let client: Client

    init(_ client: Client, _ name: String, permits: Int, _ options: LockOptions) {
        self.client = client
        self.name = name
        self.permits = permits
        self.options = options
    }

    // A handle for each call: the library's cancel ends all waits of one handle.
    private func makeHandle() throws -> BlockingSemaphore {
        try BlockingSemaphore(client.blocking, name, permits: permits, options)
    }

    /// Acquires permits, all of them at once. Cancelling the task leaves the line and throws `CancellationError`.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/conflict`` when there are fewer than that altogether.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - timeout: How long to wait; `nil` for as long as ``LockOptions/wait`` says, for ever unless it is set.
    /// - Returns: What is held, to be released; `nil` when they were not had in time.
    public func acquire(_ count: Int = 1, timeout: Duration? = nil) async throws -> Lease? {
        let handle = try makeHandle()
        let wait = options.waitMilliseconds(timeout)
        let (answer, hold) = try await offload(cancel: { handle.cancel() }) {
            try handle.acquire(count, waitMilliseconds: wait)
        }
        return try lease(answer, hold, of: what)
    }

    /// Acquires permits if they are free. Does not wait.
    public func tryAcquire(_ count: Int = 1) async throws -> Lease? { try await acquire(count, timeout: .zero) }

    /// Runs the body while holding one permit; as ``Lock/withLock(timeout:_:)``.
    public func withPermit<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        try await withPermits(1, timeout: timeout, body)
    }

    /// Runs the body while holding permits; as ``Lock/withLock(timeout:_:)``.
    public func withPermits<Value: Sendable>(
        _ count: Int, timeout: Duration? = nil, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        guard let lease = try await acquire(count, timeout: timeout) else {
            throw notHadInTime(what, timeout ?? options.wait)
        }
        return try await whileHeld(lease, body)
    }

    /// Changes how many permits there are, for all. More: waiters get them at once. Fewer: nobody loses any.
    public func resize(_ permits: Int) async throws {
        let handle = try makeHandle()
        try await offload { try handle.resize(permits) }
    }

    /// Asks the server how the semaphore stands.
    public func inspect() async throws -> Status {
        let handle = try makeHandle()
        return try await offload { try handle.inspect() }
    }

    private var what: String { "semaphore '\(name)'" }
}
