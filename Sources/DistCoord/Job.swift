// A claimed job, and the sequence of them.

/// A claimed job. The library renews its lease until it is settled by ``complete(with:)-([UInt8])``, ``fail(_:retry:)``
/// or ``release()``. One that is dropped unsettled is given back.
public final class Job: Sendable {
    /// What a job object knows about its claim, without asking the server.
    public enum State: Sendable, Hashable {
        /// This object has the job.
        case claimed
        /// It was completed, failed or given back.
        case settled
        /// The lease ended: another worker has the job or had it.
        case lost
    }

    /// Name of the job's queue.
    public let queue: String
    private let blocking: BlockingJob

    init(_ blocking: BlockingJob, queue: String) {
        self.blocking = blocking
        self.queue = queue
    }

    /// The job's id.
    public var id: String { blocking.id }
    /// What kind of work it is; empty when it was pushed without.
    public var task: String { blocking.task }
    /// The job's bytes.
    public var payload: [UInt8] { blocking.payload }
    /// ``payload`` as UTF-8.
    public var text: String { String(decoding: payload, as: UTF8.self) }
    /// Which attempt this is, from 1.
    public var attempt: Int { blocking.attempt }
    /// The job's priority.
    public var priority: Int { blocking.priority }
    /// When it was pushed, by the server's clock.
    public var pushedMillisecondsSince1970: Int64 { blocking.pushedMillisecondsSince1970 }
    /// Fencing number of this claim; it grows with every claim in the queue.
    public var fence: UInt64 { blocking.fence }

    /// What this object knows about its claim.
    public var state: State {
        switch blocking.state {
        case .claimed: .claimed
        case .settled: .settled
        case .lost: .lost
        }
    }

    /// The payload as a value from JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: payload)
    }

    /// Completes the job. It is accepted exactly once over all who ever claimed it.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/lost`` when the lease ended before, and
    /// ``DistCoordError/Code-swift.struct/notHeld`` when this object has settled the job already; so for all three ways
    /// to settle it.
    public func complete(with result: [UInt8] = []) async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.complete(result) })
    }

    /// Completes the job with the text in UTF-8.
    public func complete(with text: String) async throws { try await complete(with: Array(text.utf8)) }

    /// Completes the job with the value in JSON.
    public func complete(json value: some Encodable) async throws { try await complete(with: JSON.encode(value)) }

    /// Says that the attempt failed. The job runs again after its backoff, unless its attempts are used up or `retry` is
    /// false: then it is dead.
    public func fail(_ message: String, retry: Bool = true) async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.fail(message, retry: retry) })
    }

    /// Gives the job back untouched: to the front of its queue, no attempt counted.
    public func release() async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.release() })
    }

    /// Runs the body in a task that is cancelled when the job's lease is lost; then this throws
    /// ``DistCoordError/Code-swift.struct/lost`` once the body has returned. The body settles the job, or the caller.
    public func whileClaimed<Value: Sendable>(
        _ body: @escaping @Sendable (Job) async throws -> Value
    ) async throws -> Value {
        let result = await runUnderLease(lossDescriptor: blocking.lossDescriptor) { try await body(self) }
        if state == .lost { throw error(.lost) }
        return try result.get()
    }

    private func expectClaimed(_ answer: Answer) throws {
        if answer != .ok { throw error(answer.code) }
    }

    private func error(_ code: DistCoordError.Code) -> DistCoordError {
        let reason = code == .lost ? "the lease ended; another worker has or had it" : "it is settled already"
        return DistCoordError(code, "job '\(id)': \(reason)")
    }
}

/// The jobs of a queue as they are claimed; see ``Queue/jobs``.
public struct JobSequence: AsyncSequence, Sendable {
    /// A claimed job.
    public typealias Element = Job

    let queue: Queue

    /// Begins to claim.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }

    /// Claims one job at a time.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let queue: Queue

        /// Waits for the next job; `nil` when the task was cancelled.
        public func next() async throws -> Job? {
            do {
                let job = try await queue.claim()
                // Granted in the moment of the cancellation: nobody is left to work on it.
                if Task.isCancelled {
                    try? await job?.release()
                    return nil
                }
                return job
            } catch is CancellationError {
                return nil
            }
        }
    }
}
