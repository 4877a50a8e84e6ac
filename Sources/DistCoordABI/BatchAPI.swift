// include/distcoord/batch.h

public import CDistCoord
import DistCoordCore

/// A batch as C holds it.
final class BatchBox {
    let batch: BatchHandle
    let id: CText

    init(_ batch: BatchHandle) {
        self.batch = batch
        id = CText(batch.id)
    }

    deinit {
        batch.cancelWaits()
    }
}

/// Counts of a batch as C holds them.
final class BatchCountsBox {
    let counts: BatchCounts

    init(_ counts: BatchCounts) {
        self.counts = counts
    }
}

@implementation @_cdecl("distcoord_batch_open")
public func distcoord_batch_open(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ out_batch: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_batch, "out_batch")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        let batch = try BatchHandle(queue: box.queue, id: id == nil ? nil : try text(id, "id"))
        out.pointee = HandleBox.make(BatchBox(batch))
        return .ok
    }
}

@implementation @_cdecl("distcoord_batch_id")
public func distcoord_batch_id(_ batch: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(batch, as: BatchBox.self)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_batch_seal")
public func distcoord_batch_seal(_ batch: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    attempt(error) { () throws(CoordinationError) in
        let box: BatchBox = try require(batch, "batch")
        try box.batch.seal()
        return .ok
    }
}

@implementation @_cdecl("distcoord_batch_wait")
public func distcoord_batch_wait(
    _ batch: OpaquePointer!, _ wait_ms: Int64, _ out_counts: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_counts, "out_counts")
        out.pointee = nil
        let box: BatchBox = try require(batch, "batch")
        let (status, counts) = try box.batch.wait(milliseconds: wait_ms)
        if let counts { out.pointee = HandleBox.make(BatchCountsBox(counts)) }
        return status
    }
}

@implementation @_cdecl("distcoord_batch_cancel")
public func distcoord_batch_cancel(_ batch: OpaquePointer!) {
    HandleBox.borrow(batch, as: BatchBox.self)?.batch.cancelWaits()
}

@implementation @_cdecl("distcoord_batch_free")
public func distcoord_batch_free(_ batch: OpaquePointer!) {
    _ = HandleBox.consume(batch, as: BatchBox.self)
}

@implementation @_cdecl("distcoord_batch_counts_total")
public func distcoord_batch_counts_total(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: BatchCountsBox.self)?.counts.total ?? 0
}

@implementation @_cdecl("distcoord_batch_counts_completed")
public func distcoord_batch_counts_completed(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: BatchCountsBox.self)?.counts.completed ?? 0
}

@implementation @_cdecl("distcoord_batch_counts_failed")
public func distcoord_batch_counts_failed(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: BatchCountsBox.self)?.counts.failed ?? 0
}

@implementation @_cdecl("distcoord_batch_counts_cancelled")
public func distcoord_batch_counts_cancelled(_ counts: OpaquePointer!) -> Int64 {
    HandleBox.borrow(counts, as: BatchCountsBox.self)?.counts.cancelled ?? 0
}

@implementation @_cdecl("distcoord_batch_counts_is_sealed")
public func distcoord_batch_counts_is_sealed(_ counts: OpaquePointer!) -> Bool {
    HandleBox.borrow(counts, as: BatchCountsBox.self)?.counts.isSealed ?? false
}

@implementation @_cdecl("distcoord_batch_counts_free")
public func distcoord_batch_counts_free(_ counts: OpaquePointer!) {
    _ = HandleBox.consume(counts, as: BatchCountsBox.self)
}
