// How a buffered producer works.

/// How a buffered producer works.
public struct ProducerOptions: Sendable, Hashable {
    /// What a push does while the buffer is full.
    public enum WhenFull: Sendable, Hashable, CaseIterable {
        /// It waits for room.
        case wait
        /// It throws ``DistCoordError/Code-swift.struct/timedOut``.
        case refuse
    }

    /// A batch is sent as soon as there are so many jobs, 1 to 1 000.
    public var batchSize: Int
    /// Or as soon as the oldest has waited for so long, 0 to 60 s.
    public var batchTimeout: Duration
    /// How many jobs the buffer holds at most, those under way included.
    public var capacity: Int
    /// How many bytes of payload at most. A single larger job is let in alone.
    public var capacityBytes: Int
    /// What a push does while the buffer is full.
    public var whenFull: WhenFull
    /// How long a batch is tried again while the server is away before its jobs have failed; `nil` for ever.
    public var retry: Duration?

    /// Makes options; everything not given has its default.
    public init(
        batchSize: Int = 50, batchTimeout: Duration = .milliseconds(100), capacity: Int = 10_000,
        capacityBytes: Int = 67_108_864, whenFull: WhenFull = .wait, retry: Duration? = .seconds(30)
    ) {
        self.batchSize = batchSize
        self.batchTimeout = batchTimeout
        self.capacity = capacity
        self.capacityBytes = capacityBytes
        self.whenFull = whenFull
        self.retry = retry
    }
}

/// A job that a buffered producer could not push; see ``Producer/failures()``.
public struct PushFailure: Sendable, Hashable, CustomStringConvertible {
    /// The job's id.
    public var id: String
    /// What the push answered.
    public var code: DistCoordError.Code
    /// The same in words.
    public var message: String

    /// The job and what happened.
    public var description: String { "job '\(id)': \(message) (\(code))" }
}
