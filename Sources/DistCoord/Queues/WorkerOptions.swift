// What a worker works on and how, and what is known of all workers.

/// A queue that a worker works on. A text literal is a queue of that name with weight 1.
public struct WorkerQueue: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The queue's name.
    public var name: String
    /// How often it is asked first when several have jobs, relative to the others: 1 to 1 000. 0: only when all others
    /// are empty.
    public var weight: Int
    /// How many partitions the queue has (``QueueOptions/partitions``).
    public var partitions: Int

    /// Makes a queue to work on.
    public init(_ name: String, weight: Int = 1, partitions: Int = 1) {
        self.name = name
        self.weight = weight
        self.partitions = partitions
    }

    /// A queue of that name with weight 1.
    public init(stringLiteral name: String) { self.init(name) }
}

/// How a worker works.
public struct WorkerOptions: Sendable, Hashable {
    /// Its name; the client's label and a number if `nil`.
    public var name: String?
    /// How many jobs it works on at the same time, 1 to 10 000.
    public var concurrency: Int
    /// How many it claims ahead of those, 0 to 1 000; if `nil` as many as are done in a few milliseconds.
    public var prefetch: Int?
    /// How long a claim outlives the worker, 0.1 s to 24 h; 30 s if `nil`.
    public var lease: Duration?
    /// What it has: it is given jobs that require nothing else. The name of the operating system is added.
    public var capabilities: [String]
    /// The pool it belongs to: it is given the jobs of that pool beside those of none.
    public var pool: String?
    /// Whether it has a queue of its own under its name: jobs pushed for it (``PushOptions/worker``).
    public var ownsQueue: Bool
    /// Whether it takes from others' own queues when there is nothing else.
    public var steals: Bool
    /// How long jobs that run may take when the worker stops; then they are given back. `nil` for as long as they take.
    public var grace: Duration?

    /// Makes options; everything not given has its default.
    public init(
        name: String? = nil, concurrency: Int = 1, prefetch: Int? = nil, lease: Duration? = nil,
        capabilities: [String] = [], pool: String? = nil, ownsQueue: Bool = false, steals: Bool = true,
        grace: Duration? = .seconds(30)
    ) {
        self.name = name
        self.concurrency = concurrency
        self.prefetch = prefetch
        self.lease = lease
        self.capabilities = capabilities
        self.pool = pool
        self.ownsQueue = ownsQueue
        self.steals = steals
        self.grace = grace
    }
}

/// What a worker counts.
public struct WorkerCounts: Sendable, Hashable {
    /// Jobs whose completion was accepted.
    public var processed: Int
    /// Attempts that failed, those out of time included.
    public var failed: Int
    /// Jobs given back.
    public var released: Int
    /// Jobs ended as cancelled by its handlers.
    public var cancelled: Int
    /// Jobs whose lease was lost.
    public var lost: Int
    /// Jobs that are worked on.
    public var running: Int
    /// Jobs claimed ahead.
    public var ahead: Int
}

/// A worker as the server heard of it last; see ``Client/workers()``.
public struct WorkerInfo: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Identity of its client (``Client/id``).
    public var clientID: String
    /// Its machine.
    public var host: String
    /// Its process on that machine.
    public var processID: Int
    /// Its queues.
    public var queues: [String]
    /// What it has, in order; its pool as `pool:<name>`.
    public var capabilities: [String]
    /// How many jobs it works on at the same time.
    public var concurrency: Int
    /// When it was registered, by the server's clock.
    public var startedMillisecondsSince1970: Int64
    /// When it was last heard of, by the server's clock.
    public var seenMillisecondsSince1970: Int64
    /// For how long it has been registered.
    public var uptime: Duration
    /// What it has counted.
    public var counts: WorkerCounts
    /// Jobs per second that it has completed over the last minute, or since it was registered if that is less.
    public var jobsPerSecond: Double
    /// Whether it takes no further jobs.
    public var isStopping: Bool
}
