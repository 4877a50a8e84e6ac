// Jobs: pushed, claimed under a lease, completed or retried, results waited for.

/// A queue of jobs.
///
/// At least once: a job whose worker died runs again, and exactly one completion is accepted. <doc:Queues> says what
/// holds. A queue object may be used by many tasks; cancelling one that waits does not disturb the others.
public final class Queue: Sendable {
    /// The queue's name.
    public let name: String
    /// How it is used.
    public let options: QueueOptions

    let client: Client
    private let handles: HandlePool<BlockingQueue>

    init(_ client: Client, name: String, _ options: QueueOptions) {
        self.client = client
        self.name = name
        self.options = options
        handles = HandlePool { try BlockingQueue(client.blocking, name, options) }
    }

    /// Runs the body with a handle that nobody else uses meanwhile.
    func withHandle<Value>(_ body: (BlockingQueue) async throws -> Value) async throws -> Value {
        try await handles.with(body)
    }

    /// Runs a call of one round trip on such a handle.
    func withHandle<Value: Sendable>(
        offloaded call: @escaping @Sendable (BlockingQueue) throws -> Value
    ) async throws -> Value {
        try await handles.call(call)
    }

    // MARK: Claiming

    /// Claims a job, waiting for one. Cancelling the task throws `CancellationError`.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever, zero to try once.
    /// - Returns: The job; `nil` when there was none in time.
    public func claim(timeout: Duration? = nil) async throws -> Job? {
        try await claimMany(1, timeout: timeout).first
    }

    /// Claims up to that many jobs. It waits until there is one, and never for more than one.
    public func claimMany(_ limit: Int, timeout: Duration? = nil) async throws -> [Job] {
        let wait = waitMilliseconds(timeout)
        let (answer, jobs) = try await withHandle { handle in
            try await offload(cancel: { handle.cancel() }) { try handle.claim(limit, waitMilliseconds: wait) }
        }
        switch answer {
        case .ok, .empty, .timedOut: return jobs.map(Job.init)
        default: throw cancellation(of: "queue '\(name)'")
        }
    }

    /// The jobs of this queue, claimed one after the other as they are asked for. It ends when the task is cancelled.
    ///
    /// ```swift
    /// for try await job in queue.jobs {
    ///     try await job.complete(with: work(on: job.payload))
    /// }
    /// ```
    public var jobs: JobSequence { JobSequence { try await self.claim() } }

    // MARK: Asking

    /// How a job ended, waiting for its end if need be.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut`` when it has not ended in time,
    /// ``DistCoordError/Code-swift.struct/notFound`` when no such job is known, and
    /// ``DistCoordError/Code-swift.struct/expired`` when its result is no longer kept.
    public func result(_ id: String, timeout: Duration? = nil) async throws -> JobResult {
        let wait = waitMilliseconds(timeout)
        let (answer, result) = try await withHandle { handle in
            try await offload(cancel: { handle.cancel() }) { try handle.result(of: id, waitMilliseconds: wait) }
        }
        if let result { return result }
        switch answer {
        case .timedOut: throw DistCoordError(.timedOut, "job '\(id)' has not ended yet", isRetriable: true)
        case .notFound: throw DistCoordError(.notFound, "queue '\(name)': no job '\(id)' is known")
        case .expired: throw DistCoordError(.expired, "job '\(id)' has ended, but its result is no longer kept")
        default: throw cancellation(of: "job '\(id)'")
        }
    }

    /// The result of a job as a value from JSON, waiting for its end if need be. Throws as ``result(_:timeout:)``, and
    /// ``JobError`` when the job did not complete.
    public func value<Value: Decodable>(
        of id: String, as type: Value.Type = Value.self, timeout: Duration? = nil
    ) async throws -> Value {
        try await result(id, timeout: timeout).decode(type)
    }

    /// How many jobs are in which state; its cost does not depend on how many there are.
    public func counts() async throws -> QueueCounts { try await withHandle { try $0.count() } }
}
