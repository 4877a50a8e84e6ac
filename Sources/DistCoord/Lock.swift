// Fair mutual exclusion with leases and fencing numbers.

import Synchronization

/// A lock: at most one handle in the fleet holds it.
///
/// Waiters are served in order of arrival. While the holder lives its lease is renewed; when it dies the lease ends and
/// the next waiter has the lock. Prefer ``withLock(timeout:_:)``: it releases on every way out and stops the work when
/// the lock is lost. <doc:Locks> says what holds and what does not.
///
/// A lock object behaves as a mutex that any task may release. It may be used by many tasks; cancelling one that waits
/// does not disturb the others.
public final class Lock: Sendable {
    /// What a lock object knows about itself, without asking the server.
    public enum State: Sendable, Hashable {
        /// It holds nothing.
        case free
        /// It holds the lock.
        case held
        /// It held the lock, and the lease ended.
        case lost
    }

    /// The lock's name.
    public let name: String
    /// How long the lock outlives its holder.
    public let lease: Duration

    private let renew: Bool
    private let client: Client
    // The library's cancel ends all waits of one handle, so that each acquisition has a handle of its own; the one that
    // succeeded last stays here.
    private let grant = Mutex<BlockingLock?>(nil)

    init(_ client: Client, name: String, lease: Duration, renew: Bool) {
        self.client = client
        self.name = name
        self.lease = lease
        self.renew = renew
    }

    private func makeHandle() throws -> BlockingLock {
        try BlockingLock(client.blocking, name, lease: lease, renew: renew)
    }

    /// Acquires the lock, waiting in line. Cancelling the task leaves the line and throws `CancellationError`.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever.
    /// - Returns: Whether it was had in time.
    public func acquire(timeout: Duration? = nil) async throws -> Bool {
        guard let handle = try await acquireHandle(timeout: timeout) else { return false }
        grant.withLock { $0 = handle }
        return true
    }

    /// Acquires the lock if it is free. Does not wait.
    public func tryAcquire() async throws -> Bool { try await acquire(timeout: .zero) }

    /// Releases the lock; the next waiter has it at once.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/notHeld`` if it is not held, and ``DistCoordError/Code-swift.struct/lost``
    /// if the lease ended before: what was done since may have overlapped with another holder.
    public func release() async throws {
        let handle = try held()
        let answer = try await offload { try handle.release() }
        try expectHeld(answer)
    }

    /// Sets the lease to end that time from now; without a time, after the lock's own lease. Throws as ``release()``.
    public func extend(_ lease: Duration? = nil) async throws {
        let handle = try held()
        let answer = try await offload { try handle.extend(lease) }
        try expectHeld(answer)
    }

    /// What this object holds.
    public var state: State {
        switch grant.withLock({ $0 })?.state {
        case .held: .held
        case .lost: .lost
        case .free, nil: .free
        }
    }

    /// Fencing number of the grant, or of the last one when nothing is held; 0 when nothing ever was.
    public var fence: UInt64 { grant.withLock { $0 }?.fence ?? 0 }

    /// How long the lock is held for certain if nothing is renewed from now on.
    public var leaseLeft: Duration { grant.withLock { $0 }?.leaseLeft ?? .zero }

    /// Asks the server who holds the lock; `nil` when nobody does.
    public func inspect() async throws -> LockInfo? {
        let handle = try makeHandle()
        return try await offload { try handle.inspect() }
    }

    /// Runs the body while holding the lock, and releases it on every way out.
    ///
    /// When the lease is lost meanwhile, the task that runs the body is cancelled, and this throws
    /// ``DistCoordError/Code-swift.struct/lost`` once the body has returned, whatever the body returned: its work may
    /// have overlapped with another holder's. Cancelling the calling task abandons the wait or cancels the body.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the lock; `nil` for ever. ``DistCoordError/Code-swift.struct/timedOut`` is
    ///     thrown when it is over.
    ///   - body: The work; it gets the lease, whose ``Lease/fence`` is to be sent along with what it writes.
    public func withLock<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        guard let handle = try await acquireHandle(timeout: timeout) else {
            throw DistCoordError(.timedOut, "lock '\(name)': not had within \(timeout ?? .zero)", isRetriable: true)
        }
        let lease = Lease(handle)
        let result = await runUnderLease(lossDescriptor: handle.lossDescriptor) { try await body(lease) }
        // When the server cannot be told, the lease frees the lock; the work was done all the same.
        let answer = try? await offload { try handle.release() }
        if answer == .lost { throw lostError }
        return try result.get()
    }

    private func acquireHandle(timeout: Duration?) async throws -> BlockingLock? {
        let handle = try makeHandle()
        let wait = waitMilliseconds(timeout)
        let answer = try await offload(cancel: { handle.cancel() }) { try handle.acquire(waitMilliseconds: wait) }
        switch answer {
        case .ok: return handle
        case .timedOut: return nil
        default: throw cancellation(of: "lock '\(name)'")
        }
    }

    private func held() throws -> BlockingLock {
        guard let handle = grant.withLock({ $0 }) else { throw notHeldError }
        return handle
    }

    private func expectHeld(_ answer: Answer) throws {
        switch answer {
        case .ok: return
        case .lost: throw lostError
        default: throw notHeldError
        }
    }

    private var lostError: DistCoordError {
        DistCoordError(
            .lost,
            "lock '\(name)': the lease ended while it was held; the work may have overlapped with another holder's")
    }

    private var notHeldError: DistCoordError { DistCoordError(.notHeld, "lock '\(name)' is not held by this object") }
}

/// A held lock, as the body of ``Lock/withLock(timeout:_:)`` sees it.
public final class Lease: Sendable {
    private let handle: BlockingLock

    init(_ handle: BlockingLock) { self.handle = handle }

    /// The lock's name.
    public var name: String { handle.name }
    /// Fencing number of this grant: greater than that of every grant before. Let the receiver of what is written under
    /// the lock refuse a smaller one than it has seen.
    public var fence: UInt64 { handle.fence }
    /// Whether the lease has ended. The body's task is cancelled then.
    public var isLost: Bool { handle.state == .lost }
    /// How long the lock is held for certain if nothing is renewed from now on.
    public var timeLeft: Duration { handle.leaseLeft }

    /// Sets the lease to end that time from now. Throws ``DistCoordError/Code-swift.struct/lost`` when it has ended.
    public func extend(_ lease: Duration) async throws {
        let answer = try await offload { [handle] in try handle.extend(lease) }
        if answer != .ok { throw DistCoordError(answer.code, "lock '\(name)': the lease has ended") }
    }
}

/// Who holds a lock, as the server saw it when it was asked.
public struct LockInfo: Sendable, Hashable {
    /// Label of the holder's client.
    public var holder: String
    /// Fencing number of the holder's grant.
    public var fence: UInt64
    /// How long it has been held.
    public var held: Duration
    /// How long the lease still runs.
    public var leaseLeft: Duration
    /// How many wait for it.
    public var waiters: Int
}
