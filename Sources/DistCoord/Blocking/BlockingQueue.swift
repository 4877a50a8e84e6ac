// A queue handle of the library.

import CDistCoord

/// Owns a `distcoord_queue`.
package final class BlockingQueue: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    /// Nothing for the lease means the library's default.
    package init(_ client: BlockingClient, _ name: String, lease: Duration? = nil) throws(DistCoordError) {
        try requireWhole(name, "the queue's name")
        var queue: OpaquePointer?
        _ = try ask { distcoord_queue_open(client.pointer, name, &queue, $0) }
        let pointer = try owned(queue)
        if let lease, distcoord_queue_set_lease_ms(pointer, lease.wholeMilliseconds) != 0 {
            distcoord_queue_free(pointer)
            throw DistCoordError(
                .invalidArgument, "queue '\(name)': a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        }
        self.pointer = pointer
        self.name = name
        self.client = client
    }

    private init(_ client: BlockingClient, found pointer: OpaquePointer) {
        self.pointer = pointer
        self.name = text(distcoord_queue_name(pointer))
        self.client = client
    }

    /// The queue of a job whose queue is not known; nothing when no queue knows it.
    package static func find(_ client: BlockingClient, job id: String) throws(DistCoordError) -> BlockingQueue? {
        try requireWhole(id, "the job's id")
        var queue: OpaquePointer?
        let answer = try ask { distcoord_queue_find(client.pointer, id, &queue, $0) }
        guard answer == .ok, let queue else { return nil }
        return BlockingQueue(client, found: queue)
    }

    deinit { distcoord_queue_free(pointer) }

    /// Gives the id, and whether it was known already, in which case nothing was pushed.
    package func push(
        _ payload: [UInt8], _ options: PushOptions
    ) throws(DistCoordError) -> (id: String, existed: Bool) {
        let handle = try options.makeHandle()
        defer { distcoord_job_options_free(handle) }
        var id = [CChar](repeating: 0, count: 129)
        let capacity = id.count
        let answer = try ask {
            distcoord_queue_push(pointer, payload, payload.count, handle, &id, capacity, $0)
        }
        if answer == .exists { return (options.id ?? "", true) }
        return (String(decoding: id.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), false)
    }

    /// All payloads with the same options. Gives the ids in the order of the payloads.
    package func pushMany(_ payloads: [[UInt8]], _ options: PushOptions) throws(DistCoordError) -> [String] {
        if payloads.isEmpty { return [] }
        let handle = try options.makeHandle()
        defer { distcoord_job_options_free(handle) }
        var receipt: OpaquePointer?
        defer { distcoord_push_receipt_free(receipt) }
        let lengths = payloads.map(\.count)
        // One flat copy has an address for each payload that stays the same during the call; arrays in an array have not.
        let flat = payloads.flatMap { $0 }
        let handles = handle.map { [OpaquePointer?](repeating: $0, count: payloads.count) }
        let answer: Answer
        do throws(DistCoordError) {
            answer = try ask { error in
                flat.withUnsafeBytes { bytes in
                    var pointers: [UnsafeRawPointer?] = []
                    pointers.reserveCapacity(lengths.count)
                    var offset = 0
                    for length in lengths {
                        pointers.append(bytes.baseAddress.map { $0 + offset })
                        offset += length
                    }
                    if let handles {
                        return distcoord_queue_push_many(
                            pointer, pointers, lengths, handles, lengths.count, &receipt, error)
                    }
                    return distcoord_queue_push_many(pointer, pointers, lengths, nil, lengths.count, &receipt, error)
                }
            }
        } catch {
            var error = error
            error.pushedIDs = Self.ids(in: receipt)
            throw error
        }
        if answer == .exists {
            throw DistCoordError(
                .exists, "queue '\(name)': job '\(options.id ?? "")' is known already", pushedIDs: Self.ids(in: receipt)
            )
        }
        return Self.ids(in: receipt)
    }

    private static func ids(in receipt: OpaquePointer?) -> [String] {
        text(distcoord_push_receipt_ids(receipt)).split(separator: "\n").map(String.init)
    }

    package func claim(
        _ capacity: Int, waitMilliseconds: Int64
    ) throws(DistCoordError) -> (answer: Answer, jobs: [BlockingJob]) {
        guard (1...10_000).contains(capacity) else {
            throw DistCoordError(.invalidArgument, "queue '\(name)': 1 to 10000 jobs can be claimed at once")
        }
        var jobs = [OpaquePointer?](repeating: nil, count: capacity)
        var count = 0
        let answer = try ask { distcoord_queue_claim(pointer, waitMilliseconds, &jobs, capacity, &count, $0) }
        return (answer, jobs.prefix(count).compactMap { $0.map { BlockingJob($0, client) } })
    }

    package func count() throws(DistCoordError) -> QueueCounts {
        var counts: OpaquePointer?
        _ = try ask { distcoord_queue_count(pointer, &counts, $0) }
        defer { distcoord_queue_counts_free(counts) }
        return QueueCounts(
            waiting: Int(distcoord_queue_counts_waiting(counts)), delayed: Int(distcoord_queue_counts_delayed(counts)),
            active: Int(distcoord_queue_counts_active(counts)), dead: Int(distcoord_queue_counts_dead(counts)),
            completed: Int(distcoord_queue_counts_completed(counts)),
            failed: Int(distcoord_queue_counts_failed(counts)),
            claimers: Int(distcoord_queue_counts_claimers(counts)))
    }

    package func result(
        of id: String, waitMilliseconds: Int64
    ) throws(DistCoordError) -> (answer: Answer, result: JobResult?) {
        try requireWhole(id, "the job's id")
        var result: OpaquePointer?
        let answer = try ask { distcoord_queue_result(pointer, id, waitMilliseconds, &result, $0) }
        defer { distcoord_result_free(result) }
        guard answer == .ok else { return (answer, nil) }
        var length = 0
        let bytes = distcoord_result_bytes(result, &length)
        return (
            answer,
            JobResult(
                id: id,
                state: Int(distcoord_result_state(result)) == DISTCOORD_RESULT_COMPLETED ? .completed : .dead,
                bytes: bytes.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: length)) } ?? [],
                attempts: Int(distcoord_result_attempts(result)),
                finishedMillisecondsSince1970: distcoord_result_finished_ms(result))
        )
    }

    package func cancel() { distcoord_queue_cancel(pointer) }
}
