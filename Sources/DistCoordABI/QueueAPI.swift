// include/distcoord/queue.h: the queue. What is read of one is in QueueResultAPI.swift.

public import CDistCoord
import DistCoordCore

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

/// What became of pushed jobs as C holds it.
final class ReceiptBox {
    let count: Int
    let ids: CText
    let outcomes: [PushOutcome]
    private let texts: LazyTexts

    init(_ outcomes: [PushOutcome]) {
        self.outcomes = outcomes
        var count = 0
        var text = ""
        for outcome in outcomes where outcome.status == .ok {
            count += 1
            text += outcome.id
            text += "\n"
        }
        self.count = count
        ids = CText(text)
        texts = LazyTexts(outcomes.count)
    }

    func text(_ index: Int) -> UnsafePointer<CChar> {
        texts.text(index) { outcomes[index].id }
    }
}

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
        if out_id != nil { try checkCapacity(id_capacity, for: chosen) }
        let outcome = try box.queue.push(payload: content, options: chosen)
        if let out_id, !copy(outcome.id, to: out_id, capacity: id_capacity) {
            throw CoordinationError(
                .invalidArgument,
                "id_capacity is too small for the id of the job that has the unique key; 129 fit every id")
        }
        if outcome.status == .conflict {
            throw CoordinationError(.conflict, "the batch is sealed: no job can be added to it any more")
        }
        return outcome.status
    }
}

/// Looked at before anything is sent: a job whose id cannot be told is a job that cannot be found.
func checkCapacity(_ capacity: Int, for options: JobOptions?) throws(CoordinationError) {
    let needed = (options?.id?.utf8.count ?? QueueHandle.generatedIDLength) + 1
    guard capacity >= needed else {
        throw CoordinationError(
            .invalidArgument, "id_capacity is \(capacity); this id needs \(needed) bytes, and 129 fit every id")
    }
}

/// Copies an id and a NUL; false when there is no room.
func copy(_ id: String, to buffer: UnsafeMutablePointer<CChar>, capacity: Int) -> Bool {
    var id = id
    return id.withUTF8 { source in
        guard source.count < capacity else { return false }
        for (index, byte) in source.enumerated() { buffer[index] = CChar(bitPattern: byte) }
        buffer[source.count] = 0
        return true
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
        var outcomes: [PushOutcome] = []
        defer { out_receipt?.pointee = HandleBox.make(ReceiptBox(outcomes)) }
        try box.queue.pushMany(items, outcomes: &outcomes)
        let refused = outcomes.first { $0.status != .ok }?.status ?? .ok
        if refused == .conflict {
            throw CoordinationError(.conflict, "a batch is sealed: no job can be added to it any more")
        }
        return refused
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

@implementation @_cdecl("distcoord_push_receipt_status")
public func distcoord_push_receipt_status(_ receipt: OpaquePointer!, _ index: Int) -> distcoord_status {
    guard let box = HandleBox.borrow(receipt, as: ReceiptBox.self), box.outcomes.indices.contains(index) else {
        return Status.invalidArgument.rawValue
    }
    return box.outcomes[index].status.rawValue
}

@implementation @_cdecl("distcoord_push_receipt_id")
public func distcoord_push_receipt_id(_ receipt: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    guard let box = HandleBox.borrow(receipt, as: ReceiptBox.self), box.outcomes.indices.contains(index) else {
        return emptyText
    }
    return box.text(index)
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

@implementation @_cdecl("distcoord_queue_set_capabilities")
public func distcoord_queue_set_capabilities(
    _ queue: OpaquePointer!, _ capabilities: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        try box.queue.setCapabilities(try text(capabilities, "capabilities"))
    }
}

@implementation @_cdecl("distcoord_queue_set_worker")
public func distcoord_queue_set_worker(
    _ queue: OpaquePointer!, _ worker: UnsafePointer<CChar>!, _ steals: Bool
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        try box.queue.setWorker(worker == nil ? nil : try text(worker, "worker"), steals: steals)
    }
}

@implementation @_cdecl("distcoord_queue_set_partitions")
public func distcoord_queue_set_partitions(_ queue: OpaquePointer!, _ count: Int32) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        try box.queue.setPartitions(Int(count))
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
        guard let other = statuses.firstIndex(where: { $0 != .ok }) else { return .ok }
        if statuses[other] == .invalidArgument { throw claimed[other].additionsRefused }
        return statuses[other]
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
