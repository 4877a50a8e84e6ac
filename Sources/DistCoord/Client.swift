// A connection to one namespace on one server; everything else hangs on it.

/// A connection to one namespace on one server. One per process is usual.
///
/// ```swift
/// let client = try await Client.connect()
/// try await client.withLock("deploy") { lease in
///     try await deploy(fence: lease.fence)
/// }
/// ```
///
/// Everything made from a client keeps it alive. A client that is no longer referenced closes in the background;
/// ``close()`` gives back at once what is held.
public final class Client: Sendable {
    let blocking: BlockingClient

    private init(_ blocking: BlockingClient) { self.blocking = blocking }

    /// Connects and checks that the server answers.
    ///
    /// - Parameters:
    ///   - url: `redis://[user:password@]host[:port][/db]`, `rediss://…` (TLS), `unix:///path`, `local:[name]` (a
    ///     private server on this machine, started when needed), StackExchange's `host:port,password=…`, or
    ///     `quorum:URL,URL,…` (several independent servers, for locks and
    ///     elections). Without it `DISTCOORD_URL`, else `REDIS_URL`,
    ///     else `redis://localhost:6379`.
    ///   - options: What differs from the defaults.
    public static func connect(_ url: String? = nil, options: ClientOptions = ClientOptions()) async throws -> Client {
        let client = try open(url, options: options)
        _ = try await client.ping()
        return client
    }

    /// Makes a client that connects with its first operation. Only the URL and the options are checked.
    public static func open(_ url: String? = nil, options: ClientOptions = ClientOptions()) throws -> Client {
        Client(try BlockingClient(url: url, options: options))
    }

    /// One round trip; gives its time.
    @discardableResult
    public func ping() async throws -> Duration { try await offload { [blocking] in try blocking.ping() } }

    /// Checks the server and the way to it. An unreachable server is a report that says so, not an error.
    public func check() async throws -> HealthReport { try await offload { [blocking] in try blocking.check() } }

    /// Ends every wait that is in progress on this client; each throws ``DistCoordError/Code-swift.struct/cancelled``.
    public func cancelWaits() { blocking.cancel() }

    /// Ends all waits, gives back all that is held and closes the connections. Closing twice is fine.
    public func close() async throws { try await offload { [blocking] in try blocking.close() } }

    /// The identity under which the server knows this client.
    public var id: String { blocking.id }
    /// The URL in use, without the password.
    public var url: String { blocking.url }
    /// The namespace in use.
    public var namespace: String { blocking.namespace }

    /// An object for a lock. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The lock's name, 1 to 512 bytes without control characters.
    ///   - options: What differs from the defaults.
    public func lock(_ name: String, options: LockOptions) -> Lock { Lock(self, name, options) }

    /// An object for a lock whose options are the defaults but for its lease. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The lock's name, 1 to 512 bytes without control characters.
    ///   - lease: How long the lock outlives its holder, 0.1 s to 24 h.
    ///   - renew: Whether the lease is renewed while the lock is held.
    public func lock(_ name: String, lease: Duration = .seconds(10), renew: Bool = true) -> Lock {
        lock(name, options: LockOptions(lease: lease, renew: renew))
    }

    /// An object for several locks at once: an acquire takes all of them in one step or none, in order of arrival at
    /// each. Overlapping sets cannot deadlock. Nothing is sent.
    ///
    /// - Parameters:
    ///   - names: 1 to 64 names of ordinary locks; one that stands there twice counts once.
    ///   - options: What differs from the defaults; neither ``LockOptions/reentrant`` nor ``LockOptions/owner``.
    public func multiLock(_ names: [String], options: LockOptions = LockOptions()) -> Lock {
        Lock(self, allOf: names, options)
    }

    /// An object for a read-write lock. Nothing is sent.
    public func readWriteLock(_ name: String, options: LockOptions = LockOptions()) -> ReadWriteLock {
        ReadWriteLock(self, name, options)
    }

    /// An object for a semaphore. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The semaphore's name.
    ///   - permits: How many permits there are, unless the server knows already: 1 to 1 000 000 000.
    ///   - options: What differs from the defaults.
    public func semaphore(_ name: String, permits: Int, options: LockOptions = LockOptions()) -> Semaphore {
        Semaphore(self, name, permits: permits, options)
    }

    /// Runs the body while holding a lock; see ``Lock/withLock(timeout:_:)``.
    public func withLock<Value: Sendable>(
        _ name: String, lease: Duration = .seconds(10), timeout: Duration? = nil,
        _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        try await lock(name, lease: lease).withLock(timeout: timeout, body)
    }

    /// A candidate in an election. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The election's name.
    ///   - options: What differs from the defaults.
    public func election(_ name: String, options: ElectionOptions) -> Election {
        Election(self, name: name, options)
    }

    /// A candidate in an election whose options are the defaults but for these two. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The election's name.
    ///   - lease: How long a leadership outlives its leader, 0.1 s to 24 h.
    ///   - value: What others see of this candidate when it leads; the client's label if not given.
    public func election(_ name: String, lease: Duration = .seconds(10), value: String? = nil) -> Election {
        election(name, options: ElectionOptions(lease: lease, value: value))
    }

    /// A handle on a barrier for a number of parties, which all handles of one name must agree on. Nothing is sent.
    public func barrier(_ name: String, parties: Int) -> Barrier { Barrier(self, name: name, parties: parties) }

    /// A handle on a queue. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The queue's name.
    ///   - options: What differs from the defaults.
    public func queue(_ name: String, options: QueueOptions) -> Queue { Queue(self, name: name, options) }

    /// A handle on a queue whose options are the defaults but for the lease. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The queue's name.
    ///   - lease: How long a claim outlives its worker; 30 s if not given.
    public func queue(_ name: String, lease: Duration? = nil) -> Queue {
        queue(name, options: QueueOptions(lease: lease))
    }

    /// The queue of a job whose queue is not known; `nil` when no queue of the namespace knows the job.
    public func queue(ofJob id: String) async throws -> Queue? {
        let found = try await offload { [blocking] in try BlockingQueue.find(blocking, job: id) }
        return found.map { queue($0.name) }
    }

    /// A worker. Nothing is sent until it is first asked for a job.
    ///
    /// - Parameters:
    ///   - queues: What it works on; at least one.
    ///   - options: What differs from the defaults.
    public func worker(_ queues: WorkerQueue..., options: WorkerOptions = WorkerOptions()) throws -> Worker {
        try worker(queues, options: options)
    }

    /// A worker for queues that are known at run time. Nothing is sent until it is first asked for a job.
    public func worker(_ queues: [WorkerQueue], options: WorkerOptions = WorkerOptions()) throws -> Worker {
        try Worker(self, queues, options)
    }

    /// The registered workers of the namespace, by name. One that has not been heard of for 15 seconds is left out.
    public func workers() async throws -> [WorkerInfo] {
        try await offload { [blocking] in try blocking.workers() }
    }
}
