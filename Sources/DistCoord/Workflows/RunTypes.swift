// What is known of runs of workflows: values that are read and handed on.

/// How a run stands.
public enum RunState: String, Sendable, Hashable, CaseIterable {
    /// Steps run or wait for others or for workers.
    case running
    /// Nothing new begins; what has begun goes on.
    case paused
    /// It is being stopped: what runs was asked to stop, nothing new begins but what always runs.
    case stopping
    /// It has ended, and no node outside groups ended badly.
    case succeeded
    /// It has ended, and one did.
    case failed
    /// It has ended because it was stopped.
    case cancelled

    /// Whether it has ended.
    public var hasEnded: Bool { self == .succeeded || self == .failed || self == .cancelled }
}

/// How a node of a run stands.
public enum StepState: String, Sendable, Hashable, CaseIterable {
    /// It waits for others.
    case waiting
    /// It waits for a worker, for the delay before its next attempt, or for the end of a pause.
    case ready
    /// A worker has it; of a group, a map, or a step that added others: it has begun and has not ended.
    case running
    /// It has ended well.
    case succeeded
    /// Its attempts are used up; a group's policy was not met.
    case failed
    /// Its worker skipped it, or all that it needs were skipped.
    case skipped
    /// The run was stopped.
    case cancelled
    /// Something that it needs ended badly, so it did not run.
    case blocked

    /// Whether it has ended.
    public var hasEnded: Bool { self != .waiting && self != .ready && self != .running }
    /// Whether what needs it is blocked by it.
    public var endedBadly: Bool { self == .failed || self == .cancelled || self == .blocked }
}

/// What kind of node it is.
public enum StepKind: String, Sendable, Hashable, CaseIterable {
    /// A step that a worker runs.
    case task
    /// A group of nodes.
    case group
    /// A step for each item of a list.
    case map
    /// One of those.
    case item
}

/// When a group, or a map, that has ended has succeeded.
public enum GroupPolicy: Sendable, Hashable {
    /// No member ended badly. A group all of whose members were skipped is skipped.
    case all
    /// Always.
    case bestEffort
    /// At least so many members succeeded.
    case atLeast(Int)
}

/// How a run is started.
public struct RunOptions: Sendable, Hashable {
    /// The run's id; a generated one without it. An id that is known starts nothing.
    public var id: String?
    /// For how long what became of the run is kept after its end.
    public var retention: Duration
    /// Whether the run is stopped when a step fails whose failure its group's policy does not forgive.
    public var failFast: Bool

    /// Makes options; everything not given has its default.
    public init(id: String? = nil, retention: Duration = .seconds(604_800), failFast: Bool = false) {
        self.id = id
        self.retention = retention
        self.failFast = failFast
    }
}

/// A run as the server saw it when it was asked.
public struct RunSummary: Sendable, Hashable {
    /// The run's id.
    public var id: String
    /// How it stands.
    public var state: RunState
    /// Name of its workflow.
    public var workflow: String
    /// Why it failed or was stopped: the first step that failed and its error, or what the stop was told.
    public var reason: String
    /// When it was started, by the server's clock.
    public var startedMillisecondsSince1970: Int64
    /// When it ended; `nil` when it has not.
    public var endedMillisecondsSince1970: Int64?
    /// Steps that wait for others. Groups and maps are not counted here and below, items of maps are.
    public var waiting: Int
    /// Steps that wait for a worker, or run.
    public var ready: Int
    /// Steps that ended well.
    public var succeeded: Int
    /// Steps that failed.
    public var failed: Int
    /// Steps that were skipped.
    public var skipped: Int
    /// Steps that were cancelled.
    public var cancelled: Int
    /// Steps that did not run because of others.
    public var blocked: Int

    /// All steps.
    public var total: Int { waiting + ready + ended }
    /// Steps that have ended.
    public var ended: Int { succeeded + failed + skipped + cancelled + blocked }
}

/// A node of a run as the server saw it when it was asked.
public struct StepInfo: Sendable, Hashable {
    /// The node's name.
    public var name: String
    /// What kind it is.
    public var kind: StepKind
    /// How it stands.
    public var state: StepState
    /// The group, map, or step that added it, to which it belongs; empty for none.
    public var group: String
    /// What it needs.
    public var needs: [String]
    /// Who has it or has ended it: the identity of its client; empty when nobody.
    public var worker: String
    /// What its worker must have.
    public var capabilities: [String]
    /// What went wrong, or why it was skipped, cancelled or blocked.
    public var error: String
    /// How many attempts were made to run it.
    public var attempts: Int
    /// How often its loop has run it before.
    public var round: Int
    /// When it became ready, by the server's clock; `nil` when it has not.
    public var readyMillisecondsSince1970: Int64?
    /// When the last attempt began; `nil` when none has.
    public var startedMillisecondsSince1970: Int64?
    /// When it ended; `nil` when it has not.
    public var endedMillisecondsSince1970: Int64?
}

/// Something that happened in a run.
public struct RunEvent: Sendable, Hashable {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// The run began, or was taken up again.
        case started
        /// The run ended.
        case ended(RunState)
        /// It was paused.
        case paused
        /// It goes on after a pause.
        case resumed
        /// It is being stopped; the text is the reason.
        case stopping
        /// A node ended; of one that did not succeed the text says why.
        case stepEnded(StepState)
        /// An attempt failed and there will be another; the text is the error.
        case retry
        /// A map made its steps, or a step added some; the text is how many.
        case expanded
        /// A loop begins another round; the text is its number, from 1.
        case repeated
        /// Something that this version does not know.
        case other
    }

    /// What happened.
    public var kind: Kind
    /// Its number in the run, from 1; numbers that are missing were not kept.
    public var number: Int
    /// When, by the server's clock.
    public var millisecondsSince1970: Int64
    /// Name of the node it is about; empty for the run.
    public var step: String
    /// More, as the kind says.
    public var text: String
}

/// A result that a step is given of what it needs.
public struct StepInput: Sendable, Hashable {
    /// The name of the node that the step needs; empty for what the last round of a loop gave.
    public var need: String
    /// The step whose result it is: the need itself, or a member or item of it; empty for a group or a map without any.
    public var step: String
    /// Whether the need is a group or a map, which gives any number of results.
    public var isMany: Bool
    /// How that step ended; only one that succeeded has a result.
    public var state: StepState
    /// The result; the error's message of a step that failed.
    public var bytes: [UInt8]
}

/// A file that belongs to a run.
public struct ArtifactInfo: Sendable, Hashable {
    /// The artifact's name.
    public var name: String
    /// Its size in bytes.
    public var size: Int64
    /// SHA-256 of what is in it.
    public var sha256: String
    /// When it was published, by the server's clock.
    public var publishedMillisecondsSince1970: Int64
}

/// How an instance joins a distributed run.
public struct InstanceOptions: Sendable, Hashable {
    /// The identity of the run; `nil` to find it out.
    public var identity: String?
    /// Whether an identity that is found out has the attempt in it, so that running the pipeline again is a new run.
    public var withAttempt: Bool
    /// What the name of the run's queue begins with; `nil` for the library's own.
    public var prefix: String?
    /// Which instance this is, from 0; `nil` to ask the environment.
    public var index: Int?
    /// How many instances there are to be; `nil` to ask the environment.
    public var total: Int?
    /// Name of the environment variable that has the index; `nil` for the library's own.
    public var indexVariable: String?
    /// Name of the environment variable that has the total; `nil` for the library's own.
    public var totalVariable: String?
    /// What this instance has, for steps that require it.
    public var capabilities: [String]
    /// So long after the death of an instance its steps go to another.
    public var lease: Duration
    /// When all keys of the run expire after its last activity.
    public var expiry: Duration
    /// Whether the run is stopped when a step fails.
    public var failFast: Bool

    /// Makes options; everything not given has its default.
    public init(
        identity: String? = nil, withAttempt: Bool = false, prefix: String? = nil, index: Int? = nil,
        total: Int? = nil, indexVariable: String? = nil, totalVariable: String? = nil, capabilities: [String] = [],
        lease: Duration = .seconds(10), expiry: Duration = .seconds(3600), failFast: Bool = false
    ) {
        self.identity = identity
        self.withAttempt = withAttempt
        self.prefix = prefix
        self.index = index
        self.total = total
        self.indexVariable = indexVariable
        self.totalVariable = totalVariable
        self.capabilities = capabilities
        self.lease = lease
        self.expiry = expiry
        self.failFast = failFast
    }
}

/// An instance that lives.
public struct InstanceInfo: Sendable, Hashable {
    /// Which one it is, from 0.
    public var index: Int
    /// The identity of its client, as ``StepInfo/worker`` tells it.
    public var worker: String
    /// What it has.
    public var capabilities: [String]
}
