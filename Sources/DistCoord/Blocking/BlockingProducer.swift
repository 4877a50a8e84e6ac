// A buffered producer of the library.

import CDistCoord

/// Owns a `distcoord_producer`.
package final class BlockingProducer: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    private let queue: BlockingQueue

    /// Nothing that is not given in the options is set, whatever its default.
    package init(_ queue: BlockingQueue, _ options: ProducerOptions, blocksWhenFull: Bool) throws(DistCoordError) {
        var producer: OpaquePointer?
        _ = try ask { distcoord_producer_open(queue.pointer, &producer, $0) }
        pointer = try owned(producer)
        self.queue = queue
        try accept(
            distcoord_producer_set_batch(
                pointer, Int32(clamping: options.batchSize), options.batchTimeout.wholeMilliseconds),
            "batches of \(options.batchSize) jobs or after \(options.batchTimeout): 1 to 1000, 0 to 60 s are allowed")
        try accept(
            distcoord_producer_set_capacity(
                pointer, Int64(options.capacity), Int64(options.capacityBytes), blocksWhenFull),
            "a buffer of \(options.capacity) jobs and \(options.capacityBytes) bytes: 1 to 10000000, 1 or more")
        try accept(
            distcoord_producer_set_retry_ms(pointer, options.retry.map(\.wholeMilliseconds) ?? -1),
            "trying again for \(options.retry.map { "\($0)" } ?? "ever") is not possible")
    }

    deinit { distcoord_producer_free(pointer) }

    /// Answers "timed out" when the buffer is full and it does not block then.
    package func push(
        _ payload: [UInt8], _ options: PushOptions
    ) throws(DistCoordError) -> (answer: Answer, id: String) {
        let handle = try BlockingJobOptions(options)
        return try askForID { id, capacity, error in
            distcoord_producer_push(pointer, payload, payload.count, handle.pointer, id, capacity, error)
        }
    }

    /// "Broken" when there are failures to fetch.
    package func flush(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_producer_flush(pointer, waitMilliseconds, $0) }
    }

    /// "Broken" when there are failures to fetch.
    package func close(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_producer_close(pointer, waitMilliseconds, $0) }
    }

    package var pending: Int { Int(distcoord_producer_pending(pointer)) }
    package var sent: Int { Int(distcoord_producer_sent(pointer)) }

    /// Each once.
    package func failures() throws(DistCoordError) -> [PushFailure] {
        var failures: OpaquePointer?
        _ = try ask { distcoord_producer_failures(pointer, &failures, $0) }
        defer { distcoord_push_failures_free(failures) }
        return (0..<distcoord_push_failures_count(failures)).map { index in
            PushFailure(
                id: text(distcoord_push_failures_id(failures, index)),
                code: DistCoordError.Code(rawValue: distcoord_push_failures_status(failures, index)),
                message: text(distcoord_push_failures_message(failures, index)))
        }
    }

    package func cancel() { distcoord_producer_cancel(pointer) }
}
