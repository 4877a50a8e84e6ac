// Jobs: pushed, claimed under a lease, completed or retried, results waited for.

import Synchronization

/// A queue of jobs.
///
/// At least once: a job whose worker died runs again, and exactly one completion is accepted. <doc:Queues> says what
/// holds. A queue object may be used by many tasks; cancelling one that waits does not disturb the others.
public final class Queue: Sendable {
    /// The queue's name.
    public let name: String
    /// How long a claim outlives its worker; 30 s if `nil`.
    public let lease: Duration?

    private let client: Client
    // The library's cancel ends all waits of one handle, so that each wait takes one of these for itself; they come
    // back, as what the library prepared for a handle is worth keeping.
    private let idleHandles = Mutex<[BlockingQueue]>([])
    private static let maxIdleHandles = 16

    init(_ client: Client, name: String, lease: Duration?) {
        self.client = client
        self.name = name
        self.lease = lease
    }

    private func withHandle<Value>(_ body: (BlockingQueue) async throws -> Value) async throws -> Value {
        let handle = try idleHandles.withLock { $0.popLast() } ?? BlockingQueue(client.blocking, name, lease: lease)
        defer {
            idleHandles.withLock { if $0.count < Self.maxIdleHandles { $0.append(handle) } }
        }
        return try await body(handle)
    }

    // MARK: Pushing

    /// Pushes one job; gives its id. Throws ``DistCoordError/Code-swift.struct/exists`` if the id is known already.
    @discardableResult
    public func push(_ payload: [UInt8], options: PushOptions = PushOptions()) async throws -> String {
        let (id, existed) = try await withHandle { handle in
            try await offload { try handle.push(payload, options) }
        }
        if existed { throw DistCoordError(.exists, "queue '\(name)': job '\(id)' is known already") }
        return id
    }

    /// Pushes one job whose payload is the text in UTF-8.
    @discardableResult
    public func push(_ text: String, options: PushOptions = PushOptions()) async throws -> String {
        try await push(Array(text.utf8), options: options)
    }

    /// Pushes one job whose payload is the value in JSON, which workers of every language read.
    @discardableResult
    public func push(json value: some Encodable, options: PushOptions = PushOptions()) async throws -> String {
        try await push(JSON.encode(value), options: options)
    }

    /// Pushes many jobs in as few round trips as their size allows; gives their ids in the same order.
    ///
    /// When it throws, part of them may have been pushed: ``DistCoordError/pushedIDs``.
    @discardableResult
    public func pushMany(_ payloads: [[UInt8]], options: PushOptions = PushOptions()) async throws -> [String] {
        try await withHandle { handle in try await offload { try handle.pushMany(payloads, options) } }
    }

    /// Pushes many jobs whose payloads are the texts in UTF-8.
    @discardableResult
    public func pushMany(_ texts: [String], options: PushOptions = PushOptions()) async throws -> [String] {
        try await pushMany(texts.map { Array($0.utf8) }, options: options)
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
        case .ok, .empty, .timedOut: return jobs.map { Job($0, queue: name) }
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
    public var jobs: JobSequence { JobSequence(queue: self) }

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

    /// How many jobs are in which state.
    public func counts() async throws -> QueueCounts {
        try await withHandle { handle in try await offload { try handle.count() } }
    }
}

/// How many jobs are in which state, as the server saw it when it was asked.
public struct QueueCounts: Sendable, Hashable {
    /// Ready to be claimed.
    public var waiting: Int
    /// Waiting for their time: pushed with a delay, or failed and to be tried again.
    public var delayed: Int
    /// Claimed.
    public var active: Int
    /// Out of attempts.
    public var dead: Int
    /// Completed since the queue was first used.
    public var completed: Int
    /// Attempts that failed since the queue was first used, those of dead workers included.
    public var failed: Int
    /// Claimers that wait for a job.
    public var claimers: Int
}

/// How a job ended.
public struct JobResult: Sendable, Hashable {
    /// The two ends of a job.
    public enum State: String, Sendable, Hashable {
        /// It was completed.
        case completed
        /// Its attempts are used up, or it was failed for good.
        case dead
    }

    /// The job's id.
    public var id: String
    /// How it ended.
    public var state: State
    /// The result of a completed job; the message of the last failure of a dead one.
    public var bytes: [UInt8]
    /// How many attempts there were.
    public var attempts: Int
    /// When it ended, by the server's clock.
    public var finishedMillisecondsSince1970: Int64

    /// ``bytes`` as UTF-8.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The result of a completed job as a value from JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: bytes)
    }
}
