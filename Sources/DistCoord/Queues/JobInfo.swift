// A job as seen from outside.

/// Where a job is.
public enum JobState: String, Sendable, Hashable, CaseIterable {
    /// Ready to be claimed, or due since a moment.
    case waiting
    /// Waits for its time: pushed with a delay, or failed and to be tried again.
    case delayed
    /// Claimed.
    case active
    /// Waits for other jobs: for those it depends on, for its unique or its concurrency key.
    case blocked
    /// Listed as dead until it is retried or purged.
    case dead
    /// It was completed.
    case completed
    /// It was cancelled.
    case cancelled
    /// A job that it waited for did not complete.
    case skipped
}

/// A job as the server saw it when it was asked; see ``Queue/jobs(in:offset:limit:)`` and ``Queue/inspect(_:)``.
public struct JobInfo: Sendable, Hashable {
    /// How far a job is said to be.
    public struct Progress: Sendable, Hashable {
        /// 0 to 100.
        public var percent: Int
        /// What was said of that.
        public var text: String

        init(_ percent: Int, _ text: String) {
            self.percent = percent
            self.text = text
        }
    }

    /// The job's id.
    public var id: String
    /// Where it is.
    public var state: JobState
    /// Its task name; empty when there is none.
    public var task: String
    /// Its payload; of one of which only the outcome is kept, the result. In lists at most the first 1 024 bytes.
    public var payload: [UInt8]
    /// What the payload is said to be.
    public var contentType: String
    /// What travels with it.
    public var headers: [String: String]
    /// Its priority.
    public var priority: Int
    /// The attempt that runs, or is next, from 1; of a job that has ended how many there were.
    public var attempt: Int
    /// How many attempts there are in all; 0 when only its outcome is kept.
    public var maxAttempts: Int
    /// When it was pushed, by the server's clock; `nil` when only its outcome is kept.
    public var pushedMillisecondsSince1970: Int64?
    /// When it is due (delayed), when its lease ends (active), when it ended; `nil` in other states.
    public var dueMillisecondsSince1970: Int64?
    /// Identity of the client that has claimed it.
    public var clientID: String?
    /// How far it is said to be.
    public var progress: Progress?
    /// Whether somebody has asked to cancel it while it runs.
    public var isCancelling: Bool
    /// Kind of its last failure; empty when there is none.
    public var errorType: String
    /// Its last failure in words; why it was cancelled or skipped.
    public var errorMessage: String
    /// Where it failed last.
    public var traceback: String
    /// Which worker's attempt failed last.
    public var errorWorker: String
    /// When it failed last, by the server's clock.
    public var failedMillisecondsSince1970: Int64?
    /// What a worker must have for it, in order.
    public var capabilities: [String]
    /// The worker to whose own queue it was pushed.
    public var worker: String?
    /// Its unique key.
    public var uniqueKey: String?
    /// Its concurrency key.
    public var concurrencyKey: String?
    /// Its batch.
    public var batch: String?
    /// For how many jobs it waits still.
    public var waitsFor: Int

    /// ``payload`` as UTF-8.
    public var text: String { String(decoding: payload, as: UTF8.self) }
}
