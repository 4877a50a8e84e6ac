// A batch handle of the library.

import CDistCoord

/// Owns a `distcoord_batch`.
package final class BlockingBatch: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let id: String
    private let queue: BlockingQueue

    /// Nothing for the id: a new batch.
    package init(_ queue: BlockingQueue, id: String? = nil) throws(DistCoordError) {
        if let id { try requireWhole(id, "the batch's id") }
        var batch: OpaquePointer?
        _ = try ask { distcoord_batch_open(queue.pointer, id, &batch, $0) }
        pointer = try owned(batch)
        self.id = text(distcoord_batch_id(pointer))
        self.queue = queue
    }

    deinit { distcoord_batch_free(pointer) }

    package func seal() throws(DistCoordError) { _ = try ask { distcoord_batch_seal(pointer, $0) } }

    /// With the counts for "ok" and "timed out".
    package func wait(milliseconds: Int64) throws(DistCoordError) -> (answer: Answer, counts: BatchCounts?) {
        var counts: OpaquePointer?
        let answer = try ask { distcoord_batch_wait(pointer, milliseconds, &counts, $0) }
        defer { distcoord_batch_counts_free(counts) }
        guard counts != nil else { return (answer, nil) }
        return (
            answer,
            BatchCounts(
                total: Int(distcoord_batch_counts_total(counts)),
                completed: Int(distcoord_batch_counts_completed(counts)),
                failed: Int(distcoord_batch_counts_failed(counts)),
                cancelled: Int(distcoord_batch_counts_cancelled(counts)),
                isSealed: distcoord_batch_counts_is_sealed(counts))
        )
    }

    package func cancel() { distcoord_batch_cancel(pointer) }
}
