// n parties wait for each other, again and again.

/// A barrier for a number of parties: when that many have arrived all go on, and the next generation begins.
///
/// A party that times out or whose task is cancelled breaks the barrier for all who wait with it, and it stays broken
/// until ``reset()``. <doc:Barriers> says what holds.
public final class Barrier: Sendable {
    /// What a party gets when all have arrived.
    public struct Arrival: Sendable, Hashable {
        /// From 0 to parties - 1, another for each party of the generation, in order of arrival.
        public var index: Int
        /// The generation, from 0.
        public var generation: Int64
    }

    /// How the barrier stands, as the server saw it when it was asked.
    public struct Status: Sendable, Hashable {
        /// How many have arrived and wait.
        public var waiting: Int
        /// The current generation.
        public var generation: Int64
        /// Whether it is broken.
        public var isBroken: Bool
    }

    /// The barrier's name.
    public let name: String
    /// How many wait for each other.
    public let parties: Int

    private let client: Client

    init(_ client: Client, name: String, parties: Int) {
        self.client = client
        self.name = name
        self.parties = parties
    }

    // A handle for each call: the library's cancel ends all waits of one handle.
    private func makeHandle() throws -> BlockingBarrier { try BlockingBarrier(client.blocking, name, parties: parties) }

    /// Arrives and waits for the others. Each call is one party. Cancelling the task breaks the barrier.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut`` when the time is over,
    /// ``DistCoordError/Code-swift.struct/broken`` when another party gave up or the barrier was broken before, and
    /// ``DistCoordError/Code-swift.struct/conflict`` when another number of parties is in use.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever. When it is over the barrier is broken.
    @discardableResult
    public func wait(timeout: Duration? = nil) async throws -> Arrival {
        let handle = try makeHandle()
        let milliseconds = waitMilliseconds(timeout)
        let (answer, arrival) = try await offload(cancel: { handle.cancel() }) {
            try handle.wait(waitMilliseconds: milliseconds)
        }
        try expectOpened(answer, timeout)
        return arrival
    }

    /// Arrives and waits for the others; the last party to arrive runs the action, once, while all others still wait.
    ///
    /// When the action throws, the barrier is broken and its error thrown here; the others get
    /// ``DistCoordError/Code-swift.struct/broken``. So they do when its process dies meanwhile. Cancelling the task
    /// cancels the action. Throws as ``wait(timeout:)`` otherwise.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the others; what the action takes is not counted for who runs it.
    ///   - action: Whether there is one is for the last party to say: all should pass one.
    @discardableResult
    public func wait(
        timeout: Duration? = nil, action: @escaping @Sendable () async throws -> Void
    ) async throws -> Arrival {
        let handle = try makeHandle()
        let milliseconds = waitMilliseconds(timeout)
        let work = BlockingWork(action)
        defer { work.abandon() }
        let (answer, arrival) = try await offload {
            work.cancel()
            handle.cancel()
        } _: {
            try handle.wait(waitMilliseconds: milliseconds) { work.run() }
        }
        if answer != .ok, let failure = work.failure { throw failure }
        try expectOpened(answer, timeout)
        return arrival
    }

    private func expectOpened(_ answer: Answer, _ timeout: Duration?) throws {
        switch answer {
        case .ok: return
        case .timedOut:
            throw DistCoordError(
                .timedOut,
                "barrier '\(name)': not all \(parties) parties arrived within \(timeout ?? .zero); broken now")
        case .broken:
            throw DistCoordError(.broken, "barrier '\(name)' is broken: a party gave up, or it was aborted or reset")
        default: throw cancellation(of: "barrier '\(name)'")
        }
    }

    /// Breaks the barrier for all who wait and all who arrive until it is reset.
    public func abort() async throws {
        let handle = try makeHandle()
        try await offload { try handle.abort() }
    }

    /// Makes the barrier empty and whole again. Those who wait find it broken.
    public func reset() async throws {
        let handle = try makeHandle()
        try await offload { try handle.reset() }
    }

    /// Asks how the barrier stands.
    public func inspect() async throws -> Status {
        let handle = try makeHandle()
        return try await offload { try handle.inspect() }
    }
}
