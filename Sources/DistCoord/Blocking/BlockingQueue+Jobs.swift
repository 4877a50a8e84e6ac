// Looking at jobs, and dealing with them from outside.

import CDistCoord

extension BlockingQueue {
    /// In lists payloads are cut after 1 024 bytes.
    package func jobs(_ state: JobState, offset: Int, limit: Int) throws(DistCoordError) -> [JobInfo] {
        guard (1...1000).contains(limit), offset >= 0 else {
            throw DistCoordError(
                .invalidArgument, "queue '\(name)': 1 to 1000 jobs from 0 on can be listed, not \(limit) from \(offset)"
            )
        }
        var list: OpaquePointer?
        _ = try ask { distcoord_queue_list(pointer, state.number, Int64(offset), Int64(limit), &list, $0) }
        defer { distcoord_job_list_free(list) }
        return (0..<distcoord_job_list_count(list)).compactMap { Self.info(list, $0) }
    }

    /// Nothing when the job is not known.
    package func inspect(_ id: String) throws(DistCoordError) -> JobInfo? {
        try requireWhole(id, "the job's id")
        var list: OpaquePointer?
        let answer = try ask { distcoord_queue_inspect(pointer, id, &list, $0) }
        defer { distcoord_job_list_free(list) }
        return answer == .ok ? Self.info(list, 0) : nil
    }

    /// The answers besides "ok": "not found", and "expired" for a job that has ended.
    package func cancelJob(
        _ id: String, reason: String?
    ) throws(DistCoordError) -> (answer: Answer, stillRuns: Bool) {
        try requireWhole(id, "the job's id")
        var runs = false
        let answer = try ask { distcoord_queue_cancel_job(pointer, id, reason.map(shown), &runs, $0) }
        return (answer, runs)
    }

    /// Nothing for the id: all dead jobs. The answers besides "ok": "not found", and "exists" for a job whose unique
    /// key another one has taken.
    package func retryDead(_ id: String?) throws(DistCoordError) -> (answer: Answer, count: Int) {
        if let id { try requireWhole(id, "the job's id") }
        var count: Int64 = 0
        let answer = try ask { distcoord_queue_retry_dead(pointer, id, &count, $0) }
        return (answer, Int(count))
    }

    /// "Not found" when there is no such delayed job.
    package func promote(_ id: String) throws(DistCoordError) -> Answer {
        try requireWhole(id, "the job's id")
        return try ask { distcoord_queue_promote(pointer, id, $0) }
    }

    /// Nothing for the id: all in that state. "Not found" when there is no such job in it.
    package func purge(
        _ state: JobState, _ id: String?, olderThan age: Duration
    ) throws(DistCoordError) -> (answer: Answer, count: Int) {
        if let id { try requireWhole(id, "the job's id") }
        var count: Int64 = 0
        let answer = try ask {
            distcoord_queue_purge(pointer, state.number, id, age.wholeMilliseconds, &count, $0)
        }
        return (answer, Int(count))
    }

    /// Nothing for a state that this version does not know.
    private static func info(_ list: OpaquePointer?, _ index: Int) -> JobInfo? {
        guard let state = JobState(number: distcoord_job_list_state(list, index)) else { return nil }
        let progress = distcoord_job_list_progress(list, index)
        let failed = distcoord_job_list_failed_ms(list, index)
        let pushed = distcoord_job_list_pushed_ms(list, index)
        let due = distcoord_job_list_due_ms(list, index)
        var headers: [String: String] = [:]
        for header in 0..<distcoord_job_list_header_count(list, index) {
            headers[text(distcoord_job_list_header_name(list, index, header))] =
                text(distcoord_job_list_header_value(list, index, header))
        }
        func known(_ borrowed: UnsafePointer<CChar>?) -> String? {
            let known = text(borrowed)
            return known.isEmpty ? nil : known
        }
        return JobInfo(
            id: text(distcoord_job_list_id(list, index)), state: state,
            task: text(distcoord_job_list_task(list, index)),
            payload: bytes { distcoord_job_list_payload(list, index, $0) },
            contentType: text(distcoord_job_list_content_type(list, index)), headers: headers,
            priority: Int(distcoord_job_list_priority(list, index)),
            attempt: Int(distcoord_job_list_attempt(list, index)),
            maxAttempts: Int(distcoord_job_list_max_attempts(list, index)),
            pushedMillisecondsSince1970: pushed > 0 ? pushed : nil,
            dueMillisecondsSince1970: due > 0 ? due : nil,
            clientID: known(distcoord_job_list_client(list, index)),
            progress: progress < 0
                ? nil : JobInfo.Progress(Int(progress), text(distcoord_job_list_progress_text(list, index))),
            isCancelling: distcoord_job_list_cancelling(list, index),
            errorType: text(distcoord_job_list_error_type(list, index)),
            errorMessage: text(distcoord_job_list_error_message(list, index)),
            traceback: text(distcoord_job_list_error_traceback(list, index)),
            errorWorker: text(distcoord_job_list_error_worker(list, index)),
            failedMillisecondsSince1970: failed > 0 ? failed : nil,
            capabilities: text(distcoord_job_list_capabilities(list, index)).split(separator: ",").map(String.init),
            worker: known(distcoord_job_list_worker(list, index)),
            uniqueKey: known(distcoord_job_list_unique_key(list, index)),
            concurrencyKey: known(distcoord_job_list_concurrency_key(list, index)),
            batch: known(distcoord_job_list_batch(list, index)),
            waitsFor: Int(distcoord_job_list_after(list, index)))
    }
}

extension JobState {
    fileprivate init?(number: Int32) {
        guard let state = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = state
    }

    fileprivate var number: Int32 {
        switch self {
        case .waiting: Int32(DISTCOORD_STATE_WAITING)
        case .delayed: Int32(DISTCOORD_STATE_DELAYED)
        case .active: Int32(DISTCOORD_STATE_ACTIVE)
        case .blocked: Int32(DISTCOORD_STATE_BLOCKED)
        case .dead: Int32(DISTCOORD_STATE_DEAD)
        case .completed: Int32(DISTCOORD_STATE_COMPLETED)
        case .cancelled: Int32(DISTCOORD_STATE_CANCELLED)
        case .skipped: Int32(DISTCOORD_STATE_SKIPPED)
        }
    }
}
