// include/distcoord/result.h, and what queue.h has of counts.

public import CDistCoord
import DistCoordCore

/// How a job ended, as C holds it.
final class ResultBox {
    let outcome: JobOutcome
    /// With a NUL behind, for those who read it as text.
    let bytes: [UInt8]
    let errorType: CText
    let traceback: CText
    let worker: CText

    init(_ outcome: JobOutcome) {
        self.outcome = outcome
        bytes = outcome.bytes + [0]
        errorType = CText(outcome.failure?.type ?? "")
        traceback = CText(outcome.failure?.traceback ?? "")
        worker = CText(outcome.failure?.worker ?? "")
    }
}

/// Counts as C holds them.
final class CountsBox {
    let counts: QueueCounts

    init(_ counts: QueueCounts) {
        self.counts = counts
    }
}

@implementation @_cdecl("distcoord_queue_result")
public func distcoord_queue_result(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ wait_ms: Int64,
    _ out_result: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_result, "out_result")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        let (status, outcome) = try box.queue.result(id: try text(id, "id"), milliseconds: wait_ms)
        if let outcome { out.pointee = HandleBox.make(ResultBox(outcome)) }
        return status
    }
}

@implementation @_cdecl("distcoord_result_state")
public func distcoord_result_state(_ result: OpaquePointer!) -> Int32 {
    (HandleBox.borrow(result, as: ResultBox.self)?.outcome.end ?? .dead).rawValue
}

@implementation @_cdecl("distcoord_result_bytes")
public func distcoord_result_bytes(
    _ result: OpaquePointer!, _ out_length: UnsafeMutablePointer<Int>!
) -> UnsafeRawPointer! {
    guard let box = HandleBox.borrow(result, as: ResultBox.self) else {
        out_length?.pointee = 0
        return nil
    }
    out_length?.pointee = box.bytes.count - 1
    // The array is never changed and the box outlives the pointer: its storage stays where it is.
    return box.bytes.withUnsafeBytes { $0.baseAddress }
}

@implementation @_cdecl("distcoord_result_error_type")
public func distcoord_result_error_type(_ result: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(result, as: ResultBox.self)?.errorType.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_result_traceback")
public func distcoord_result_traceback(_ result: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(result, as: ResultBox.self)?.traceback.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_result_worker")
public func distcoord_result_worker(_ result: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(result, as: ResultBox.self)?.worker.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_result_attempts")
public func distcoord_result_attempts(_ result: OpaquePointer!) -> Int32 {
    HandleBox.borrow(result, as: ResultBox.self).map { Int32(clamping: $0.outcome.attempts) } ?? 0
}

@implementation @_cdecl("distcoord_result_finished_ms")
public func distcoord_result_finished_ms(_ result: OpaquePointer!) -> Int64 {
    HandleBox.borrow(result, as: ResultBox.self)?.outcome.finishedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_result_free")
public func distcoord_result_free(_ result: OpaquePointer!) {
    _ = HandleBox.consume(result, as: ResultBox.self)
}

@implementation @_cdecl("distcoord_queue_count")
public func distcoord_queue_count(
    _ queue: OpaquePointer!, _ out_counts: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_counts, "out_counts")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        out.pointee = HandleBox.make(CountsBox(try box.queue.counts()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_counts_waiting")
public func distcoord_queue_counts_waiting(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.waiting ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_delayed")
public func distcoord_queue_counts_delayed(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.delayed ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_active")
public func distcoord_queue_counts_active(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.active ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_dead")
public func distcoord_queue_counts_dead(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.dead ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_completed")
public func distcoord_queue_counts_completed(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.completed ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_failed")
public func distcoord_queue_counts_failed(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.failed ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_claimers")
public func distcoord_queue_counts_claimers(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.claimers ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_blocked")
public func distcoord_queue_counts_blocked(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.blocked ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_unserved")
public func distcoord_queue_counts_unserved(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.unserved ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_cancelled")
public func distcoord_queue_counts_cancelled(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: CountsBox.self)?.counts.cancelled ?? 0
}

@implementation @_cdecl("distcoord_queue_counts_free")
public func distcoord_queue_counts_free(_ counts: OpaquePointer!) {
    _ = HandleBox.consume(counts, as: CountsBox.self)
}
