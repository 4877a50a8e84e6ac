// How a queue is used.

/// How a queue is used.
public struct QueueOptions: Sendable, Hashable {
    /// How long a claim outlives its worker, 0.1 s to 24 h; 30 s if `nil`.
    public var lease: Duration?
    /// What the claimers have: they are given jobs that require nothing else. The name of the operating system is
    /// added.
    public var capabilities: [String]
    /// Name of the worker that claims. It has a queue of its own: jobs pushed for it, which it takes before any other.
    public var worker: String?
    /// Whether that worker takes from the longest queue of another one, from its end, when there is nothing else.
    public var steals: Bool
    /// Into how many partitions the queue is split, 1 to 64, which a cluster keeps on different servers. All who use
    /// the queue must say the same.
    public var partitions: Int

    /// Makes options; everything not given has its default.
    public init(
        lease: Duration? = nil, capabilities: [String] = [], worker: String? = nil, steals: Bool = true,
        partitions: Int = 1
    ) {
        self.lease = lease
        self.capabilities = capabilities
        self.worker = worker
        self.steals = steals
        self.partitions = partitions
    }
}
