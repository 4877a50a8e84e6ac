// A claimed job, and the sequence of them.

/// A claimed job. The library renews its lease until it is settled: by ``complete(with:)-([UInt8])``,
/// ``fail(_:retry:)-(String,_)``, ``cancelled()`` or ``release(after:)``. One that is dropped unsettled is given back.
public final class Job: Sendable {
    /// What a job object knows about its claim, without asking the server.
    public enum State: Sendable, Hashable {
        /// This object has the job.
        case claimed
        /// It was completed, failed or given back.
        case settled
        /// The lease ended: another worker has the job or had it.
        case lost
        /// Still claimed, but somebody asks to cancel it: ``Job/cancelled()``, or go on and settle it otherwise.
        case cancelling
        /// The time for this attempt is over, and the library has said that it failed.
        case expired
    }

    let blocking: BlockingJob

    init(_ blocking: BlockingJob) { self.blocking = blocking }

    // MARK: What it is

    /// The job's id.
    public var id: String { blocking.id }
    /// Name of the job's queue.
    public var queue: String { blocking.queue }
    /// What kind of work it is; empty when it was pushed without.
    public var task: String { blocking.task }
    /// The job's bytes.
    public var payload: [UInt8] { blocking.payload }
    /// ``payload`` as UTF-8.
    public var text: String { String(decoding: payload, as: UTF8.self) }
    /// What the payload is said to be; empty when nothing was said.
    public var contentType: String { blocking.contentType }
    /// What travels with the job.
    public var headers: [String: String] { blocking.headers }
    /// Which attempt this is, from 1.
    public var attempt: Int { blocking.attempt }
    /// How many attempts there are in all.
    public var maxAttempts: Int { blocking.maxAttempts }
    /// How long this attempt may take; `nil` for no limit.
    public var timeout: Duration? { blocking.timeout }
    /// The job's priority.
    public var priority: Int { blocking.priority }
    /// The batch it belongs to.
    public var batch: String? { blocking.batch }
    /// When it was pushed, by the server's clock.
    public var pushedMillisecondsSince1970: Int64 { blocking.pushedMillisecondsSince1970 }
    /// Fencing number of this claim; it grows with every claim in the queue.
    public var fence: UInt64 { blocking.fence }

    /// The payload as a value from JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: payload)
    }

    // MARK: How it stands

    /// What this object knows about its claim.
    public var state: State {
        switch blocking.state {
        case .claimed: .claimed
        case .settled: .settled
        case .lost: .lost
        case .cancelling: .cancelling
        case .expired: .expired
        }
    }

    /// Whether somebody asks to cancel it.
    public var isCancelling: Bool { state == .cancelling }

    /// Says how far the work is, for all who look at the job (``Queue/inspect(_:)``). The last one counts; it is
    /// forgotten when the job ends.
    ///
    /// - Parameters:
    ///   - percent: 0 to 100.
    ///   - text: Anything, at most 1 024 bytes.
    public func progress(_ percent: Int, _ text: String? = nil) async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.progress(percent, text) })
    }

    // MARK: How it ends

    /// Completes the job. It is accepted exactly once over all who ever claimed it.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/lost`` when the lease ended before, and
    /// ``DistCoordError/Code-swift.struct/notHeld`` when this object has settled the job already or its time was over;
    /// so for all ways to settle it.
    public func complete(with result: [UInt8] = []) async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.complete(result) })
    }

    /// Completes the job with the text in UTF-8.
    public func complete(with text: String) async throws { try await complete(with: Array(text.utf8)) }

    /// Completes the job with the value in JSON.
    public func complete(json value: some Encodable) async throws { try await complete(with: JSON.encode(value)) }

    /// Says that the attempt failed. The job runs again after its backoff, unless its attempts are used up or `retry`
    /// is false: then it is dead.
    public func fail(_ message: String, retry: Bool = true) async throws {
        try await fail(JobFailure(message, retry: retry))
    }

    /// Says that the attempt failed by an error, whose type and words whoever looks at the job gets to see. A
    /// ``JobFailure`` says more: a traceback, the delay before the next attempt.
    public func fail(_ error: any Error, retry: Bool = true) async throws {
        let failure = JobFailure(error, retry: retry)
        try expectClaimed(try await offload { [blocking] in try blocking.fail(failure) })
    }

    /// Ends the job as cancelled, for work that stops because of ``isCancelling``.
    public func cancelled() async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.cancelled() })
    }

    /// Gives the job back untouched, no attempt counted: to the front of its queue, or not to be claimed before a
    /// while.
    public func release(after delay: Duration? = nil) async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.release(after: delay) })
    }

    // MARK: Work under the claim

    /// Runs the body in a task that is cancelled when the job's lease is lost, its time is over, or somebody asks to
    /// cancel it. The body settles the job, or the caller.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/lost`` when the lease was lost,
    /// ``DistCoordError/Code-swift.struct/timedOut`` when the time was over, and
    /// ``DistCoordError/Code-swift.struct/cancelled`` when the body stopped because somebody asks to cancel the job,
    /// which is still to be settled then: ``cancelled()``.
    public func whileClaimed<Value: Sendable>(
        _ body: @escaping @Sendable (Job) async throws -> Value
    ) async throws -> Value {
        let result = await runUnderLease(lossDescriptor: blocking.lossDescriptor) { try await body(self) }
        switch state {
        case .lost: throw error(.lost)
        case .expired: throw DistCoordError(.timedOut, "job '\(id)': the time for this attempt is over")
        case .cancelling:
            if case .failure(is CancellationError) = result {
                throw DistCoordError(.cancelled, "job '\(id)': somebody asks to cancel it")
            }
        case .claimed, .settled: break
        }
        return try result.get()
    }

    func expectClaimed(_ answer: Answer) throws {
        if answer != .ok { throw error(answer.code) }
    }

    private func error(_ code: DistCoordError.Code) -> DistCoordError {
        let reason =
            switch (code, state) {
            case (.lost, _): "the lease ended; another worker has or had it"
            case (_, .expired): "the time for this attempt is over"
            default: "it is settled already"
            }
        return DistCoordError(code, "job '\(id)': \(reason)")
    }
}

/// Jobs as they are claimed; see ``Queue/jobs`` and ``Worker/jobs``. It ends when the task is cancelled.
public struct JobSequence: AsyncSequence, Sendable {
    /// A claimed job.
    public typealias Element = Job

    /// Waits for a job; gives none when there will be none any more.
    let claim: @Sendable () async throws -> Job?

    /// Begins to claim.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(claim: claim) }

    /// Claims one job at a time.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let claim: @Sendable () async throws -> Job?

        /// Waits for the next job; `nil` when the task was cancelled.
        public func next() async throws -> Job? {
            do {
                let job = try await claim()
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
