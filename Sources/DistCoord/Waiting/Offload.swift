// From a task to a blocking call and back, with the task's cancellation.

import Glibc
import Synchronization

/// Runs a call that returns within the command timeout. It runs to its end even if the task is cancelled: a release
/// must.
func offload<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let started = WaitingThreads.shared.run { continuation.resume(with: Result { try call() }) }
        if !started { continuation.resume(throwing: noThread) }
    }
}

/// Runs a call that waits. Cancelling the task ends it by `cancel`, which must end the waits of a handle that no other
/// task waits on: the library's cancel functions end every wait of a handle.
func offload<Value: Sendable>(
    cancel: @escaping @Sendable () -> Void, _ call: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await offload(CancellableWait(cancel), call)
}

/// The same for a wait that others than the task may end as well.
func offload<Value: Sendable>(
    _ wait: CancellableWait, _ call: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            let started = WaitingThreads.shared.run {
                guard wait.begin() else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                let result = Result { try call() }
                wait.end()
                continuation.resume(with: result)
            }
            if !started { continuation.resume(throwing: noThread) }
        }
    } onCancel: {
        wait.end(by: WaitingThreads.shared)
    }
}

private let noThread = DistCoordError(
    .internal, "the process can have no further thread; raise its limit (ulimit -u) or wait less at a time")

/// One wait in the library that may be cancelled at any moment, also before it has begun and just while it begins.
final class CancellableWait: Sendable {
    private enum Phase { case pending, running, cancelled, ended }

    private let phase = Mutex(Phase.pending)
    private let cancel: @Sendable () -> Void

    init(_ cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }

    /// False when it was cancelled before.
    func begin() -> Bool {
        phase.withLock {
            guard $0 == .pending else { return false }
            $0 = .running
            return true
        }
    }

    func end() { phase.withLock { $0 = .ended } }

    /// Ends the wait. The library ends only waits in progress, and a call that has begun may be just short of its wait:
    /// hence again and again, on another thread, until the call has returned.
    func end(by threads: WaitingThreads) {
        guard cancelOnce() else { return }
        _ = threads.run { [self] in
            var pause: UInt32 = 500
            while cancelOnce() {
                usleep(pause)
                pause = min(pause * 2, 50_000)
            }
        }
    }

    /// False when there is nothing to end. With the lock held, as the handle is somebody else's once the call returned.
    private func cancelOnce() -> Bool {
        phase.withLock {
            if $0 == .pending { $0 = .cancelled }
            guard $0 == .running else { return false }
            cancel()
            return true
        }
    }
}

/// What to throw for a wait that answered "cancelled": the task's own cancellation has its own error in Swift.
func cancellation(of what: String) -> any Error {
    if Task.isCancelled { return CancellationError() }
    return DistCoordError(.cancelled, "\(what): the wait was cancelled")
}
