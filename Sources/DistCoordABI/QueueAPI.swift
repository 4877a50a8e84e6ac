// include/distcoord/queue.h: the queue. Claimed jobs are in JobAPI.swift, what is read of a queue in QueueResultAPI.swift.

public import CDistCoord
import DistCoordCore

/// Options of a job as C holds them.
final class JobOptionsBox {
    var options = JobOptions()
}

/// A queue as C holds it.
final class QueueBox {
    let queue: QueueHandle
    let name: CText

    init(_ queue: QueueHandle) {
        self.queue = queue
        name = CText(queue.name)
    }

    deinit {
        queue.dispose()
    }
}

/// The ids of pushed jobs as C holds them.
final class ReceiptBox {
    let count: Int
    let ids: CText

    init(_ ids: [String]) {
        count = ids.count
        self.ids = CText(ids.reduce(into: "") { $0 += $1 + "\n" })
    }
}

// MARK: - How a job is pushed

@implementation @_cdecl("distcoord_job_options_new")
public func distcoord_job_options_new() -> OpaquePointer! {
    HandleBox.make(JobOptionsBox())
}

@implementation @_cdecl("distcoord_job_options_free")
public func distcoord_job_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: JobOptionsBox.self)
}

/// Changes options, unless the changed ones are invalid.
private func change(_ options: OpaquePointer?, _ body: (inout JobOptions) throws(CoordinationError) -> Void) -> Int32 {
    setting { () throws(CoordinationError) in
        let box: JobOptionsBox = try require(options, "options")
        var changed = box.options
        try body(&changed)
        try changed.validate()
        box.options = changed
    }
}

@implementation @_cdecl("distcoord_job_options_set_id")
public func distcoord_job_options_set_id(_ options: OpaquePointer!, _ id: UnsafePointer<CChar>!) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.id = id == nil ? nil : try text(id, "id") }
}

@implementation @_cdecl("distcoord_job_options_set_task")
public func distcoord_job_options_set_task(_ options: OpaquePointer!, _ task: UnsafePointer<CChar>!) -> distcoord_status
{
    change(options) { (options) throws(CoordinationError) in options.task = try text(task, "task") }
}

@implementation @_cdecl("distcoord_job_options_set_priority")
public func distcoord_job_options_set_priority(_ options: OpaquePointer!, _ priority: Int32) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.priority = priority }
}

@implementation @_cdecl("distcoord_job_options_set_delay_ms")
public func distcoord_job_options_set_delay_ms(_ options: OpaquePointer!, _ delay_ms: Int64) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.delay = delay_ms }
}

@implementation @_cdecl("distcoord_job_options_set_max_attempts")
public func distcoord_job_options_set_max_attempts(_ options: OpaquePointer!, _ attempts: Int32) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.maxAttempts = Int(attempts) }
}

@implementation @_cdecl("distcoord_job_options_set_backoff_ms")
public func distcoord_job_options_set_backoff_ms(
    _ options: OpaquePointer!, _ first_ms: Int64, _ max_ms: Int64
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.backoffFirst = first_ms
        options.backoffMax = max_ms
    }
}

@implementation @_cdecl("distcoord_job_options_set_result_ttl_ms")
public func distcoord_job_options_set_result_ttl_ms(_ options: OpaquePointer!, _ ttl_ms: Int64) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.resultTTL = ttl_ms }
}

// MARK: - The queue

@implementation @_cdecl("distcoord_queue_open")
public func distcoord_queue_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ out_queue: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_queue, "out_queue")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        out.pointee = HandleBox.make(QueueBox(try QueueHandle(client: box.client, name: try text(name, "name"))))
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_push")
public func distcoord_queue_push(
    _ queue: OpaquePointer!, _ payload: UnsafeRawPointer!, _ length: Int, _ options: OpaquePointer!,
    _ out_id: UnsafeMutablePointer<CChar>!, _ id_capacity: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        let content = try bytes(payload, length, "payload")
        let chosen = HandleBox.borrow(options, as: JobOptionsBox.self)?.options
        // Looked at before anything is sent: a job whose id cannot be told is a job that cannot be found.
        if out_id != nil {
            let needed = (chosen?.id?.utf8.count ?? QueueHandle.generatedIDLength) + 1
            guard id_capacity >= needed else {
                throw CoordinationError(
                    .invalidArgument,
                    "id_capacity is \(id_capacity); this id needs \(needed) bytes, and 129 fit every id")
            }
        }
        let (status, id) = try box.queue.push(payload: content, options: chosen)
        if let out_id { copy(id, to: out_id) }
        return status
    }
}

private func copy(_ id: String, to buffer: UnsafeMutablePointer<CChar>) {
    var id = id
    id.withUTF8 { source in
        for (index, byte) in source.enumerated() { buffer[index] = CChar(bitPattern: byte) }
        buffer[source.count] = 0
    }
}

@implementation @_cdecl("distcoord_queue_push_many")
public func distcoord_queue_push_many(
    _ queue: OpaquePointer!, _ payloads: UnsafePointer<UnsafeRawPointer?>!, _ lengths: UnsafePointer<Int>!,
    _ options: UnsafePointer<OpaquePointer?>!, _ count: Int, _ out_receipt: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_receipt?.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        if count < 0 { throw CoordinationError(.invalidArgument, "count is out of range") }
        if count > 0, payloads == nil { throw CoordinationError(.invalidArgument, "payloads is NULL") }
        if count > 0, lengths == nil { throw CoordinationError(.invalidArgument, "lengths is NULL") }
        var items: [PushItem] = []
        items.reserveCapacity(count)
        for index in 0..<count {
            let chosen = HandleBox.borrow(options?[index], as: JobOptionsBox.self)?.options
            items.append(PushItem(payload: try bytes(payloads[index], lengths[index], "a payload"), options: chosen))
        }
        var pushed: [String] = []
        defer { out_receipt?.pointee = HandleBox.make(ReceiptBox(pushed)) }
        return try box.queue.pushMany(items, pushed: &pushed)
    }
}

@implementation @_cdecl("distcoord_push_receipt_count")
public func distcoord_push_receipt_count(_ receipt: OpaquePointer!) -> Int {
    HandleBox.borrow(receipt, as: ReceiptBox.self)?.count ?? 0
}

@implementation @_cdecl("distcoord_push_receipt_ids")
public func distcoord_push_receipt_ids(_ receipt: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(receipt, as: ReceiptBox.self)?.ids.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_push_receipt_free")
public func distcoord_push_receipt_free(_ receipt: OpaquePointer!) {
    _ = HandleBox.consume(receipt, as: ReceiptBox.self)
}

@implementation @_cdecl("distcoord_queue_set_lease_ms")
public func distcoord_queue_set_lease_ms(_ queue: OpaquePointer!, _ lease_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        try box.queue.setLease(lease_ms)
    }
}

@implementation @_cdecl("distcoord_queue_claim")
public func distcoord_queue_claim(
    _ queue: OpaquePointer!, _ wait_ms: Int64, _ out_jobs: UnsafeMutablePointer<OpaquePointer?>!, _ capacity: Int,
    _ out_count: UnsafeMutablePointer<Int>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let count = try require(out_count, "out_count")
        count.pointee = 0
        let out = try require(out_jobs, "out_jobs")
        let box: QueueBox = try require(queue, "queue")
        let wanted = try inRange(capacity, 1...10_000, "capacity")
        let (status, jobs) = try box.queue.claim(count: wanted, milliseconds: wait_ms)
        for (index, job) in jobs.prefix(wanted).enumerated() { out[index] = HandleBox.make(JobBox(job)) }
        count.pointee = min(jobs.count, wanted)
        return status
    }
}

@implementation @_cdecl("distcoord_queue_complete_many")
public func distcoord_queue_complete_many(
    _ queue: OpaquePointer!, _ jobs: UnsafePointer<OpaquePointer?>!, _ results: UnsafePointer<UnsafeRawPointer?>!,
    _ lengths: UnsafePointer<Int>!, _ count: Int, _ out_statuses: UnsafeMutablePointer<distcoord_status>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        if count < 0 { throw CoordinationError(.invalidArgument, "count is out of range") }
        if count > 0, jobs == nil { throw CoordinationError(.invalidArgument, "jobs is NULL") }
        var claimed: [ClaimedJob] = []
        var contents: [UnsafeRawBufferPointer] = []
        claimed.reserveCapacity(count)
        contents.reserveCapacity(count)
        for index in 0..<count {
            let job: JobBox = try require(jobs[index], "one of jobs")
            claimed.append(job.job)
            let length = results == nil ? 0 : lengths?[index] ?? 0
            contents.append(try bytes(results?[index], length, "one of results"))
        }
        let statuses = try box.queue.completeMany(claimed, results: contents)
        for (index, status) in statuses.enumerated() { out_statuses?[index] = status.rawValue }
        return statuses.first { $0 != .ok } ?? .ok
    }
}

@implementation @_cdecl("distcoord_queue_find")
public func distcoord_queue_find(
    _ client: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ out_queue: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_queue, "out_queue")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        guard let queue = try QueueHandle.find(client: box.client, id: try text(id, "id")) else { return .notFound }
        out.pointee = HandleBox.make(QueueBox(queue))
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_name")
public func distcoord_queue_name(_ queue: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(queue, as: QueueBox.self)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_queue_cancel")
public func distcoord_queue_cancel(_ queue: OpaquePointer!) {
    HandleBox.borrow(queue, as: QueueBox.self)?.queue.cancelWaits()
}

@implementation @_cdecl("distcoord_queue_free")
public func distcoord_queue_free(_ queue: OpaquePointer!) {
    _ = HandleBox.consume(queue, as: QueueBox.self)
}
