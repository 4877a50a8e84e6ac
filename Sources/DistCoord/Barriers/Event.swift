// A flag that can be waited for.

/// An event: a flag that is set or not; those who wait for it go on when it is set.
///
/// Who waits while it is being set goes on, also when it is cleared at once after. One that nobody uses for a day is
/// forgotten, that is, not set. For messages see ``Channel`` and ``Topic``.
public final class Event: Sendable {
    /// The event's name.
    public let name: String

    private let handles: HandlePool<BlockingEvent>

    init(_ client: Client, name: String) {
        self.name = name
        handles = HandlePool { try BlockingEvent(client.blocking, name) }
    }

    /// Sets it; all who wait go on.
    public func set() async throws { try await handles.call { try $0.set() } }

    /// Clears it.
    public func clear() async throws { try await handles.call { try $0.clear() } }

    /// Asks whether it is set.
    public func isSet() async throws -> Bool { try await handles.call { try $0.isSet() } }

    /// Waits until it is set. Cancelling the task throws `CancellationError` and disturbs nobody.
    public func wait() async throws { _ = try await wait(for: nil) }

    /// Waits until it is set, or the time is over.
    ///
    /// - Returns: Whether it was set.
    public func wait(timeout: Duration) async throws -> Bool { try await wait(for: timeout) }

    private func wait(for timeout: Duration?) async throws -> Bool {
        let milliseconds = waitMilliseconds(timeout)
        let answer = try await handles.with { handle in
            try await offload(cancel: { handle.cancel() }) { try handle.wait(waitMilliseconds: milliseconds) }
        }
        switch answer {
        case .ok: return true
        case .timedOut: return false
        default: throw cancellation(of: "event '\(name)'")
        }
    }
}

extension Client {
    /// An object for an event. Nothing is sent.
    public func event(_ name: String) -> Event { Event(self, name: name) }
}
