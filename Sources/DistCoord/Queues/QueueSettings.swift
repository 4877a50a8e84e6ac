// What is set for a queue, and how many jobs it has.

/// What is set for a queue, on the server and so for all who use it.
public struct QueueSettings: Sendable, Hashable {
    /// How many jobs are claimed in a period, over all workers.
    public struct RateLimit: Sendable, Hashable {
        /// How many.
        public var count: Int
        /// In which time.
        public var period: Duration

        /// Makes a limit: 1 to 1 000 000 000 jobs in 1 ms to a day.
        public init(_ count: Int, per period: Duration) {
            self.count = count
            self.period = period
        }
    }

    /// Whether nobody may claim.
    public var isPaused: Bool
    /// How many jobs are claimed in a period; `nil` for any number.
    public var rateLimit: RateLimit?
    /// How many jobs of one concurrency key may run at the same time.
    public var keyLimit: Int
    /// How many results and errors are kept at most.
    public var results: Int
    /// How many dead jobs stay listed at most; `nil` for all of them.
    public var dead: Int?
}

/// How many jobs are in which state, as the server saw it when it was asked.
public struct QueueCounts: Sendable, Hashable {
    /// Ready to be claimed.
    public var waiting: Int
    /// Waiting for their time: pushed with a delay, or failed and to be tried again.
    public var delayed: Int
    /// Claimed.
    public var active: Int
    /// Out of attempts.
    public var dead: Int
    /// Completed since the queue was first used.
    public var completed: Int
    /// Attempts that failed since the queue was first used, those of dead workers included.
    public var failed: Int
    /// Waiting for others: those they depend on, one with the same unique key, or room under their concurrency key.
    public var blocked: Int
    /// Of the waiting ones, those that no living worker has the capabilities for.
    public var unserved: Int
    /// Cancelled or skipped since the queue was first used.
    public var cancelled: Int
    /// Claimers that wait for a job.
    public var claimers: Int
}
