// A claimed job of the library.

import CDistCoord

/// Owns a `distcoord_job`.
package final class BlockingJob: Sendable {
    package enum State: Sendable { case claimed, settled, lost, cancelling, expired }

    nonisolated(unsafe) let pointer: OpaquePointer
    let client: BlockingClient
    private let isBorrowed: Bool

    /// A borrowed one must not outlive the call that it was lent for.
    init(_ pointer: OpaquePointer, _ client: BlockingClient, isBorrowed: Bool = false) {
        self.pointer = pointer
        self.client = client
        self.isBorrowed = isBorrowed
    }

    deinit { if !isBorrowed { distcoord_job_free(pointer) } }

    // MARK: What it is

    package var id: String { text(distcoord_job_id(pointer)) }
    package var queue: String { text(distcoord_job_queue(pointer)) }
    package var task: String { text(distcoord_job_task(pointer)) }
    package var payload: [UInt8] { bytes { distcoord_job_payload(pointer, $0) } }
    package var contentType: String { text(distcoord_job_content_type(pointer)) }

    package var headers: [String: String] {
        var headers: [String: String] = [:]
        for index in 0..<distcoord_job_header_count(pointer) {
            headers[text(distcoord_job_header_name(pointer, index))] = text(distcoord_job_header_value(pointer, index))
        }
        return headers
    }

    package var attempt: Int { Int(distcoord_job_attempt(pointer)) }
    package var maxAttempts: Int { Int(distcoord_job_max_attempts(pointer)) }
    package var priority: Int { Int(distcoord_job_priority(pointer)) }

    package var timeout: Duration? {
        let milliseconds = distcoord_job_timeout_ms(pointer)
        return milliseconds > 0 ? .milliseconds(milliseconds) : nil
    }

    package var batch: String? {
        let id = text(distcoord_job_batch(pointer))
        return id.isEmpty ? nil : id
    }

    package var pushedMillisecondsSince1970: Int64 { distcoord_job_pushed_ms(pointer) }
    package var fence: UInt64 { distcoord_job_fence(pointer) }

    // MARK: How it stands

    package var state: State {
        switch Int(distcoord_job_state(pointer)) {
        case DISTCOORD_JOB_CLAIMED: .claimed
        case DISTCOORD_JOB_LOST: .lost
        case DISTCOORD_JOB_CANCELLING: .cancelling
        case DISTCOORD_JOB_EXPIRED: .expired
        default: .settled
        }
    }

    /// Readable while the state is lost, cancelling or expired; -1 when the process has no descriptor left. Valid as
    /// long as this object.
    package var lossDescriptor: Int32 { distcoord_job_event_fd(pointer) }

    /// How far the work is, 0 to 100.
    package func progress(_ percent: Int, _ text: String?) throws(DistCoordError) -> Answer {
        try ask { distcoord_job_progress(pointer, Int32(clamping: percent), text.map(shown), $0) }
    }

    // MARK: How it ends

    package func complete(_ result: [UInt8]) throws(DistCoordError) -> Answer {
        try ask { distcoord_job_complete(pointer, result, result.count, $0) }
    }

    package func fail(_ message: String, retry: Bool) throws(DistCoordError) -> Answer {
        try fail(JobFailure(message, retry: retry))
    }

    package func fail(_ failure: JobFailure) throws(DistCoordError) -> Answer {
        try ask {
            distcoord_job_fail_with(
                pointer, shown(failure.type), shown(failure.message), shown(failure.traceback), failure.retry,
                failure.delay.map { max(0, $0.wholeMilliseconds) } ?? -1, $0)
        }
    }

    package func cancelled() throws(DistCoordError) -> Answer { try ask { distcoord_job_cancelled(pointer, $0) } }

    /// To the front of its queue; after a delay, to the back.
    package func release(after delay: Duration? = nil) throws(DistCoordError) -> Answer {
        try ask { error in
            guard let delay else { return distcoord_job_release(pointer, error) }
            return distcoord_job_release_after(pointer, delay.wholeMilliseconds, error)
        }
    }
}
