// A count that is taken down to zero.

/// A latch: a count that is taken down to zero, once; any number wait for that. For the jobs of a batch see ``Batch``,
/// which counts them by itself.
///
/// It comes into being with its first use by an object that knows its count, stays open once it is at zero, and is
/// forgotten a day after its last use; ``reset(to:)`` makes it anew. <doc:Barriers> says what holds.
public final class Latch: Sendable {
    /// The latch's name.
    public let name: String
    /// What a latch that is not there yet begins with; `nil` to use only one that somebody else has made, or will make.
    public let initialCount: Int?

    private let handles: HandlePool<BlockingLatch>

    init(_ client: Client, name: String, count: Int?) {
        self.name = name
        initialCount = count
        handles = HandlePool { try BlockingLatch(client.blocking, name, count: count) }
    }

    /// Takes the count down; at zero all who wait go on. It never falls below zero.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/notFound`` when it is not there and this object has no count.
    ///
    /// - Returns: The count that is left.
    @discardableResult
    public func countDown(by number: Int = 1) async throws -> Int {
        try left(try await handles.call { try $0.countDown(by: number) })
    }

    /// Waits until the count is zero. A latch that is not there yet is waited for, too. Cancelling the task throws
    /// `CancellationError` and disturbs nobody.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/broken`` when it is reset meanwhile.
    public func wait() async throws { _ = try await wait(for: nil) }

    /// Waits until the count is zero, or the time is over. Throws as ``wait()``.
    ///
    /// - Returns: Whether the count is zero.
    public func wait(timeout: Duration) async throws -> Bool { try await wait(for: timeout) }

    private func wait(for timeout: Duration?) async throws -> Bool {
        let milliseconds = waitMilliseconds(timeout)
        let answer = try await handles.with { handle in
            try await offload(cancel: { handle.cancel() }) { try handle.wait(waitMilliseconds: milliseconds) }
        }
        switch answer {
        case .ok: return true
        case .timedOut: return false
        case .broken: throw DistCoordError(.broken, "\(what) was reset while it was waited for")
        default: throw cancellation(of: what)
        }
    }

    /// Asks for the count. Throws as ``countDown(by:)``.
    public func count() async throws -> Int { try left(try await handles.call { try $0.count() }) }

    /// Makes it anew. Those who wait get ``DistCoordError/Code-swift.struct/broken``.
    ///
    /// - Parameter count: What it begins with; that of this object if `nil`.
    public func reset(to count: Int? = nil) async throws { try await handles.call { try $0.reset(count) } }

    private func left(_ answered: (answer: Answer, left: Int)) throws -> Int {
        if answered.answer == .ok { return answered.left }
        throw DistCoordError(.notFound, "\(what) is not there, and this object does not say its count")
    }

    private var what: String { "latch '\(name)'" }
}

extension Client {
    /// An object for a latch. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The latch's name.
    ///   - count: What a latch that is not there yet begins with, 1 to 1 000 000 000; `nil` to use only one that
    ///     somebody else has made, or will make.
    public func latch(_ name: String, count: Int? = nil) -> Latch { Latch(self, name: name, count: count) }
}
