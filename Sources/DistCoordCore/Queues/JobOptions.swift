// How a job is pushed; explained in include/distcoord/job_options.h.

import DistCoordRedis

/// What a push gets whose unique key is taken; the numbers are those of include/distcoord/job_options.h.
public enum UniqueMode: Int32, Sendable {
    case refuse = 0
    case replace, extend

    /// As queue_push.lua knows it.
    var letter: StaticString {
        switch self {
        case .refuse: "r"
        case .replace: "p"
        case .extend: "e"
        }
    }
}

/// What becomes of a job when one that it waits for does not complete; the numbers are those of
/// include/distcoord/job_options.h.
public enum DependencyPolicy: Int32, Sendable {
    case fail = 0
    case skip, run

    /// As it is written into ties, see Lua/queue_keys.lua.
    var letter: String {
        switch self {
        case .fail: "f"
        case .skip: "s"
        case .run: "r"
        }
    }
}

/// Options of one job.
public struct JobOptions: Sendable {
    /// The job's id; nil for a generated one.
    public var id: String?
    public var task = ""
    public var priority: Int32 = 0
    /// Not before so many milliseconds from now, unless `at` is given.
    public var delay: Int64 = 0
    /// Not before that moment, in milliseconds since 1970 by the server's clock.
    public var at: Int64?
    public var maxAttempts = JobOptions.defaultAttempts
    public var backoffFirst = JobOptions.defaultBackoff.first
    public var backoffMax = JobOptions.defaultBackoff.max
    public var resultTTL = JobOptions.defaultResultTTL
    /// How long one attempt may take; 0 for no limit.
    public var timeout: Int64 = 0
    public var contentType = ""
    /// Ordered by name.
    public private(set) var headers: [(name: String, value: String)] = []
    public var uniqueKey: String?
    public var uniqueMode = UniqueMode.refuse
    public var concurrencyKey: String?
    /// In order, in lower case.
    public private(set) var capabilities: [String] = []
    /// Negative: for ever.
    public var capabilityTimeout = JobOptions.defaultCapabilityTimeout
    public private(set) var pool = ""
    public var worker: String?
    public var after: [String] = []
    public var onFailure = DependencyPolicy.fail
    public var batch: String?

    // The defaults are not written into records: the scripts know the same numbers.
    static let defaultAttempts = 4
    static let defaultBackoff: (first: Int64, max: Int64) = (1_000, 300_000)
    static let defaultResultTTL: Int64 = 600_000
    static let defaultCapabilityTimeout: Int64 = 300_000

    private static let day: Int64 = 86_400_000
    private static let headerLimit = 16_384

    public init() {}

    /// Sets or, with nil, removes a header.
    public mutating func setHeader(_ name: String, _ value: String?) throws(CoordinationError) {
        try Names.check(name, what: "header name", limit: 255)
        let place = headers.firstIndex { !($0.name < name) } ?? headers.count
        let isPresent = place < headers.count && headers[place].name == name
        var changed = headers
        if isPresent { changed.remove(at: place) }
        if let value { changed.insert((name, value), at: place) }
        let bytes = changed.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if bytes > JobOptions.headerLimit {
            throw .invalid("the headers have \(bytes) bytes in all; at most \(JobOptions.headerLimit) are allowed")
        }
        headers = changed
    }

    /// Sets what a worker must have, from a text with commas.
    public mutating func setCapabilities(_ text: String) throws(CoordinationError) {
        capabilities = try Capabilities.parse(text, atMost: 16)
    }

    /// Adds one that a worker must have, beyond those that the caller named.
    mutating func require(_ capability: String) {
        capabilities = Set(capabilities + [capability]).sorted()
    }

    /// Sets the pool whose workers alone are given the job; "" for any.
    public mutating func setPool(_ name: String) throws(CoordinationError) {
        if !name.isEmpty { try Capabilities.check(pool: name) }
        pool = name
    }

    /// Whether the job concerns others, so that more is to be done on the server than to put it into a list.
    var isTied: Bool {
        uniqueKey != nil || concurrencyKey != nil || !capabilities.isEmpty || !pool.isEmpty || worker != nil
            || !after.isEmpty || batch != nil
    }

    /// Jobs with the same one go to the same partition.
    var routingKey: String? { uniqueKey ?? concurrencyKey }

    /// Fails with a message that says which option is out of range.
    public func validate() throws(CoordinationError) {
        if let id { try JobOptions.checkID(id) }
        if !task.isEmpty { try Names.check(task, what: "task name", limit: 255) }
        if !contentType.isEmpty { try Names.check(contentType, what: "content type", limit: 255) }
        try JobOptions.check(delay: delay)
        guard (1...255).contains(maxAttempts) else {
            throw .invalid("\(maxAttempts) attempts are out of range; 1 to 255 are allowed")
        }
        try JobOptions.check(backoffFirst, 0...JobOptions.day, "first backoff", "a day")
        try JobOptions.check(backoffMax, 0...JobOptions.day, "longest backoff", "a day")
        if backoffMax < backoffFirst {
            throw .invalid("the longest backoff, \(backoffMax) ms, is below the first, \(backoffFirst) ms")
        }
        try JobOptions.check(resultTTL, 0...(30 * JobOptions.day), "result time", "30 days")
        if timeout != 0 { try JobOptions.check(timeout, 10...(30 * JobOptions.day), "time for an attempt", "30 days") }
        if let at, !(0...253_402_300_799_999).contains(at) {
            throw .invalid("a moment of \(at) ms since 1970 is out of range; it must be before the year 10000")
        }
        if capabilityTimeout >= 0 {
            try JobOptions.check(
                capabilityTimeout, 1_000...(30 * JobOptions.day), "time to wait for capabilities", "30 days")
        }
        if let uniqueKey { try Names.check(uniqueKey, what: "unique key") }
        if let concurrencyKey { try Names.check(concurrencyKey, what: "concurrency key") }
        if let worker { try Names.check(worker, what: "worker's name", limit: 128) }
        if let batch { try Names.check(batch, what: "batch id", limit: 128) }
        if after.count > 1_000 {
            throw .invalid("the job waits for \(after.count) others; at most 1000 are allowed")
        }
        for id in after { try JobOptions.checkID(id) }
        if worker != nil, !capabilities.isEmpty || !pool.isEmpty || concurrencyKey != nil {
            throw .invalid(
                "a job for one worker's own queue cannot have capabilities, a pool or a concurrency key as well")
        }
        if uniqueKey != nil, uniqueMode == .replace, !after.isEmpty {
            throw .invalid("a job that replaces another with its unique key cannot wait for jobs as well")
        }
    }

    /// Fails with a message that says what is wrong with an id.
    static func checkID(_ id: String) throws(CoordinationError) {
        try Names.check(id, what: "job id", limit: 128)
    }

    /// Fails when a delay is out of range.
    static func check(delay: Int64) throws(CoordinationError) {
        try check(delay, 0...(3_653 * day), "delay", "10 years")
    }

    private static func check(
        _ milliseconds: Int64, _ allowed: ClosedRange<Int64>, _ what: String, _ limit: String
    ) throws(CoordinationError) {
        guard allowed.contains(milliseconds) else {
            throw .invalid(
                "a \(what) of \(milliseconds) ms is out of range; "
                    + "\(allowed.lowerBound) to \(allowed.upperBound) ms (\(limit)) are allowed")
        }
    }
}
