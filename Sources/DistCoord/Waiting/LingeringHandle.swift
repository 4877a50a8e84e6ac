// One handle of the library for all acquisitions of a lock object, which is where the library lingers.

import Synchronization

/// A handle, and the tasks of this process in line for it: one at a time, as the library's cancel ends every wait of a
/// handle, and as the end of one task's hold must not be taken for that of another's.
final class LingeringHandle: Sendable {
    private enum Turn { case entered, timedOut, cancelled }

    private struct State {
        var handle: BlockingLock?
        var isTaken = false
        var next: UInt64 = 0
        var line: [(number: UInt64, task: CheckedContinuation<Turn, Never>)] = []
    }

    // More than a century; longer times cannot be slept for.
    private static let longest = Duration.seconds(1 << 32)

    private let state = Mutex(State())

    /// The handle, made when it is first needed.
    func handle(orMake make: () throws(DistCoordError) -> BlockingLock) throws(DistCoordError) -> BlockingLock {
        if let handle = state.withLock({ $0.handle }) { return handle }
        // Only who has its turn comes here: there is no other to make a second one.
        let handle = try make()
        state.withLock { $0.handle = handle }
        return handle
    }

    /// Waits for the turn, in order of arrival. False when the time is over; `CancellationError` when the task is.
    func enter(timeout: Duration?) async throws -> Bool {
        try Task.checkCancellation()
        let number: UInt64? = state.withLock {
            guard $0.isTaken else {
                $0.isTaken = true
                return nil
            }
            $0.next += 1
            return $0.next
        }
        guard let number else { return true }
        if let timeout, timeout <= .zero { return false }
        let expiry = timeout.map { timeout in
            Task {
                try await Task.sleep(for: min(timeout, Self.longest))
                end(number, .timedOut)
            }
        }
        defer { expiry?.cancel() }
        switch await wait(number) {
        case .entered: return true
        case .timedOut: return false
        case .cancelled: throw CancellationError()
        }
    }

    /// Gives the turn to the next in line.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Turn, Never>? in
            if state.line.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.line.removeFirst().task
        }
        next?.resume(returning: .entered)
    }

    private func wait(_ number: UInt64) async -> Turn {
        await withTaskCancellationHandler {
            await withCheckedContinuation { task in
                let isFree = state.withLock {
                    if $0.isTaken {
                        $0.line.append((number, task))
                        return false
                    }
                    $0.isTaken = true
                    return true
                }
                if isFree {
                    task.resume(returning: .entered)
                } else if Task.isCancelled {
                    // Cancelled before it stood in line, where the handler could not find it.
                    end(number, .cancelled)
                }
            }
        } onCancel: {
            end(number, .cancelled)
        }
    }

    private func end(_ number: UInt64, _ turn: Turn) {
        let task = state.withLock { state -> CheckedContinuation<Turn, Never>? in
            guard let place = state.line.firstIndex(where: { $0.number == number }) else { return nil }
            return state.line.remove(at: place).task
        }
        task?.resume(returning: turn)
    }
}
