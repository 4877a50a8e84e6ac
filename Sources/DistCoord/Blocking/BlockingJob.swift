// A claimed job of the library.

import CDistCoord

/// Owns a `distcoord_job`.
package final class BlockingJob: Sendable {
    package enum State: Sendable { case claimed, settled, lost }

    nonisolated(unsafe) let pointer: OpaquePointer
    private let client: BlockingClient

    init(_ pointer: OpaquePointer, _ client: BlockingClient) {
        self.pointer = pointer
        self.client = client
    }

    deinit { distcoord_job_free(pointer) }

    package var id: String { text(distcoord_job_id(pointer)) }
    package var task: String { text(distcoord_job_task(pointer)) }

    package var payload: [UInt8] {
        var length = 0
        guard let bytes = distcoord_job_payload(pointer, &length) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: length))
    }

    package var attempt: Int { Int(distcoord_job_attempt(pointer)) }
    package var priority: Int { Int(distcoord_job_priority(pointer)) }
    package var pushedMillisecondsSince1970: Int64 { distcoord_job_pushed_ms(pointer) }
    package var fence: UInt64 { distcoord_job_fence(pointer) }

    package var state: State {
        switch Int(distcoord_job_state(pointer)) {
        case DISTCOORD_JOB_CLAIMED: .claimed
        case DISTCOORD_JOB_LOST: .lost
        default: .settled
        }
    }

    /// Readable while the state is lost; -1 when the process has no descriptor left. Valid as long as this object.
    package var lossDescriptor: Int32 { distcoord_job_event_fd(pointer) }

    package func complete(_ result: [UInt8]) throws(DistCoordError) -> Answer {
        try ask { distcoord_job_complete(pointer, result, result.count, $0) }
    }

    /// A NUL would cut the message, so it is shown as a space.
    package func fail(_ message: String, retry: Bool) throws(DistCoordError) -> Answer {
        let whole = message.utf8.contains(0) ? String(message.map { $0 == "\0" ? " " : $0 }) : message
        return try ask { distcoord_job_fail(pointer, whole, retry, $0) }
    }

    package func release() throws(DistCoordError) -> Answer { try ask { distcoord_job_release(pointer, $0) } }
}
