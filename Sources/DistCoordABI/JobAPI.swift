// include/distcoord/queue.h: a claimed job.

public import CDistCoord
import DistCoordCore

/// A claimed job as C holds it.
final class JobBox {
    let job: ClaimedJob
    let id: CText
    let task: CText

    init(_ job: ClaimedJob) {
        self.job = job
        id = CText(job.id)
        task = CText(job.task)
    }

    deinit {
        job.dispose()
    }
}

/// A pointer that is not NULL, for payloads of no bytes.
private var noBytes: UnsafeRawPointer { UnsafeRawPointer(emptyText) }

@implementation @_cdecl("distcoord_job_id")
public func distcoord_job_id(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_job_task")
public func distcoord_job_task(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.task.pointer ?? emptyText
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
    HandleBox.borrow(job, as: JobBox.self)?.job.state.rawValue ?? ClaimedJob.State.settled.rawValue
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
        return try box.job.fail(message == nil ? "" : try text(message, "message"), retry: retry)
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

@implementation @_cdecl("distcoord_job_free")
public func distcoord_job_free(_ job: OpaquePointer!) {
    _ = HandleBox.consume(job, as: JobBox.self)
}
