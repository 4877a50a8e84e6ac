// How a job is pushed.

/// How a job is pushed: what it is, when it may run, who may run it, what happens when it fails.
public struct PushOptions: Sendable, Hashable {
    /// What a push gets whose ``uniqueKey`` is taken by a job that has not ended.
    public enum WhenTaken: Sendable, Hashable, CaseIterable {
        /// ``DistCoordError/Code-swift.struct/exists``; ``DistCoordError/takenBy`` is the id of that job.
        case refuse
        /// The job that waits is cancelled and this one takes over. One that runs goes on, and this one waits for its
        /// end; so of many pushes during a run the last alone runs after it.
        case replace
        /// As ``refuse``; but the other job, if it still waits for its delay, waits anew: for the delay of this push.
        case extend
    }

    /// What becomes of a job when one that it waits for does not complete.
    public enum WhenDependencyFails: Sendable, Hashable, CaseIterable {
        /// It is dead, with the error type "dependency".
        case fail
        /// It is skipped: it has ended, without result and without being a failure.
        case skip
        /// It runs all the same, when all that it waits for have ended.
        case run
    }

    // MARK: What it is

    /// The job's id; a generated one without it. Pushing an id that is still known changes nothing.
    public var id: String?
    /// What kind of work it is; workers choose their code by it.
    public var task: String
    /// What the payload is, for instance `application/json`. The library only carries it.
    public var contentType: String
    /// What travels with the job, for instance a trace context; at most 16 384 bytes in all. The library only carries
    /// it.
    public var headers: [String: String]

    // MARK: When it runs

    /// Higher goes first.
    public var priority: Int
    /// Not to be claimed before that time from now.
    public var delay: Duration
    /// Not to be claimed before that moment of the server's clock; counts instead of ``delay``.
    public var dueMillisecondsSince1970: Int64?
    /// Ids of jobs of the same queue that must have ended before this one may be claimed; at most 1 000.
    public var after: [String]
    /// What becomes of it when one of those does not complete.
    public var whenDependencyFails: WhenDependencyFails
    /// A key under which only one job of the queue waits or runs.
    public var uniqueKey: String?
    /// What this push gets when that key is taken.
    public var whenTaken: WhenTaken
    /// A key of which only so many jobs run at the same time as ``Queue/setKeyLimit(_:)`` says, 1 unless set.
    public var concurrencyKey: String?
    /// The batch it belongs to: ``Batch/id``.
    public var batch: String?

    // MARK: Who runs it

    /// What a worker must have to be given it: all of these. Upper and lower case are alike.
    public var capabilities: [String]
    /// How long it waits while no worker that lives has them; then it is dead. `nil` for ever.
    public var capabilityTimeout: Duration?
    /// The pool whose workers alone are given it.
    public var pool: String?
    /// The worker whose own queue it goes to.
    public var worker: String?

    // MARK: What happens when it fails, and afterwards

    /// How many attempts there are in all, 1 to 255. One is counted when it fails and when its worker dies.
    public var maxAttempts: Int
    /// Delay before the first retry; it doubles with each further one.
    public var firstBackoff: Duration
    /// The longest delay before a retry.
    public var maxBackoff: Duration
    /// How long one attempt may take; then it has failed. `nil` for no limit.
    public var timeout: Duration?
    /// How long result or error are kept after the end.
    public var resultLifetime: Duration

    /// Makes options; everything not given has its default.
    public init(
        id: String? = nil, task: String = "", contentType: String = "", headers: [String: String] = [:],
        priority: Int = 0, delay: Duration = .zero, dueMillisecondsSince1970: Int64? = nil, after: [String] = [],
        whenDependencyFails: WhenDependencyFails = .fail, uniqueKey: String? = nil, whenTaken: WhenTaken = .refuse,
        concurrencyKey: String? = nil, batch: String? = nil, capabilities: [String] = [],
        capabilityTimeout: Duration? = .seconds(300), pool: String? = nil, worker: String? = nil,
        maxAttempts: Int = 4, firstBackoff: Duration = .seconds(1), maxBackoff: Duration = .seconds(300),
        timeout: Duration? = nil, resultLifetime: Duration = .seconds(600)
    ) {
        self.id = id
        self.task = task
        self.contentType = contentType
        self.headers = headers
        self.priority = priority
        self.delay = delay
        self.dueMillisecondsSince1970 = dueMillisecondsSince1970
        self.after = after
        self.whenDependencyFails = whenDependencyFails
        self.uniqueKey = uniqueKey
        self.whenTaken = whenTaken
        self.concurrencyKey = concurrencyKey
        self.batch = batch
        self.capabilities = capabilities
        self.capabilityTimeout = capabilityTimeout
        self.pool = pool
        self.worker = worker
        self.maxAttempts = maxAttempts
        self.firstBackoff = firstBackoff
        self.maxBackoff = maxBackoff
        self.timeout = timeout
        self.resultLifetime = resultLifetime
    }
}
