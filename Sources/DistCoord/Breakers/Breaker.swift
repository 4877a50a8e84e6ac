// A circuit breaker for the whole fleet.

import Synchronization

/// A circuit breaker that all processes share: when calls of something fail too often it opens, and nobody calls it for
/// a while; then a few trials decide whether it closes. <doc:Breakers> says what holds.
///
/// ```swift
/// let payments = try client.breaker("payments", options: BreakerOptions(failureThreshold: 5))
/// let receipt = try await payments.run { try await charge(card) }
/// ```
///
/// While it is closed a call costs no round trip: outcomes are counted here and told to the server in the background.
/// So keep the object; the first call of each asks the server.
public final class Breaker: Sendable {
    /// The breaker's name.
    public let name: String
    /// How it behaves.
    public let options: BreakerOptions

    private let handle: BlockingBreaker
    private let isFailure: @Sendable (any Error) -> Bool
    /// Whether the server has been asked, so that what the handle knows is more than a guess.
    private let isInformed = Atomic(false)

    init(
        _ client: Client, name: String, _ options: BreakerOptions, isFailure: @escaping @Sendable (any Error) -> Bool
    ) throws {
        self.name = name
        self.options = options
        self.isFailure = isFailure
        handle = try BlockingBreaker(client.blocking, name, options)
    }

    // MARK: Calling

    /// Runs the body if the breaker allows it, and counts how it ended: an error that it throws counts as a failure,
    /// but for `CancellationError` and those that ``Client/breaker(_:options:isFailure:)`` was told not to count. That
    /// the server cannot be reached is never an error here.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/rejected`` when the breaker is open;
    /// ``DistCoordError/retryAfter`` then tells when it may be worth trying again.
    public func run<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        let permit = try await allow()
        do {
            let value = try await body()
            await permit.report(.succeeded)
            return value
        } catch {
            let counts = !(error is CancellationError) && isFailure(error)
            await permit.report(counts ? .failed : .discarded)
            throw error
        }
    }

    /// Asks whether a call may be made, for calls that do not fit into ``run(isolation:_:)``. Throws as that.
    ///
    /// - Returns: What the call is reported with; dropped without a report, it says nothing about what was called.
    public func allow() async throws -> BreakerPermit {
        // While it is closed neither this nor the report of the call waits for anything, so no other thread is needed.
        let isQuick = isInformed.load(ordering: .relaxed) && handle.state == .closed
        let admission = isQuick ? try handle.allow() : try await offload { [handle] in try handle.allow() }
        isInformed.store(true, ordering: .relaxed)
        if admission.answer == .ok { return BreakerPermit(handle, admission.permit, isQuick: isQuick) }
        let hint = admission.retryAfter.map { "; try again in \($0)" } ?? ""
        throw DistCoordError(
            .rejected, "breaker '\(name)' is open\(hint)", isRetriable: true, retryAfter: admission.retryAfter)
    }

    // MARK: How it stands

    /// What this process knows of the state, without asking the server.
    public var state: BreakerState { handle.state }

    /// Asks how it stands. One that nobody has used is closed.
    public func inspect() async throws -> BreakerInfo { try await offload { [handle] in try handle.inspect() } }

    /// How it stands now, and each change of its state.
    public var changes: Changes<BreakerInfo> { Changes(of: "breaker '\(name)'") { [handle] in try handle.watch() } }

    // MARK: From outside

    /// Forces it open, for all, until ``reset()``: calls are rejected.
    public func forceOpen() async throws { try await offload { [handle] in try handle.force(open: true) } }

    /// Forces it closed, for all, until ``reset()``: calls are let through, whatever fails.
    public func forceClosed() async throws { try await offload { [handle] in try handle.force(open: false) } }

    /// Closes it, forgets failures, and ends what was forced.
    public func reset() async throws { try await offload { [handle] in try handle.reset() } }

    /// Tells the server now what was counted here. ``Client/close()`` does so, too.
    public func flush() async throws { try await offload { [handle] in try handle.flush() } }
}

/// How a call that a ``Breaker`` allowed has ended.
public enum CallOutcome: String, Sendable, Hashable, CaseIterable {
    /// It succeeded.
    case succeeded
    /// It failed in a way that counts.
    case failed
    /// It says nothing about what was called: it was cancelled, or its arguments were wrong.
    case discarded
}

/// A call that a ``Breaker`` allowed, to be reported once; see ``Breaker/allow()``.
public final class BreakerPermit: Sendable {
    private let handle: BlockingBreaker
    private let number: UInt64
    private let isQuick: Bool
    private let isReported = Atomic(false)

    init(_ handle: BlockingBreaker, _ number: UInt64, isQuick: Bool) {
        self.handle = handle
        self.number = number
        self.isQuick = isQuick
    }

    deinit {
        if isReported.load(ordering: .relaxed) { return }
        // A trial that nobody reports would keep others out for the trial timeout.
        _ = WaitingThreads.shared.run { [handle, number] in try? handle.report(number, .discarded) }
    }

    /// Tells how the call has ended; only the first time counts. It never fails: that a report cannot be made is no
    /// reason to fail a call that was made.
    public func report(_ outcome: CallOutcome) async {
        if isReported.exchange(true, ordering: .relaxed) { return }
        if isQuick {
            try? handle.report(number, outcome)
        } else {
            try? await offload { [handle, number] in try handle.report(number, outcome) }
        }
    }
}

extension Client {
    /// A circuit breaker. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The breaker's name.
    ///   - options: What differs from the defaults.
    ///   - isFailure: Which errors say something about what is called; all unless told otherwise. Others are thrown on
    ///     and count neither as success nor as failure.
    public func breaker(
        _ name: String, options: BreakerOptions = BreakerOptions(),
        isFailure: @escaping @Sendable (any Error) -> Bool = { _ in true }
    ) throws -> Breaker {
        try Breaker(self, name: name, options, isFailure: isFailure)
    }
}
