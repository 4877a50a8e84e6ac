// Jobs that are pushed together.

/// A job to be pushed with others; see ``Queue/pushMany(_:)``.
public struct NewJob: Sendable, Hashable {
    /// The job's bytes.
    public var payload: [UInt8]
    /// How it is pushed.
    public var options: PushOptions

    /// Makes a job of any bytes.
    public init(_ payload: [UInt8], options: PushOptions = PushOptions()) {
        self.payload = payload
        self.options = options
    }

    /// Makes a job of a text in UTF-8.
    public init(_ text: String, options: PushOptions = PushOptions()) {
        self.init(Array(text.utf8), options: options)
    }

    /// Makes a job of a value in JSON, with the task name of its type.
    public init(_ payload: some JobPayload, options: PushOptions = PushOptions()) throws {
        self.init(try JSON.encode(payload), options: options.named(type(of: payload).task))
    }
}

/// What became of one job of a push.
public struct PushOutcome: Sendable, Hashable {
    /// What became of it.
    public enum State: Sendable, Hashable {
        /// It was pushed.
        case pushed
        /// A job of that id, or one that has its unique key, is known already. Nothing was pushed.
        case existed
        /// A job that it is to wait for is not known. Nothing was pushed.
        case unknownDependency
    }

    /// The job's id; of one that existed that of the other job.
    public var id: String
    /// What became of it.
    public var state: State
}
