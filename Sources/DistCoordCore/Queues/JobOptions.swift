// How a job is pushed; explained in include/distcoord/queue.h.

/// Options of one job.
public struct JobOptions: Sendable {
    /// The job's id; nil for a generated one.
    public var id: String?
    public var task = ""
    public var priority: Int32 = 0
    public var delay: Int64 = 0
    public var maxAttempts = JobOptions.defaultAttempts
    public var backoffFirst = JobOptions.defaultBackoff.first
    public var backoffMax = JobOptions.defaultBackoff.max
    public var resultTTL = JobOptions.defaultResultTTL

    // The defaults are not written into records: queue_jobs.lua and queue_fail.lua know the same numbers.
    static let defaultAttempts = 4
    static let defaultBackoff: (first: Int64, max: Int64) = (1_000, 300_000)
    static let defaultResultTTL: Int64 = 600_000

    private static let day: Int64 = 86_400_000

    public init() {}

    /// Fails with a message that says which option is out of range.
    public func validate() throws(CoordinationError) {
        if let id { try JobOptions.checkID(id) }
        if !task.isEmpty { try Names.check(task, what: "task name", limit: 255) }
        try JobOptions.check(delay, 0...(3_653 * JobOptions.day), "delay", "10 years")
        guard (1...255).contains(maxAttempts) else {
            throw .invalid("\(maxAttempts) attempts are out of range; 1 to 255 are allowed")
        }
        try JobOptions.check(backoffFirst, 0...JobOptions.day, "first backoff", "a day")
        try JobOptions.check(backoffMax, 0...JobOptions.day, "longest backoff", "a day")
        if backoffMax < backoffFirst {
            throw .invalid("the longest backoff, \(backoffMax) ms, is below the first, \(backoffFirst) ms")
        }
        try JobOptions.check(resultTTL, 0...(30 * JobOptions.day), "result time", "30 days")
    }

    /// Fails with a message that says what is wrong with an id.
    static func checkID(_ id: String) throws(CoordinationError) {
        try Names.check(id, what: "job id", limit: 128)
    }

    private static func check(
        _ milliseconds: Int64, _ allowed: ClosedRange<Int64>, _ what: String, _ limit: String
    ) throws(CoordinationError) {
        guard allowed.contains(milliseconds) else {
            throw .invalid(
                "a \(what) of \(milliseconds) ms is out of range; 0 to \(allowed.upperBound) ms (\(limit)) are allowed")
        }
    }
}

/// A job to push. The payload is borrowed for the call.
public struct PushItem {
    let payload: UnsafeRawBufferPointer
    let options: JobOptions?

    public init(payload: UnsafeRawBufferPointer, options: JobOptions?) {
        self.payload = payload
        self.options = options
    }
}
