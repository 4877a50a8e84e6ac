// How a job ended.

/// How a job ended.
public struct JobResult: Sendable, Hashable {
    /// The ends of a job.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It was completed.
        case completed
        /// Its attempts are used up, or it was failed for good.
        case dead
        /// Somebody cancelled it.
        case cancelled
        /// A job that it waited for did not complete.
        case skipped
    }

    /// The job's id.
    public var id: String
    /// How it ended.
    public var state: State
    /// The result of a completed job; the message of the last failure of a dead one; why the others did not run.
    public var bytes: [UInt8]
    /// Kind of the last failure of a dead job; empty if nothing is known.
    public var errorType: String
    /// Traceback of the last failure of a dead job; empty if nothing is known.
    public var traceback: String
    /// Which worker's attempt failed last, of a dead job; empty if nothing is known.
    public var worker: String
    /// How many attempts there were.
    public var attempts: Int
    /// When it ended, by the server's clock.
    public var finishedMillisecondsSince1970: Int64

    /// ``bytes`` as UTF-8.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The result of a completed job as a value from JSON. Throws ``JobError`` for one that ended otherwise.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard state == .completed else { throw JobError(result: self) }
        return try JSON.decode(type, from: bytes)
    }
}

/// A job did not complete, where its result was asked for.
public struct JobError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How it ended.
    public var result: JobResult

    /// What happened; of a dead job with the traceback that its worker gave.
    public var description: String {
        switch result.state {
        case .completed: return "job '\(result.id)' completed"
        case .cancelled: return "job '\(result.id)' was cancelled" + (result.text.isEmpty ? "" : ": \(result.text)")
        case .skipped: return "job '\(result.id)' was skipped" + (result.text.isEmpty ? "" : ": \(result.text)")
        case .dead:
            let attempts = result.attempts == 1 ? "1 attempt" : "\(result.attempts) attempts"
            let failure = JobFailure(result.text, type: result.errorType)
            let place = result.worker.isEmpty ? "" : " at worker '\(result.worker)'"
            let trace = result.traceback.isEmpty ? "" : "\n\(result.traceback)"
            return "job '\(result.id)' failed after \(attempts)\(place): \(failure)\(trace)"
        }
    }
}
