// include/distcoord/producer.h

public import CDistCoord
import DistCoordCore

/// A producer as C holds it.
final class ProducerBox {
    let producer: ProducerHandle

    init(_ producer: ProducerHandle) {
        self.producer = producer
    }

    deinit {
        producer.dispose()
    }
}

/// Failures as C holds them.
final class PushFailuresBox {
    struct Line {
        let id: CText
        let status: Status
        let message: CText
    }

    let lines: [Line]

    init(_ failures: [PushFailure]) {
        // Jobs of a batch that failed together have one message, and there may be very many.
        var last: (text: String, copy: CText)?
        lines = failures.map { failure in
            let message = last?.text == failure.message ? last?.copy : nil
            let copy = message ?? CText(failure.message)
            last = (failure.message, copy)
            return Line(id: CText(failure.id), status: failure.status, message: copy)
        }
    }

    func line(_ index: Int) -> Line? {
        lines.indices.contains(index) ? lines[index] : nil
    }
}

/// A line of a list of C's.
private func line(_ failures: OpaquePointer?, _ index: Int) -> PushFailuresBox.Line? {
    HandleBox.borrow(failures, as: PushFailuresBox.self)?.line(index)
}

@implementation @_cdecl("distcoord_producer_open")
public func distcoord_producer_open(
    _ queue: OpaquePointer!, _ out_producer: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_producer, "out_producer")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        out.pointee = HandleBox.make(ProducerBox(try ProducerHandle(queue: box.queue)))
        return .ok
    }
}

// MARK: - Settings

@implementation @_cdecl("distcoord_producer_set_batch")
public func distcoord_producer_set_batch(
    _ producer: OpaquePointer!, _ size: Int32, _ timeout_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ProducerBox = try require(producer, "producer")
        try box.producer.setBatch(size: Int(size), timeout: timeout_ms)
    }
}

@implementation @_cdecl("distcoord_producer_set_capacity")
public func distcoord_producer_set_capacity(
    _ producer: OpaquePointer!, _ jobs: Int64, _ bytes: Int64, _ blocks: Bool
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ProducerBox = try require(producer, "producer")
        try box.producer.setCapacity(jobs: jobs, bytes: bytes, blocks: blocks)
    }
}

@implementation @_cdecl("distcoord_producer_set_retry_ms")
public func distcoord_producer_set_retry_ms(_ producer: OpaquePointer!, _ retry_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ProducerBox = try require(producer, "producer")
        box.producer.setRetryTime(retry_ms)
    }
}

// MARK: - Pushing

@implementation @_cdecl("distcoord_producer_push")
public func distcoord_producer_push(
    _ producer: OpaquePointer!, _ payload: UnsafeRawPointer!, _ length: Int, _ options: OpaquePointer!,
    _ out_id: UnsafeMutablePointer<CChar>!, _ id_capacity: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ProducerBox = try require(producer, "producer")
        let content = try bytes(payload, length, "payload")
        let chosen = HandleBox.borrow(options, as: JobOptionsBox.self)?.options
        if out_id != nil { try checkCapacity(id_capacity, for: chosen) }
        let (status, id) = try box.producer.push(payload: content, options: chosen)
        if status == .ok, let out_id { _ = copy(id, to: out_id, capacity: id_capacity) }
        return status
    }
}

@implementation @_cdecl("distcoord_producer_flush")
public func distcoord_producer_flush(
    _ producer: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ProducerBox = try require(producer, "producer")
        return box.producer.flush(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_producer_close")
public func distcoord_producer_close(
    _ producer: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ProducerBox = try require(producer, "producer")
        return box.producer.close(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_producer_pending")
public func distcoord_producer_pending(_ producer: OpaquePointer!) -> Int64 {
    HandleBox.borrow(producer, as: ProducerBox.self)?.producer.pending ?? 0
}

@implementation @_cdecl("distcoord_producer_sent")
public func distcoord_producer_sent(_ producer: OpaquePointer!) -> Int64 {
    HandleBox.borrow(producer, as: ProducerBox.self)?.producer.sent ?? 0
}

@implementation @_cdecl("distcoord_producer_cancel")
public func distcoord_producer_cancel(_ producer: OpaquePointer!) {
    HandleBox.borrow(producer, as: ProducerBox.self)?.producer.cancelWaits()
}

@implementation @_cdecl("distcoord_producer_free")
public func distcoord_producer_free(_ producer: OpaquePointer!) {
    _ = HandleBox.consume(producer, as: ProducerBox.self)
}

// MARK: - What was not pushed

@implementation @_cdecl("distcoord_producer_failures")
public func distcoord_producer_failures(
    _ producer: OpaquePointer!, _ out_failures: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_failures, "out_failures")
        out.pointee = nil
        let box: ProducerBox = try require(producer, "producer")
        out.pointee = HandleBox.make(PushFailuresBox(box.producer.fetchFailures()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_push_failures_count")
public func distcoord_push_failures_count(_ failures: OpaquePointer!) -> Int {
    HandleBox.borrow(failures, as: PushFailuresBox.self)?.lines.count ?? 0
}

@implementation @_cdecl("distcoord_push_failures_id")
public func distcoord_push_failures_id(_ failures: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(failures, index)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_push_failures_status")
public func distcoord_push_failures_status(_ failures: OpaquePointer!, _ index: Int) -> distcoord_status {
    line(failures, index)?.status.rawValue ?? Status.ok.rawValue
}

@implementation @_cdecl("distcoord_push_failures_message")
public func distcoord_push_failures_message(_ failures: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(failures, index)?.message.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_push_failures_free")
public func distcoord_push_failures_free(_ failures: OpaquePointer!) {
    _ = HandleBox.consume(failures, as: PushFailuresBox.self)
}
