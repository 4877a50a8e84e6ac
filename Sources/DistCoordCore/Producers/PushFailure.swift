// What became of jobs that the server did not accept.

/// A job that was taken into a producer's buffer and not pushed.
public struct PushFailure: Sendable {
    public let id: String
    /// As of a push without a buffer.
    public let status: Status
    /// The same in words.
    public let message: String

    init(id: String, status: Status, message: String) {
        self.id = id
        self.status = status
        self.message = message
    }

    /// What the server answered for one job of a batch.
    init(id: String, outcome: PushOutcome) {
        let message =
            switch outcome.status {
            case .exists where outcome.id == id: "not pushed: the id is known already"
            case .exists: "not pushed: job '\(outcome.id)' has the unique key"
            case .notFound: "not pushed: it waits for a job that the queue does not know"
            case .conflict: "not pushed: the batch is sealed, no job can be added to it any more"
            default: "not pushed: the server answered with status \(outcome.status.rawValue)"
            }
        self.init(id: id, status: outcome.status, message: message)
    }
}

/// Failures that nobody has fetched yet.
struct PushFailures: Sendable {
    /// More than that many are not kept.
    static let limit = 100_000

    private var kept: [PushFailure] = []
    private var hasDropped = false

    var isEmpty: Bool { kept.isEmpty }

    /// Adds some; true when older ones were dropped for it, for the first time since the last fetch.
    mutating func add(_ failures: [PushFailure]) -> Bool {
        kept.append(contentsOf: failures)
        guard kept.count > PushFailures.limit else { return false }
        // A tenth at once: dropping moves all that stay.
        kept.removeFirst(kept.count - PushFailures.limit + PushFailures.limit / 10)
        defer { hasDropped = true }
        return !hasDropped
    }

    /// Takes all.
    mutating func fetch() -> [PushFailure] {
        defer { self = PushFailures() }
        return kept
    }
}
