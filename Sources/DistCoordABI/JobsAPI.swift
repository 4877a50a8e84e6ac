// include/distcoord/jobs.h: dealing with jobs. What is read of a list is in JobListAPI.swift.

public import CDistCoord
import DistCoordCore

/// A state that the header names.
private func place(_ state: Int32) throws(CoordinationError) -> JobPlace {
    guard let place = JobPlace(rawValue: state) else {
        throw CoordinationError(.invalidArgument, "\(state) is none of the states of jobs.h")
    }
    return place
}

@implementation @_cdecl("distcoord_queue_list")
public func distcoord_queue_list(
    _ queue: OpaquePointer!, _ state: Int32, _ offset: Int64, _ limit: Int64,
    _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        let jobs = try box.queue.list(try place(state), offset: offset, limit: limit)
        out.pointee = HandleBox.make(JobListBox(jobs))
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_inspect")
public func distcoord_queue_inspect(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        guard let job = try box.queue.inspect(id: try text(id, "id")) else { return .notFound }
        out.pointee = HandleBox.make(JobListBox([job]))
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_cancel_job")
public func distcoord_queue_cancel_job(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ reason: UnsafePointer<CChar>!,
    _ out_runs: UnsafeMutablePointer<Bool>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_runs?.pointee = false
        let box: QueueBox = try require(queue, "queue")
        let (status, runs) = try box.queue.cancel(id: try text(id, "id"), reason: try optional(reason, "reason"))
        out_runs?.pointee = runs
        return status
    }
}

@implementation @_cdecl("distcoord_queue_retry_dead")
public func distcoord_queue_retry_dead(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ out_count: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_count?.pointee = 0
        let box: QueueBox = try require(queue, "queue")
        let (status, count) = try box.queue.retryDead(id: id == nil ? nil : try text(id, "id"))
        out_count?.pointee = count
        return status
    }
}

@implementation @_cdecl("distcoord_queue_promote")
public func distcoord_queue_promote(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        return try box.queue.promote(id: try text(id, "id"))
    }
}

@implementation @_cdecl("distcoord_queue_purge")
public func distcoord_queue_purge(
    _ queue: OpaquePointer!, _ state: Int32, _ id: UnsafePointer<CChar>!, _ older_than_ms: Int64,
    _ out_count: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_count?.pointee = 0
        let box: QueueBox = try require(queue, "queue")
        let (status, count) = try box.queue.purge(
            try place(state), id: id == nil ? nil : try text(id, "id"), olderThan: older_than_ms)
        out_count?.pointee = count
        return status
    }
}
