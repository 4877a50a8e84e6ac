// Several tasks that wait on one handle.

import Synchronization

/// Waits of several tasks on one handle of the library, whose cancel ends all of them: those that were not meant wait
/// again.
final class SharedWaits: Sendable {
    private struct State {
        var cancelling = 0
        var cancelled: UInt64 = 0
    }

    // More than a century; a clock cannot count much further.
    static let longest = Duration.seconds(1 << 32)

    private let state = Mutex(State())
    private let cancelAll: @Sendable () -> Void

    init(_ cancelAll: @escaping @Sendable () -> Void) { self.cancelAll = cancelAll }

    /// Waits with a call that takes the time in milliseconds. It answers "cancelled" when the task was, or when
    /// somebody ended the waits from elsewhere.
    ///
    /// - Parameter endsWithTask: Whether the wait ends when the task is cancelled.
    func wait<Value: Sendable>(
        _ timeout: Duration?, endsWithTask: Bool = true,
        _ call: @escaping @Sendable (Int64) throws -> (answer: Answer, value: Value)
    ) async throws -> (answer: Answer, value: Value) {
        let end = timeout.map { ContinuousClock.now + min($0, Self.longest) }
        var milliseconds = waitMilliseconds(timeout)
        while true {
            let before = state.withLock { $0.cancelled }
            let result = try await once(endsWithTask, milliseconds, call)
            if result.answer != .cancelled || Task.isCancelled { return result }
            let wasMeant = state.withLock { $0.cancelling == 0 && $0.cancelled == before }
            if wasMeant { return result }
            milliseconds = waitMilliseconds(end.map { $0 - ContinuousClock.now })
        }
    }

    private func once<Value: Sendable>(
        _ endsWithTask: Bool, _ milliseconds: Int64,
        _ call: @escaping @Sendable (Int64) throws -> (answer: Answer, value: Value)
    ) async throws -> (answer: Answer, value: Value) {
        if !endsWithTask { return try await offload { try call(milliseconds) } }
        return try await offload(cancel: { [self] in cancelOne() }) { try call(milliseconds) }
    }

    /// Marked before and after: whoever is ended by it finds one mark or the other, whenever its wait began.
    private func cancelOne() {
        state.withLock { $0.cancelling += 1 }
        cancelAll()
        state.withLock {
            $0.cancelled &+= 1
            $0.cancelling -= 1
        }
    }
}
