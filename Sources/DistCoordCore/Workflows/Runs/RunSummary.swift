// How a run stands, as workflow_summary.lua tells it.

import DistCoordRedis

/// The numbers are those of include/distcoord/run.h.
public enum RunState: Int32, Sendable {
    case running = 0
    case paused, stopping, succeeded, failed, cancelled

    var hasEnded: Bool { rawValue >= RunState.succeeded.rawValue }
}

/// How a node stands; the numbers are those of include/distcoord/run.h.
public enum TaskState: Int32, Sendable {
    case waiting = 0
    case ready, running, succeeded, failed, skipped, cancelled, blocked

    var hasEnded: Bool { rawValue >= TaskState.succeeded.rawValue }
}

/// A run at one moment.
public struct RunSummary: Sendable {
    public let state: RunState
    /// Name of its workflow.
    public let workflow: String
    /// Why it failed or was stopped.
    public let reason: String
    /// Milliseconds since 1970 by the server's clock; 0 for not yet.
    public let startedMilliseconds: Int64
    public let endedMilliseconds: Int64
    private let counts: [TaskState: Int64]

    /// How many values of a reply it takes.
    static let width = 12
    /// The states that are counted, in order of the reply: who has a job is not known where tasks are counted.
    private static let counted: [TaskState] = [.waiting, .ready, .succeeded, .failed, .skipped, .cancelled, .blocked]

    /// From the values of a reply that begin there; nil when there are none.
    init?(_ reply: Reply, at place: Int = 0) {
        guard reply.count >= place + RunSummary.width,
            let state = RunState(rawValue: Int32(clamping: reply.integer(at: place)))
        else { return nil }
        self.state = state
        workflow = reply.string(at: place + 1)
        reason = reply.string(at: place + 2)
        startedMilliseconds = reply.integer(at: place + 3)
        endedMilliseconds = reply.integer(at: place + 4)
        var counts: [TaskState: Int64] = [:]
        for (index, state) in RunSummary.counted.enumerated() { counts[state] = reply.integer(at: place + 5 + index) }
        self.counts = counts
    }

    /// How many tasks are in a state; nil for all.
    public func count(_ state: TaskState?) -> Int64 {
        guard let state else { return counts.values.reduce(0) { $0 &+ $1 } }
        return counts[state] ?? 0
    }
}
