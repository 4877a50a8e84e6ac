// What the last party of a barrier runs before anybody goes on.

import DistCoord
import Glibc
import Synchronization

final class BarrierAction: Sendable {
    private struct State {
        var child: ChildProcess?
        var isCancelled = false
        var failure: String?
    }

    private let text: String
    private let signals: Signals
    private let state = Mutex(State())

    init(_ text: String, _ signals: Signals) {
        self.text = text
        self.signals = signals
    }

    /// How it failed, if it did.
    var failure: String? { state.withLock(\.failure) }

    /// Runs it to its end. False: it failed, and the barrier is to be broken.
    func run() -> Bool {
        let started: Result<ChildProcess, SpawnFailure>? = state.withLock { [text, signals] state in
            if state.isCancelled { return nil }
            let started = Result<ChildProcess, SpawnFailure> { () throws(SpawnFailure) in
                try ChildProcess.start(
                    ChildPlan.shell(text), environment: Environment.forChild([]),
                    // Stdout has the order of arrival.
                    streams: ChildProcess.Streams(output: STDERR_FILENO), ownGroup: true, signals: signals)
            }
            state.child = try? started.get()
            return started
        }
        let failure: String?
        switch started {
        case nil: failure = "ended by a signal"
        case .failure(let error): failure = error.message
        case .success(let child):
            let end = child.awaitEnd()
            if case .exited(0) = end { failure = nil } else { failure = end.words }
        }
        state.withLock {
            $0.child = nil
            $0.failure = failure
        }
        return failure == nil
    }

    /// Ends it gently, and keeps it from beginning.
    func cancel() {
        state.withLock { state in
            if !state.isCancelled { for member in state.child?.members ?? [] { kill(member, SIGTERM) } }
            state.isCancelled = true
        }
    }
}
