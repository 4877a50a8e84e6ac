// What an instance knows of its run, and who waits to learn it.

import DistCoordRedis

/// How the run stands, as an instance sees it.
enum InstancePhase: Sendable {
    /// Nobody has started it yet.
    case absent
    case running
    case ended(RunSummary)
    /// It was there, and is gone.
    case lost
    /// Another workflow runs under the identity, or the run can never be started.
    case failed(CoordinationError)

    /// Nothing will change any more.
    var isFinal: Bool {
        switch self {
        case .absent, .running: false
        case .ended, .lost, .failed: true
        }
    }
}

/// The phase, shared by the threads of an instance and those who wait.
final class InstanceProgress: Sendable {
    private struct State: Sendable {
        var phase: InstancePhase
        var isOver = false
        var waits: [ObjectIdentifier: Wait] = [:]
        /// Threads at work.
        var threads = 0
    }

    private let state: Guarded<State>

    init(_ phase: InstancePhase) {
        state = Guarded(State(phase: phase))
    }

    var phase: InstancePhase { state.withLock { $0.phase } }

    /// The instance leaves.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Whether threads have still something to do.
    var goesOn: Bool { state.withLock { !$0.isOver && !$0.phase.isFinal } }

    /// Goes on to another phase, unless nothing can change any more.
    func enter(_ phase: InstancePhase) {
        state.withLock { state in
            if state.phase.isFinal { return }
            state.phase = phase
            for wait in state.waits.values { wait.parker.unpark() }
        }
    }

    /// Has the threads end.
    func end() {
        state.withLock { state in
            state.isOver = true
            for wait in state.waits.values { wait.parker.unpark() }
        }
    }

    /// Has a wait woken by every change while `body` runs.
    func waking<Result, Failure: Error>(_ wait: Wait, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        state.withLock { $0.waits[ObjectIdentifier(wait)] = wait }
        defer { state.withLock { $0.waits[ObjectIdentifier(wait)] = nil } }
        return try body()
    }

    func threadBegan() { state.withLock { $0.threads += 1 } }

    func threadEnded() {
        state.withLock { state in
            state.threads -= 1
            for wait in state.waits.values { wait.parker.unpark() }
        }
    }

    var hasThreads: Bool { state.withLock { $0.threads > 0 } }
}
