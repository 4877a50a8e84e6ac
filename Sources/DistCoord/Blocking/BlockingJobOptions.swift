// Options of a push, as the library takes them.

import CDistCoord

/// Owns a `distcoord_job_options`, or stands for the defaults.
final class BlockingJobOptions {
    private static let defaults = PushOptions()

    /// Nothing when all are defaults.
    let pointer: OpaquePointer?

    init(_ options: PushOptions) throws(DistCoordError) {
        if options == Self.defaults {
            pointer = nil
            return
        }
        let handle = try owned(distcoord_job_options_new())
        pointer = handle
        // An initializer that throws from here on runs `deinit`: everything is set.
        try options.applyIdentity(to: handle)
        try options.applyMoment(to: handle)
        try options.applyOrder(to: handle)
        try options.applyRoute(to: handle)
        try options.applyEnd(to: handle)
    }

    /// For steps of workflows, whose defaults differ from those of jobs, and whose results are kept with their run.
    init(ofTask options: PushOptions) throws(DistCoordError) {
        let handle = try owned(distcoord_job_options_new())
        pointer = handle
        try options.applyIdentity(to: handle)
        try options.applyMoment(to: handle)
        try options.applyOrder(to: handle)
        try options.applyRoute(to: handle)
        try options.applyEnd(to: handle, keepsResult: options.resultLifetime != Self.defaults.resultLifetime)
    }

    deinit { distcoord_job_options_free(pointer) }
}

extension PushOptions {
    fileprivate func applyIdentity(to options: OpaquePointer) throws(DistCoordError) {
        if let id {
            try requireWhole(id, "the job's id")
            try accept(
                distcoord_job_options_set_id(options, id),
                "job id '\(id)': 1 to 128 bytes of text without control characters are allowed")
        }
        if !task.isEmpty {
            try requireWhole(task, "the task's name")
            try accept(
                distcoord_job_options_set_task(options, task),
                "task '\(task)': at most 255 bytes of text without control characters are allowed")
        }
        if !contentType.isEmpty {
            try requireWhole(contentType, "the content type")
            try accept(
                distcoord_job_options_set_content_type(options, contentType),
                "content type '\(contentType)': at most 255 bytes of text without control characters are allowed")
        }
        for (name, value) in headers {
            try requireWhole(name, "a header's name")
            try requireWhole(value, "the value of header '\(name)'")
            try accept(
                distcoord_job_options_set_header(options, name, value),
                "header '\(name)': names have 1 to 255 bytes, and all names and values together at most 16384")
        }
    }

    fileprivate func applyMoment(to options: OpaquePointer) throws(DistCoordError) {
        guard let priority = Int32(exactly: priority) else {
            throw DistCoordError(.invalidArgument, "priority \(priority) does not fit into 32 bits")
        }
        try accept(distcoord_job_options_set_priority(options, priority), "priority \(priority) is not possible")
        try accept(
            distcoord_job_options_set_delay_ms(options, delay.wholeMilliseconds),
            "delay \(delay): 0 to 10 years are allowed")
        if let dueMillisecondsSince1970 {
            try accept(
                distcoord_job_options_set_at_ms(options, dueMillisecondsSince1970),
                "due at \(dueMillisecondsSince1970) ms since 1970: that is no moment the library can wait for")
        }
    }

    fileprivate func applyOrder(to options: OpaquePointer) throws(DistCoordError) {
        if !after.isEmpty {
            for id in after { try requireWhole(id, "the id of a job to wait for") }
            let status = try withTexts(after) { ids throws(DistCoordError) in
                distcoord_job_options_set_after(options, ids.baseAddress, ids.count, whenDependencyFails.number)
            }
            try accept(status, "after \(after.count) jobs: at most 1000 ids of 1 to 128 bytes are allowed")
        }
        if let uniqueKey {
            try requireWhole(uniqueKey, "the unique key")
            try accept(
                distcoord_job_options_set_unique(options, uniqueKey, whenTaken.number),
                "unique key '\(uniqueKey)': 1 to 512 bytes of text without control characters are allowed")
        }
        if let concurrencyKey {
            try requireWhole(concurrencyKey, "the concurrency key")
            try accept(
                distcoord_job_options_set_concurrency_key(options, concurrencyKey),
                "concurrency key '\(concurrencyKey)': 1 to 512 bytes of text without control characters are allowed, "
                    + "and not together with a worker")
        }
        if let batch {
            try requireWhole(batch, "the batch's id")
            try accept(
                distcoord_job_options_set_batch(options, batch),
                "batch '\(batch)': 1 to 128 bytes of text without control characters are allowed")
        }
    }

    fileprivate func applyRoute(to options: OpaquePointer) throws(DistCoordError) {
        if !capabilities.isEmpty {
            let names = try joinedCapabilities(capabilities)
            try accept(
                distcoord_job_options_set_capabilities(options, names),
                "capabilities '\(names)': at most 16 of 1 to 64 letters, digits and ._+-:/ each are allowed")
        }
        if capabilityTimeout != .seconds(300) {
            try accept(
                distcoord_job_options_set_capability_timeout_ms(options, capabilityTimeout?.wholeMilliseconds ?? -1),
                "capability timeout \(capabilityTimeout.map { "\($0)" } ?? "none"): 1 s to 30 days are allowed")
        }
        if let pool {
            try requireWhole(pool, "the pool's name")
            try accept(
                distcoord_job_options_set_pool(options, pool),
                "pool '\(pool)': at most 59 letters, digits and ._+-:/ are allowed")
        }
        if let worker {
            try requireWhole(worker, "the worker's name")
            try accept(
                distcoord_job_options_set_worker(options, worker),
                "worker '\(worker)': 1 to 128 bytes of text without control characters are allowed, and not together "
                    + "with capabilities, a pool or a concurrency key")
        }
    }

    fileprivate func applyEnd(to options: OpaquePointer, keepsResult: Bool = true) throws(DistCoordError) {
        guard let attempts = Int32(exactly: maxAttempts) else {
            throw DistCoordError(.invalidArgument, "\(maxAttempts) attempts: 1 to 255 are allowed")
        }
        try accept(
            distcoord_job_options_set_max_attempts(options, attempts), "\(maxAttempts) attempts: 1 to 255 are allowed")
        try accept(
            distcoord_job_options_set_backoff_ms(
                options, firstBackoff.wholeMilliseconds, maxBackoff.wholeMilliseconds),
            "backoff from \(firstBackoff) to \(maxBackoff): from 0 to one day, the second not below the first")
        if let timeout {
            try accept(
                distcoord_job_options_set_timeout_ms(options, timeout.wholeMilliseconds),
                "timeout \(timeout): 10 ms to 30 days are allowed")
        }
        guard keepsResult else { return }
        try accept(
            distcoord_job_options_set_result_ttl_ms(options, resultLifetime.wholeMilliseconds),
            "result kept for \(resultLifetime): 0 to 30 days are allowed")
    }
}

/// Capabilities as the library takes them. A comma within one would make two of it.
func joinedCapabilities(_ names: [String]) throws(DistCoordError) -> String {
    for name in names {
        try requireWhole(name, "a capability")
        if name.isEmpty || name.utf8.contains(UInt8(ascii: ",")) {
            throw DistCoordError(
                .invalidArgument, "capability '\(name)': 1 to 64 letters, digits and ._+-:/ are allowed")
        }
    }
    return names.joined(separator: ",")
}

extension PushOptions.WhenTaken {
    fileprivate var number: Int32 {
        switch self {
        case .refuse: Int32(DISTCOORD_UNIQUE_REFUSE)
        case .replace: Int32(DISTCOORD_UNIQUE_REPLACE)
        case .extend: Int32(DISTCOORD_UNIQUE_EXTEND)
        }
    }
}

extension PushOptions.WhenDependencyFails {
    fileprivate var number: Int32 {
        switch self {
        case .fail: Int32(DISTCOORD_DEPENDENCY_FAIL)
        case .skip: Int32(DISTCOORD_DEPENDENCY_SKIP)
        case .run: Int32(DISTCOORD_DEPENDENCY_RUN)
        }
    }
}
