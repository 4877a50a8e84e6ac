// A run of a workflow, from wherever it is looked at.

/// A run of a workflow. All of it is on the server: no process needs to live for the next step to begin, and any that
/// knows the id finds it again (``Queue/run(_:)``).
///
/// ```swift
/// let run = try await queue.start(etl)
/// let summary = try await run.wait(timeout: .seconds(600))
/// if summary.state == .succeeded { print(try await run.value(of: "load", as: Int.self)) }
/// ```
public final class WorkflowRun: Sendable {
    /// Its id.
    public let id: String
    /// Whether the run was there already when it was to be started; then nothing was.
    public let existed: Bool

    private let handles: HandlePool<BlockingRun>

    /// - Parameter open: Makes a handle: each wait takes one of its own.
    init(existed: Bool = false, _ open: @escaping @Sendable () throws -> BlockingRun) throws {
        let first = try open()
        id = first.id
        self.existed = existed
        handles = HandlePool(first: first, open)
    }

    // MARK: How it stands

    /// How it stands. Throws ``DistCoordError/Code-swift.struct/notFound`` when it is not known, or no longer, as all
    /// questions about it do.
    public func summary() async throws -> RunSummary {
        let (answer, summary) = try await ask(0)
        guard let summary else { throw missing(answer) }
        return summary
    }

    /// Waits for its end, whether good or bad; ``RunSummary/state`` tells.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut`` when it has not ended in time.
    public func wait(timeout: Duration? = nil) async throws -> RunSummary {
        let (answer, summary) = try await ask(waitMilliseconds(timeout))
        if answer == .ok, let summary { return summary }
        if answer == .timedOut, let summary {
            let how = "\(summary.state): \(summary.ended) of \(summary.total) steps have"
            throw DistCoordError(.timedOut, "run '\(id)' has not ended, it is \(how)", isRetriable: true)
        }
        throw missing(answer)
    }

    /// Waits for it to succeed. Throws as ``wait(timeout:)``, and ``RunError`` when it ends otherwise.
    @discardableResult
    public func waitForSuccess(timeout: Duration? = nil) async throws -> RunSummary {
        let summary = try await wait(timeout: timeout)
        if summary.state == .succeeded { return summary }
        throw RunError(summary: summary, steps: try await steps().filter(\.state.endedBadly))
    }

    /// How a step ended, waiting for its end if need be. Of one that did not succeed it tells why.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut`` when it has not ended in time.
    ///
    /// - Parameters:
    ///   - step: Its name; `name[3]` for one of a map.
    ///   - timeout: How long to wait; `nil` for ever, zero to look once.
    public func result(_ step: String, timeout: Duration? = nil) async throws -> JobResult {
        let milliseconds = waitMilliseconds(timeout)
        let (answer, result) = try await waiting { try $0.result(of: step, waitMilliseconds: milliseconds) }
        if let result { return result }
        switch answer {
        case .timedOut:
            throw DistCoordError(.timedOut, "run '\(id)': step '\(step)' has not ended yet", isRetriable: true)
        case .notFound: throw DistCoordError(.notFound, "run '\(id)': no step '\(step)' is known")
        default: throw missing(answer)
        }
    }

    /// The result of a step as a value from JSON, waiting for its end if need be. Throws as ``result(_:timeout:)``, and
    /// ``JobError`` when it did not succeed.
    public func value<Value: Decodable>(
        of step: String, as type: Value.Type = Value.self, timeout: Duration? = nil
    ) async throws -> Value {
        try await result(step, timeout: timeout).decode(type)
    }

    /// What a step returned, waiting for its end if need be. Throws as ``value(of:as:timeout:)``.
    public func output<Output: Decodable>(of step: Step<Output>, timeout: Duration? = nil) async throws -> Output {
        try await value(of: step.part.name, timeout: timeout)
    }

    /// Its nodes in the order in which they were added, items behind their map.
    public func steps() async throws -> [StepInfo] {
        guard let steps = try await handles.call({ try $0.steps() }) else { throw missing(.notFound) }
        return steps
    }

    /// What happens in it: all from the beginning, as far as it is kept (the latest 10 000), then more as it happens.
    /// It ends with the run.
    public var events: RunEvents {
        RunEvents(self) { [handles] in try await handles.call { try $0.watch() } }
    }

    // MARK: What is done with it

    /// Has nothing new begin; what runs goes on. When this returns no step that had not begun will.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/expired`` when the run has ended.
    public func pause() async throws { try await change("has ended") { try $0.pause() } }

    /// Goes on after a pause; or takes up again a run that failed or was stopped: what succeeded or was skipped stays
    /// as it is, all else runs again.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/expired`` when the run has succeeded.
    public func resume() async throws { try await change("has succeeded") { try $0.resume() } }

    /// Stops the run: steps that wait are cancelled, those that run are asked to end, and nodes that run always do so.
    /// Returns before the run has ended.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/expired`` when the run has ended.
    ///
    /// - Parameters:
    ///   - reason: Why, for people; at most 1 024 bytes.
    ///   - atOnce: Not even nodes that run always.
    public func stop(_ reason: String? = nil, atOnce: Bool = false) async throws {
        try await change("has ended") { try $0.stop(reason: reason, atOnce: atOnce) }
    }

    /// Forgets a run that has ended, with its state and its artifacts. One that is not known is forgotten already.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/conflict`` when it has not ended.
    public func delete() async throws { _ = try await handles.call { try $0.delete() } }

    // MARK: What belongs to it

    /// The shared state of the run: what its steps want to tell each other besides results. It is forgotten with the
    /// run.
    public var state: SharedState {
        get throws { try handles.now { SharedState(scope: "run:\(id)", try $0.state()) } }
    }

    /// The files that belong to it.
    public var artifacts: Artifacts { Artifacts(run: self) }

    // MARK: Calls

    /// Runs a call that waits; cancelling the task ends it.
    func waiting<Value: Sendable>(
        _ call: @escaping @Sendable (BlockingRun) throws -> Value
    ) async throws -> Value {
        try await handles.with { handle in try await offload(cancel: { handle.cancel() }) { try call(handle) } }
    }

    func missing(_ answer: Answer) -> any Error {
        answer == .notFound
            ? DistCoordError(.notFound, "run '\(id)' is not known, or no longer") : cancellation(of: "run '\(id)'")
    }

    private func ask(_ milliseconds: Int64) async throws -> (Answer, RunSummary?) {
        try await waiting { try $0.wait(milliseconds: milliseconds) }
    }

    private func change(
        _ whyNot: String, _ call: @escaping @Sendable (BlockingRun) throws -> Answer
    ) async throws {
        switch try await handles.call(call) {
        case .ok: return
        case .expired: throw DistCoordError(.expired, "run '\(id)' \(whyNot)")
        case let answer: throw missing(answer)
        }
    }
}
