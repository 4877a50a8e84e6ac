// A run that was to succeed, and did not.

/// A run did not succeed, where it was to; see ``WorkflowRun/waitForSuccess(timeout:)``.
public struct RunError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How it ended.
    public var summary: RunSummary
    /// The steps that ended badly, in the order in which they were added.
    public var steps: [StepInfo]

    /// How it ended, then a line for each of those steps, as far as they are not too many for a reader.
    public var description: String {
        let shown = 20
        let reason = summary.reason.isEmpty ? "" : ": \(summary.reason)"
        var lines = ["run '\(summary.id)' of '\(summary.workflow)' \(summary.state.rawValue)\(reason)"]
        for step in steps.prefix(shown) {
            let error = step.error.isEmpty ? "" : ": \(step.error)"
            lines.append("  \(step.name): \(step.state.rawValue)\(error)")
        }
        if steps.count > shown { lines.append("  and \(steps.count - shown) more") }
        return lines.joined(separator: "\n")
    }
}
