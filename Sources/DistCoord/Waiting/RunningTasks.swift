// Tasks that outlive the one that started them, until they are ended.

import Synchronization

/// Tasks that the cancellation of their starter does not reach: the handlers of a worker that stops are to end their
/// work.
final class RunningTasks: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var next: UInt64 = 0
        var waiter: (number: UInt64, task: CheckedContinuation<Void, Never>)?
    }

    // For those that are told to end: what a handler does on its way out is short.
    private static let lastMoment = Duration.seconds(1)

    private let state = Mutex(State())

    func start(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            let number = state.next
            state.next += 1
            // It cannot remove itself before it is listed: that needs the lock.
            state.tasks[number] = Task { [self] in
                await body()
                remove(number)
            }
        }
    }

    /// Waits for all until that moment, then cancels those that still run and waits a little longer. It does not wait
    /// for what heeds no cancellation. Without a moment it waits for as long as it takes.
    func end(by moment: ContinuousClock.Instant?) async {
        await wait(until: moment)
        for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
        await wait(until: .now + Self.lastMoment)
    }

    private func wait(until moment: ContinuousClock.Instant?) async {
        // A timer of its own task: this one may be cancelled, and then it cannot sleep.
        let timer = Mutex<Task<Void, Never>?>(nil)
        await withCheckedContinuation { waiter in
            let number = state.withLock { state -> UInt64? in
                if state.tasks.isEmpty { return nil }
                state.next += 1
                state.waiter = (state.next, waiter)
                return state.next
            }
            guard let number else {
                waiter.resume()
                return
            }
            guard let moment else { return }
            timer.withLock {
                $0 = Task { [self] in
                    try? await Task.sleep(until: moment, clock: .continuous)
                    giveUp(number)
                }
            }
        }
        timer.withLock { $0?.cancel() }
    }

    private func remove(_ number: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.tasks[number] = nil
            guard state.tasks.isEmpty else { return nil }
            return state.waiter.take()?.task
        }
        waiter?.resume()
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiter?.number == number else { return nil }
            return state.waiter.take()?.task
        }
        waiter?.resume()
    }
}
