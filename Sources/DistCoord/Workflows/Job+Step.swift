// A step that a program has claimed itself, and not a worker for it.

extension Job {
    /// The step of a workflow that it is: what it comes after, its item, its run. `nil` when it is none. It is settled as
    /// any job, or by ``skip(_:)`` and ``repeatLoop(with:)``; those of the step are for bodies that a worker runs.
    public var step: StepContext? { blocking.isStep ? StepContext(self, language: nil) : nil }

    /// Settles the step as skipped: what comes after nothing but skipped steps is skipped, too. Throws as
    /// ``complete(with:)``.
    ///
    /// - Parameter reason: Why, for people; at most 1 024 bytes.
    public func skip(_ reason: String = "") async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.skip(reason) })
    }

    /// Settles the step and begins another round of the loop that ends with it. In the last round, or when no loop ends
    /// with it, the same as ``complete(with:)``. Throws as that.
    ///
    /// - Parameter result: What the first step of the next round is given, in JSON.
    public func repeatLoop(with result: [UInt8]) async throws {
        try expectClaimed(try await offload { [blocking] in try blocking.repeatLoop(result) })
    }
}

extension StepContext {
    /// The item of its map, in JSON; `nil` when it is not one of a map.
    public var itemBytes: [UInt8]? { job.blocking.item }
}

/// The identity of this run: the given one; else the first that is there of `GITHUB_SHA`, `BUILD_SOURCEVERSION` and
/// `CI_COMMIT_SHA`; else what `git rev-parse HEAD` says; else a random UUID.
///
/// - Parameters:
///   - explicit: The identity, if it is known.
///   - withAttempt: Whether to add which attempt of the pipeline it is, so that running it again is a new run; not to an
///     explicit one.
public func runIdentity(_ explicit: String? = nil, withAttempt: Bool = false) throws -> String {
    try BlockingInstance.runIdentity(explicit: explicit, withAttempt: withAttempt)
}
