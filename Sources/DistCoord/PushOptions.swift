// How a job is pushed.

import CDistCoord

/// How a job is pushed.
public struct PushOptions: Sendable, Hashable {
    /// The job's id; a generated one without it. Pushing an id that is still known changes nothing.
    public var id: String?
    /// What kind of work it is; workers choose their code by it.
    public var task: String
    /// Higher goes first.
    public var priority: Int
    /// Not to be claimed before that time from now.
    public var delay: Duration
    /// How many attempts there are in all, 1 to 255. One is counted when it fails and when its worker dies.
    public var maxAttempts: Int
    /// Delay before the first retry; it doubles with each further one.
    public var firstBackoff: Duration
    /// The longest delay before a retry.
    public var maxBackoff: Duration
    /// How long result or error are kept after the end.
    public var resultLifetime: Duration

    /// Makes options; everything not given has its default.
    public init(
        id: String? = nil, task: String = "", priority: Int = 0, delay: Duration = .zero, maxAttempts: Int = 4,
        firstBackoff: Duration = .seconds(1), maxBackoff: Duration = .seconds(300),
        resultLifetime: Duration = .seconds(600)
    ) {
        self.id = id
        self.task = task
        self.priority = priority
        self.delay = delay
        self.maxAttempts = maxAttempts
        self.firstBackoff = firstBackoff
        self.maxBackoff = maxBackoff
        self.resultLifetime = resultLifetime
    }

    private static let defaults = PushOptions()

    /// Makes the library's object, which the caller frees; nothing when all are defaults.
    func makeHandle() throws(DistCoordError) -> OpaquePointer? {
        if self == Self.defaults { return nil }
        let options = try owned(distcoord_job_options_new())
        do throws(DistCoordError) {
            try apply(to: options)
        } catch {
            distcoord_job_options_free(options)
            throw error
        }
        return options
    }

    private func apply(to options: OpaquePointer) throws(DistCoordError) {
        if let id {
            try requireWhole(id, "the job's id")
            try accept(
                distcoord_job_options_set_id(options, id),
                "job id '\(id)': 1 to 128 bytes of text without control characters are allowed")
        }
        try requireWhole(task, "the task's name")
        try accept(
            distcoord_job_options_set_task(options, task),
            "task '\(task)': at most 255 bytes of text without control characters are allowed")
        guard let priority = Int32(exactly: priority) else {
            throw DistCoordError(.invalidArgument, "priority \(priority) does not fit into 32 bits")
        }
        try accept(distcoord_job_options_set_priority(options, priority), "priority \(priority) is not possible")
        try accept(
            distcoord_job_options_set_delay_ms(options, delay.wholeMilliseconds),
            "delay \(delay): 0 to 10 years are allowed")
        guard let attempts = Int32(exactly: maxAttempts) else {
            throw DistCoordError(.invalidArgument, "\(maxAttempts) attempts: 1 to 255 are allowed")
        }
        try accept(
            distcoord_job_options_set_max_attempts(options, attempts), "\(maxAttempts) attempts: 1 to 255 are allowed")
        try accept(
            distcoord_job_options_set_backoff_ms(
                options, firstBackoff.wholeMilliseconds, maxBackoff.wholeMilliseconds),
            "backoff from \(firstBackoff) to \(maxBackoff): from 0 to one day, the second not below the first")
        try accept(
            distcoord_job_options_set_result_ttl_ms(options, resultLifetime.wholeMilliseconds),
            "result kept for \(resultLifetime): 0 to 30 days are allowed")
    }
}
