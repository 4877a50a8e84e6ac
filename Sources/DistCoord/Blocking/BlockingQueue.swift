// A queue handle of the library.

import CDistCoord

/// Owns a `distcoord_queue`.
package final class BlockingQueue: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    let client: BlockingClient
    /// Who owns the pointer, if that is somebody else.
    private let lender: (any AnyObject & Sendable)?

    package init(
        _ client: BlockingClient, _ name: String, _ options: QueueOptions = QueueOptions()
    ) throws(DistCoordError) {
        try requireWhole(name, "the queue's name")
        var queue: OpaquePointer?
        _ = try ask { distcoord_queue_open(client.pointer, name, &queue, $0) }
        self.pointer = try owned(queue)
        self.name = name
        self.client = client
        lender = nil
        try apply(options)
    }

    /// Nothing for the lease means the library's default.
    package convenience init(_ client: BlockingClient, _ name: String, lease: Duration?) throws(DistCoordError) {
        try self.init(client, name, QueueOptions(lease: lease))
    }

    private func apply(_ options: QueueOptions) throws(DistCoordError) {
        if let lease = options.lease {
            try accept(
                distcoord_queue_set_lease_ms(pointer, lease.wholeMilliseconds),
                "queue '\(name)': a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        }
        if !options.capabilities.isEmpty {
            let names = try joinedCapabilities(options.capabilities)
            try accept(
                distcoord_queue_set_capabilities(pointer, names),
                "queue '\(name)': capabilities '\(names)': at most 64 of 1 to 64 letters, digits and ._+-:/ each")
        }
        if let worker = options.worker {
            try requireWhole(worker, "the worker's name")
            try accept(
                distcoord_queue_set_worker(pointer, worker, options.steals),
                "queue '\(name)': worker '\(worker)': 1 to 128 bytes of text without control characters are allowed")
        }
        if options.partitions != 1 {
            try accept(
                distcoord_queue_set_partitions(pointer, Int32(clamping: options.partitions)),
                "queue '\(name)': \(options.partitions) partitions: 1 to 64 are allowed")
        }
    }

    private init(_ client: BlockingClient, found pointer: OpaquePointer) {
        self.pointer = pointer
        self.name = text(distcoord_queue_name(pointer))
        self.client = client
        lender = nil
    }

    init(_ client: BlockingClient, lent pointer: OpaquePointer, by lender: any AnyObject & Sendable) {
        self.pointer = pointer
        self.name = text(distcoord_queue_name(pointer))
        self.client = client
        self.lender = lender
    }

    /// The queue of a job whose queue is not known; nothing when no queue knows it.
    package static func find(_ client: BlockingClient, job id: String) throws(DistCoordError) -> BlockingQueue? {
        try requireWhole(id, "the job's id")
        var queue: OpaquePointer?
        let answer = try ask { distcoord_queue_find(client.pointer, id, &queue, $0) }
        guard answer == .ok, let queue else { return nil }
        return BlockingQueue(client, found: queue)
    }

    deinit { if lender == nil { distcoord_queue_free(pointer) } }

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
            blocked: Int(distcoord_queue_counts_blocked(counts)),
            unserved: Int(distcoord_queue_counts_unserved(counts)),
            cancelled: Int(distcoord_queue_counts_cancelled(counts)),
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
        return (answer, JobResult(id: id, result))
    }

    package func cancel() { distcoord_queue_cancel(pointer) }
}

extension JobResult {
    init(id: String, _ result: OpaquePointer?) {
        self.init(
            id: id, state: State(number: distcoord_result_state(result)),
            bytes: DistCoord.bytes { distcoord_result_bytes(result, $0) },
            errorType: DistCoord.text(distcoord_result_error_type(result)),
            traceback: DistCoord.text(distcoord_result_traceback(result)),
            worker: DistCoord.text(distcoord_result_worker(result)),
            attempts: Int(distcoord_result_attempts(result)),
            finishedMillisecondsSince1970: distcoord_result_finished_ms(result))
    }
}

extension JobResult.State {
    fileprivate init(number: Int32) {
        switch Int(number) {
        case DISTCOORD_RESULT_COMPLETED: self = .completed
        case DISTCOORD_RESULT_CANCELLED: self = .cancelled
        case DISTCOORD_RESULT_SKIPPED: self = .skipped
        default: self = .dead
        }
    }
}
