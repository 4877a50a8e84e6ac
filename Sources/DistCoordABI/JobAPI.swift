// include/distcoord/job.h

public import CDistCoord
import DistCoordCore

/// A claimed job as C holds it. A worker that is fast looks at few of its texts.
final class JobBox {
    enum Text: Int, CaseIterable {
        case id, task, contentType, batch, queue, run, node
    }

    let job: ClaimedJob
    private let texts = LazyTexts(Text.allCases.count)
    /// Names and values in turn.
    private let headers: LazyTexts

    init(_ job: ClaimedJob) {
        self.job = job
        headers = LazyTexts(2 * job.headers.count)
    }

    deinit {
        job.dispose()
    }

    func text(_ which: Text) -> UnsafePointer<CChar> {
        texts.text(which.rawValue) {
            switch which {
            case .id: job.id
            case .task: job.task
            case .contentType: job.contentType
            case .batch: job.batchID
            case .queue: job.queue
            case .run: job.runID
            case .node: job.nodeName
            }
        }
    }

    func headerName(_ index: Int) -> UnsafePointer<CChar> {
        let all = job.headers
        return all.indices.contains(index) ? headers.text(2 * index) { all[index].name } : emptyText
    }

    func headerValue(_ index: Int) -> UnsafePointer<CChar> {
        let all = job.headers
        return all.indices.contains(index) ? headers.text(2 * index + 1) { all[index].value } : emptyText
    }
}

/// A pointer that is not NULL, for payloads of no bytes.
private var noBytes: UnsafeRawPointer { UnsafeRawPointer(emptyText) }

@implementation @_cdecl("distcoord_job_id")
public func distcoord_job_id(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.id) ?? emptyText
}

@implementation @_cdecl("distcoord_job_task")
public func distcoord_job_task(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.task) ?? emptyText
}

@implementation @_cdecl("distcoord_job_payload")
public func distcoord_job_payload(_ job: OpaquePointer!, _ out_length: UnsafeMutablePointer<Int>!) -> UnsafeRawPointer!
{
    guard let box = HandleBox.borrow(job, as: JobBox.self) else {
        out_length?.pointee = 0
        return nil
    }
    let payload = box.job.payload
    out_length?.pointee = payload.count
    return payload.baseAddress ?? noBytes
}

@implementation @_cdecl("distcoord_job_attempt")
public func distcoord_job_attempt(_ job: OpaquePointer!) -> Int32 {
    HandleBox.borrow(job, as: JobBox.self).map { Int32(clamping: $0.job.attempt) } ?? 0
}

@implementation @_cdecl("distcoord_job_content_type")
public func distcoord_job_content_type(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.contentType) ?? emptyText
}

@implementation @_cdecl("distcoord_job_batch")
public func distcoord_job_batch(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.batch) ?? emptyText
}

@implementation @_cdecl("distcoord_job_queue")
public func distcoord_job_queue(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.queue) ?? emptyText
}

@implementation @_cdecl("distcoord_job_max_attempts")
public func distcoord_job_max_attempts(_ job: OpaquePointer!) -> Int32 {
    HandleBox.borrow(job, as: JobBox.self).map { Int32(clamping: $0.job.maxAttempts) } ?? 0
}

@implementation @_cdecl("distcoord_job_timeout_ms")
public func distcoord_job_timeout_ms(_ job: OpaquePointer!) -> Int64 {
    HandleBox.borrow(job, as: JobBox.self)?.job.timeout ?? 0
}

@implementation @_cdecl("distcoord_job_header_count")
public func distcoord_job_header_count(_ job: OpaquePointer!) -> Int {
    HandleBox.borrow(job, as: JobBox.self)?.job.headers.count ?? 0
}

@implementation @_cdecl("distcoord_job_header_name")
public func distcoord_job_header_name(_ job: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.headerName(index) ?? emptyText
}

@implementation @_cdecl("distcoord_job_header_value")
public func distcoord_job_header_value(_ job: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.headerValue(index) ?? emptyText
}

@implementation @_cdecl("distcoord_job_priority")
public func distcoord_job_priority(_ job: OpaquePointer!) -> Int32 {
    HandleBox.borrow(job, as: JobBox.self)?.job.priority ?? 0
}

@implementation @_cdecl("distcoord_job_pushed_ms")
public func distcoord_job_pushed_ms(_ job: OpaquePointer!) -> Int64 {
    HandleBox.borrow(job, as: JobBox.self)?.job.pushedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_job_fence")
public func distcoord_job_fence(_ job: OpaquePointer!) -> UInt64 {
    HandleBox.borrow(job, as: JobBox.self)?.job.fence ?? 0
}

@implementation @_cdecl("distcoord_job_state")
public func distcoord_job_state(_ job: OpaquePointer!) -> Int32 {
    HandleBox.borrow(job, as: JobBox.self)?.job.state.rawValue ?? ClaimedJob.State.lost.rawValue
}

@implementation @_cdecl("distcoord_job_event_fd")
public func distcoord_job_event_fd(_ job: OpaquePointer!) -> Int32 {
    HandleBox.borrow(job, as: JobBox.self)?.job.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_job_complete")
public func distcoord_job_complete(
    _ job: OpaquePointer!, _ result: UnsafeRawPointer!, _ length: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.complete(try bytes(result, length, "result"))
    }
}

@implementation @_cdecl("distcoord_job_fail")
public func distcoord_job_fail(
    _ job: OpaquePointer!, _ message: UnsafePointer<CChar>!, _ retry: Bool,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.fail(JobFailure(message: try optional(message, "message")), retry: retry)
    }
}

@implementation @_cdecl("distcoord_job_release")
public func distcoord_job_release(_ job: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.release()
    }
}

@implementation @_cdecl("distcoord_job_release_after")
public func distcoord_job_release_after(
    _ job: OpaquePointer!, _ delay_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.release(delay: delay_ms)
    }
}

@implementation @_cdecl("distcoord_job_fail_with")
public func distcoord_job_fail_with(
    _ job: OpaquePointer!, _ type: UnsafePointer<CChar>!, _ message: UnsafePointer<CChar>!,
    _ traceback: UnsafePointer<CChar>!, _ retry: Bool, _ delay_ms: Int64,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        let failure = JobFailure(
            type: try optional(type, "type"), message: try optional(message, "message"),
            traceback: try optional(traceback, "traceback"))
        return try box.job.fail(failure, retry: retry, delay: delay_ms < 0 ? nil : delay_ms)
    }
}

@implementation @_cdecl("distcoord_job_cancelled")
public func distcoord_job_cancelled(_ job: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.endCancelled()
    }
}

@implementation @_cdecl("distcoord_job_progress")
public func distcoord_job_progress(
    _ job: OpaquePointer!, _ percent: Int32, _ text: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.tell(percent: percent, text: try optional(text, "text"))
    }
}

@implementation @_cdecl("distcoord_job_free")
public func distcoord_job_free(_ job: OpaquePointer!) {
    _ = HandleBox.consume(job, as: JobBox.self)
}
