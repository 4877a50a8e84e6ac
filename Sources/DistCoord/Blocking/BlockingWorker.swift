// A worker of the library, and the list of all workers.

import CDistCoord

/// Owns a `distcoord_worker`.
package final class BlockingWorker: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(
        _ client: BlockingClient, _ queues: [WorkerQueue], _ options: WorkerOptions
    ) throws(DistCoordError) {
        if let name = options.name { try requireWhole(name, "the worker's name") }
        var worker: OpaquePointer?
        _ = try ask { distcoord_worker_open(client.pointer, options.name, &worker, $0) }
        pointer = try owned(worker)
        name = text(distcoord_worker_name(pointer))
        self.client = client
        for queue in queues { try add(queue) }
        try apply(options)
    }

    deinit { distcoord_worker_free(pointer) }

    private func add(_ queue: WorkerQueue) throws(DistCoordError) {
        try requireWhole(queue.name, "the queue's name")
        _ = try ask { distcoord_worker_add_queue(pointer, queue.name, Int32(clamping: queue.weight), $0) }
        if queue.partitions != 1 {
            try accept(
                distcoord_worker_set_partitions(pointer, queue.name, Int32(clamping: queue.partitions)),
                "queue '\(queue.name)': \(queue.partitions) partitions: 1 to 64 are allowed")
        }
    }

    private func apply(_ options: WorkerOptions) throws(DistCoordError) {
        try accept(
            distcoord_worker_set_concurrency(pointer, Int32(clamping: options.concurrency)),
            "\(options.concurrency) jobs at the same time: 1 to 10000 are allowed")
        if let prefetch = options.prefetch {
            try accept(
                distcoord_worker_set_prefetch(pointer, Int32(clamping: max(prefetch, 0))),
                "\(prefetch) jobs claimed ahead: 0 to 1000 are allowed")
        }
        if let lease = options.lease {
            try accept(
                distcoord_worker_set_lease_ms(pointer, lease.wholeMilliseconds),
                "a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        }
        if !options.capabilities.isEmpty {
            let names = try joinedCapabilities(options.capabilities)
            try accept(
                distcoord_worker_set_capabilities(pointer, names),
                "capabilities '\(names)': at most 64 of 1 to 64 letters, digits and ._+-:/ each are allowed")
        }
        if let pool = options.pool {
            try requireWhole(pool, "the pool's name")
            try accept(
                distcoord_worker_set_pool(pointer, pool),
                "pool '\(pool)': 1 to 59 letters, digits and ._+-:/ are allowed")
        }
        if options.ownsQueue {
            try accept(
                distcoord_worker_set_own_queue(pointer, true, options.steals),
                "worker '\(name)': a queue of its own is not possible")
        }
    }

    /// "Empty" once it has been stopped, or drains and has nothing more to do.
    package func next(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, value: BlockingJob?) {
        var job: OpaquePointer?
        let answer = try ask { distcoord_worker_next(pointer, waitMilliseconds, &job, $0) }
        return (answer, job.map { BlockingJob($0, client) })
    }

    /// Completes a job, together with others: it is sent a moment later.
    package func done(_ job: BlockingJob, _ result: [UInt8]) throws(DistCoordError) -> Answer {
        try ask { distcoord_worker_done(pointer, job.pointer, result, result.count, $0) }
    }

    /// Works until the worker is stopped or drained. The handler is called on several threads at the same time; it must
    /// not keep the job.
    package func run(_ handler: @escaping @Sendable (BlockingJob) -> Void) throws(DistCoordError) -> Answer {
        let context = RunContext(client: client, handler: handler)
        return try ask { error in
            withExtendedLifetime(context) {
                distcoord_worker_run(
                    pointer,
                    { job, context in
                        guard let job, let context else { return }
                        let run = Unmanaged<RunContext>.fromOpaque(context).takeUnretainedValue()
                        run.handler(BlockingJob(job, run.client, isBorrowed: true))
                    }, Unmanaged.passUnretained(context).toOpaque(), error)
            }
        }
    }

    package func stop() { distcoord_worker_stop(pointer) }
    package func drain() { distcoord_worker_drain(pointer) }
    package func cancel() { distcoord_worker_cancel(pointer) }

    /// "Timed out" when some jobs were given back instead of done. Nothing for the time: as long as it takes.
    package func shutdown(grace: Duration?) throws(DistCoordError) -> Answer {
        try ask { distcoord_worker_shutdown(pointer, waitMilliseconds(grace), $0) }
    }

    package var counts: WorkerCounts {
        WorkerCounts { Int(distcoord_worker_count(pointer, Int32($0))) }
    }

    private final class RunContext: Sendable {
        let client: BlockingClient
        let handler: @Sendable (BlockingJob) -> Void

        init(client: BlockingClient, handler: @escaping @Sendable (BlockingJob) -> Void) {
            self.client = client
            self.handler = handler
        }
    }
}

extension BlockingClient {
    /// Those that live, by name.
    package func workers() throws(DistCoordError) -> [WorkerInfo] {
        var list: OpaquePointer?
        _ = try ask { distcoord_workers_list(pointer, &list, $0) }
        defer { distcoord_worker_list_free(list) }
        return (0..<distcoord_worker_list_count(list)).map { index in
            WorkerInfo(
                name: text(distcoord_worker_list_name(list, index)),
                clientID: text(distcoord_worker_list_client(list, index)),
                host: text(distcoord_worker_list_host(list, index)),
                processID: Int(distcoord_worker_list_pid(list, index)),
                queues: text(distcoord_worker_list_queues(list, index)).split(separator: "\n").map(String.init),
                capabilities: text(distcoord_worker_list_capabilities(list, index))
                    .split(separator: ",").map(String.init),
                concurrency: Int(distcoord_worker_list_concurrency(list, index)),
                startedMillisecondsSince1970: distcoord_worker_list_started_ms(list, index),
                seenMillisecondsSince1970: distcoord_worker_list_seen_ms(list, index),
                uptime: .seconds(distcoord_worker_list_uptime_seconds(list, index)),
                counts: WorkerCounts { Int(distcoord_worker_list_tally(list, index, Int32($0))) },
                jobsPerSecond: distcoord_worker_list_rate(list, index),
                isStopping: distcoord_worker_list_is_stopping(list, index))
        }
    }
}

extension WorkerCounts {
    fileprivate init(_ count: (Int) -> Int) {
        self.init(
            processed: count(DISTCOORD_WORKER_PROCESSED), failed: count(DISTCOORD_WORKER_FAILED),
            released: count(DISTCOORD_WORKER_RELEASED), cancelled: count(DISTCOORD_WORKER_CANCELLED),
            lost: count(DISTCOORD_WORKER_LOST), running: count(DISTCOORD_WORKER_RUNNING),
            ahead: count(DISTCOORD_WORKER_AHEAD))
    }
}
