// include/distcoord/worker.h: a worker. The list of all is in WorkerListAPI.swift.

public import CDistCoord
import DistCoordCore

/// A worker as C holds it.
final class WorkerBox {
    let worker: Worker
    let name: CText

    init(_ worker: Worker) {
        self.worker = worker
        name = CText(worker.name)
    }

    deinit {
        worker.dispose()
    }
}

@implementation @_cdecl("distcoord_worker_open")
public func distcoord_worker_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ out_worker: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_worker, "out_worker")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = name == nil ? nil : try text(name, "name")
        out.pointee = HandleBox.make(WorkerBox(try Worker(client: box.client, name: chosen)))
        return .ok
    }
}

@implementation @_cdecl("distcoord_worker_name")
public func distcoord_worker_name(_ worker: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(worker, as: WorkerBox.self)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_worker_free")
public func distcoord_worker_free(_ worker: OpaquePointer!) {
    _ = HandleBox.consume(worker, as: WorkerBox.self)
}

// MARK: - Settings

@implementation @_cdecl("distcoord_worker_add_queue")
public func distcoord_worker_add_queue(
    _ worker: OpaquePointer!, _ queue: UnsafePointer<CChar>!, _ weight: Int32,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkerBox = try require(worker, "worker")
        try box.worker.addQueue(try text(queue, "queue"), weight: weight)
        return .ok
    }
}

@implementation @_cdecl("distcoord_worker_set_concurrency")
public func distcoord_worker_set_concurrency(_ worker: OpaquePointer!, _ jobs: Int32) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in try worker.setConcurrency(jobs) }
}

@implementation @_cdecl("distcoord_worker_set_prefetch")
public func distcoord_worker_set_prefetch(_ worker: OpaquePointer!, _ jobs: Int32) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in try worker.setPrefetch(jobs) }
}

@implementation @_cdecl("distcoord_worker_set_lease_ms")
public func distcoord_worker_set_lease_ms(_ worker: OpaquePointer!, _ lease_ms: Int64) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in try worker.setLease(lease_ms) }
}

@implementation @_cdecl("distcoord_worker_set_capabilities")
public func distcoord_worker_set_capabilities(
    _ worker: OpaquePointer!, _ capabilities: UnsafePointer<CChar>!
) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in
        try worker.setCapabilities(try text(capabilities, "capabilities"))
    }
}

@implementation @_cdecl("distcoord_worker_set_pool")
public func distcoord_worker_set_pool(_ worker: OpaquePointer!, _ pool: UnsafePointer<CChar>!) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in try worker.setPool(pool == nil ? nil : try text(pool, "pool")) }
}

@implementation @_cdecl("distcoord_worker_set_own_queue")
public func distcoord_worker_set_own_queue(_ worker: OpaquePointer!, _ owns: Bool, _ steals: Bool) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in try worker.setOwnQueue(owns, steals: steals) }
}

@implementation @_cdecl("distcoord_worker_set_partitions")
public func distcoord_worker_set_partitions(
    _ worker: OpaquePointer!, _ queue: UnsafePointer<CChar>!, _ count: Int32
) -> distcoord_status {
    set(worker) { (worker) throws(CoordinationError) in
        try worker.setPartitions(count, of: try text(queue, "queue"))
    }
}

@inline(__always)
private func set(
    _ worker: OpaquePointer?, _ body: (Worker) throws(CoordinationError) -> Void
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: WorkerBox = try require(worker, "worker")
        try body(box.worker)
    }
}

// MARK: - Work

@implementation @_cdecl("distcoord_worker_next")
public func distcoord_worker_next(
    _ worker: OpaquePointer!, _ wait_ms: Int64, _ out_job: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_job, "out_job")
        out.pointee = nil
        let box: WorkerBox = try require(worker, "worker")
        let (status, job) = try box.worker.next(milliseconds: wait_ms)
        if let job { out.pointee = HandleBox.make(JobBox(job)) }
        return status
    }
}

@implementation @_cdecl("distcoord_worker_done")
public func distcoord_worker_done(
    _ worker: OpaquePointer!, _ job: OpaquePointer!, _ result: UnsafeRawPointer!, _ length: Int,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkerBox = try require(worker, "worker")
        let done: JobBox = try require(job, "job")
        return try box.worker.done(done.job, try bytes(result, length, "result"))
    }
}

@implementation @_cdecl("distcoord_worker_run")
public func distcoord_worker_run(
    _ worker: OpaquePointer!, _ handler: distcoord_job_handler!, _ context: UnsafeMutableRawPointer!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkerBox = try require(worker, "worker")
        guard let handler else { throw CoordinationError(.invalidArgument, "handler is NULL") }
        // What the context is, and which threads may use it, is the caller's affair.
        nonisolated(unsafe) let context = context
        let work = box.worker
        return try work.run { job in
            let lent = HandleBox.make(JobBox(job))
            handler(lent, context)
            work.completeUnsettled(job)
            _ = HandleBox.consume(lent, as: JobBox.self)
        }
    }
}

@implementation @_cdecl("distcoord_worker_stop")
public func distcoord_worker_stop(_ worker: OpaquePointer!) {
    HandleBox.borrow(worker, as: WorkerBox.self)?.worker.stop()
}

@implementation @_cdecl("distcoord_worker_drain")
public func distcoord_worker_drain(_ worker: OpaquePointer!) {
    HandleBox.borrow(worker, as: WorkerBox.self)?.worker.drain()
}

@implementation @_cdecl("distcoord_worker_shutdown")
public func distcoord_worker_shutdown(
    _ worker: OpaquePointer!, _ grace_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkerBox = try require(worker, "worker")
        return try box.worker.shutdown(milliseconds: grace_ms)
    }
}

@implementation @_cdecl("distcoord_worker_count")
public func distcoord_worker_count(_ worker: OpaquePointer!, _ which: Int32) -> Int64 {
    HandleBox.borrow(worker, as: WorkerBox.self)?.worker.count(which) ?? 0
}

@implementation @_cdecl("distcoord_worker_cancel")
public func distcoord_worker_cancel(_ worker: OpaquePointer!) {
    HandleBox.borrow(worker, as: WorkerBox.self)?.worker.cancelWaits()
}
