// Why an attempt failed, as its worker says it.

/// Why an attempt failed; see ``Job/fail(_:)``. A handler of a ``Worker`` may throw it to say more than other errors
/// do.
public struct JobFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for people.
    public var message: String
    /// Kind of the error, for programs; for instance the name of a type.
    public var type: String
    /// Where it went wrong, for people.
    public var traceback: String
    /// Whether another attempt may help. Without one the job is dead.
    public var retry: Bool
    /// Delay before the next attempt; the job's backoff if `nil`.
    public var delay: Duration?

    /// Makes a failure. All texts together are kept up to 64 KiB.
    public init(
        _ message: String, type: String = "", traceback: String = "", retry: Bool = true, delay: Duration? = nil
    ) {
        self.message = message
        self.type = type
        self.traceback = traceback
        self.retry = retry
        self.delay = delay
    }

    /// Makes a failure of any error: its type and its words. One that is a failure already stays what it is.
    public init(_ error: any Error, retry: Bool = true) {
        if let failure = error as? JobFailure {
            self = failure
        } else {
            self.init("\(error)", type: String(reflecting: Swift.type(of: error)), retry: retry)
        }
    }

    /// The message, with its type if there is one.
    public var description: String { type.isEmpty ? message : "\(type): \(message)" }
}
