// Mutual exclusion with leases and fencing numbers.

import Synchronization

/// A lock, or several at once: at most one owner in the fleet holds it.
///
/// Waiters are served in order of arrival. While the holder lives its lease is renewed; when it dies the lease ends and
/// the next waiter has the lock. Prefer ``withLock(timeout:_:)``: it releases on every way out and stops the work when
/// the lock is lost. <doc:Locks> says what holds and what does not.
///
/// A lock object behaves as a mutex that any task may release, unless its options make it reentrant. It may be used by
/// many tasks; cancelling one that waits does not disturb the others.
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

    /// What this object has acquired. The library's cancel ends all waits of one handle, so that each acquisition has a
    /// handle of its own.
    private struct Grants {
        /// By ``Lock/acquire(timeout:)`` and ``Lock/adopt()``; more than one are the levels of a reentrant lock.
        var held: [BlockingLock] = []
        /// By ``Lock/withLock(timeout:_:)``.
        var inBodies: [ObjectIdentifier: BlockingLock] = [:]
        /// Knows the fence also after it is released.
        var last: BlockingLock?

        /// Levels of one grant share its fence. What is left of another one, or of a level that somebody has adopted, is
        /// past.
        mutating func add(_ handle: BlockingLock, isLevel: Bool) {
            let fence = handle.fence
            held.removeAll { !isLevel || $0.fence != fence || $0.state == .lost }
            held.append(handle)
            last = handle
        }

        mutating func remove(_ handle: BlockingLock) { held.removeAll { $0 === handle } }
    }

    /// The lock's name; those of several are joined by commas.
    public let name: String
    /// The names, of which an object made by ``Client/multiLock(_:options:)`` may have several.
    public let names: [String]
    /// How this lock behaves.
    public let options: LockOptions

    private let client: Client
    private let isMany: Bool
    private let handleOptions: LockOptions
    private let lingering: LingeringHandle?
    private let grants = Mutex(Grants())

    init(_ client: Client, _ name: String, _ options: LockOptions) {
        self.client = client
        self.name = name
        names = [name]
        isMany = false
        self.options = options
        lingering = options.linger > .zero && !options.reentrant ? LingeringHandle() : nil
        handleOptions = Self.ofHandles(options)
    }

    init(_ client: Client, allOf names: [String], _ options: LockOptions) {
        self.client = client
        self.names = names
        name = names.joined(separator: ", ")
        isMany = true
        self.options = options
        lingering = nil
        handleOptions = options
    }

    /// To the library the owner of a reentrant lock is a handle on a thread, of which tasks know nothing.
    private static func ofHandles(_ options: LockOptions) -> LockOptions {
        guard options.reentrant, options.owner == nil else { return options }
        var result = options
        result.owner = OwnerID.make()
        return result
    }

    private func makeHandle() throws(DistCoordError) -> BlockingLock {
        if isMany { return try BlockingLock(client.blocking, allOf: names, handleOptions) }
        return try BlockingLock(client.blocking, name, handleOptions)
    }

    /// How long the lock outlives its holder.
    public var lease: Duration { options.lease }

    /// Acquires the lock, waiting in line. Cancelling the task leaves the line and throws `CancellationError`.
    ///
    /// - Parameter timeout: How long to wait; `nil` for as long as ``LockOptions/wait`` says, for ever unless it is set.
    /// - Returns: Whether it was had in time.
    public func acquire(timeout: Duration? = nil) async throws -> Bool {
        guard let handle = try await acquireHandle(timeout: timeout) else { return false }
        grants.withLock { $0.add(handle, isLevel: options.reentrant) }
        return true
    }

    /// Acquires the lock if it is free. Does not wait.
    public func tryAcquire() async throws -> Bool { try await acquire(timeout: .zero) }

    /// Releases the lock; the next waiter has it at once. Of a reentrant lock it releases one level.
    ///
    /// An object with an explicit ``LockOptions/owner`` that holds nothing releases what its owner holds elsewhere.
    /// Throws ``DistCoordError/Code-swift.struct/notHeld`` if it is not held, and ``DistCoordError/Code-swift.struct/lost``
    /// if the lease ended before: what was done since may have overlapped with another holder.
    public func release() async throws {
        guard let handle = grants.withLock({ $0.held.popLast() }) else {
            guard options.owner != nil else { throw notHeldError }
            let handle = try makeHandle()
            return try expectHeld(try await offload { try handle.release() })
        }
        defer { lingering?.leave() }
        try expectHeld(try await offload { try handle.release() })
    }

    /// Sets the lease to end that time from now; without a time, after the lock's own lease. Throws as ``release()``.
    ///
    /// An object with an explicit ``LockOptions/owner`` that holds nothing adopts first what its owner holds elsewhere.
    public func extend(_ lease: Duration? = nil) async throws {
        if let handle = grants.withLock({ $0.held.last }) {
            return try expectHeld(try await offload { try handle.extend(lease) })
        }
        guard options.owner != nil else { throw notHeldError }
        let handle = try makeHandle()
        try expectHeld(try await offload { try handle.extend(lease) })
        grants.withLock { $0.add(handle, isLevel: options.reentrant) }
    }

    /// Takes over what the explicit owner holds, wherever it was acquired: from now on this object renews and releases
    /// it, with the same fence. Who had it before finds it lost, unless it was detached.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/notHeld`` when the owner holds nothing, and
    /// ``DistCoordError/Code-swift.struct/invalidArgument`` for an object without ``LockOptions/owner``.
    public func adopt() async throws {
        try requireOwner("adopt")
        let handle = try makeHandle()
        try expectHeld(try await offload { try handle.adopt() })
        grants.withLock { $0.add(handle, isLevel: options.reentrant) }
    }

    /// Leaves what is held to another object of the same explicit owner, here or in another process: it is not renewed
    /// any more, and the lease ends it unless it is adopted in time. Throws as ``adopt()`` and ``release()``.
    public func detach() async throws {
        try requireOwner("detach")
        guard let handle = grants.withLock({ $0.held.last }) else { throw notHeldError }
        let answer = try await offload { try handle.detach() }
        grants.withLock { $0.remove(handle) }
        lingering?.leave()
        try expectHeld(answer)
    }

    /// Takes the lock away from whoever holds it and gives it to the next in line. The old holder finds it lost at its
    /// next renewal; until then only its fence, which is smaller than the next one, keeps it from doing harm.
    ///
    /// - Parameter fence: Take it from the grant with this fence only; `nil` from any.
    /// - Returns: Whether it was held, and by that grant.
    @discardableResult
    public func forceRelease(fence: UInt64? = nil) async throws -> Bool {
        let handle = try makeHandle()
        return try await offload { try handle.breakGrant(fence: fence) } == .ok
    }

    /// What this object holds by ``acquire(timeout:)``.
    public var state: State {
        switch grants.withLock({ $0.held.last })?.state {
        case .held: .held
        case .lost: .lost
        case .free, nil: .free
        }
    }

    /// How many levels this object holds, those of ``withLock(timeout:_:)`` included; more than one only of a reentrant
    /// lock.
    public var depth: Int {
        let handles = grants.withLock { $0.held + Array($0.inBodies.values) }
        return handles.reduce(0) { $0 + $1.depth }
    }

    /// Fencing number of the grant, or of the last one when nothing is held; 0 when nothing ever was.
    public var fence: UInt64 { grants.withLock { $0.last }?.fence ?? 0 }

    /// How long the lock is held for certain if nothing is renewed from now on.
    public var leaseLeft: Duration { grants.withLock { $0.held.last }?.leaseLeft ?? .zero }

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
    ///   - timeout: How long to wait, as for ``acquire(timeout:)``. ``DistCoordError/Code-swift.struct/timedOut`` is
    ///     thrown when it is over.
    ///   - body: The work; it gets the lease, whose ``Lease/fence`` is to be sent along with what it writes.
    public func withLock<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Lease) async throws -> Value
    ) async throws -> Value {
        guard let handle = try await acquireHandle(timeout: timeout) else {
            throw notHadInTime(what, timeout ?? options.wait)
        }
        grants.withLock { $0.inBodies[ObjectIdentifier(handle)] = handle }
        defer {
            grants.withLock { _ = $0.inBodies.removeValue(forKey: ObjectIdentifier(handle)) }
            lingering?.leave()
        }
        return try await whileHeld(Lease(handle, of: what), body)
    }

    private func acquireHandle(timeout: Duration?) async throws -> BlockingLock? {
        guard let lingering else {
            return try await acquire(try makeHandle(), waitMilliseconds: options.waitMilliseconds(timeout))
        }
        let limit = timeout ?? options.wait
        let begun = ContinuousClock.now
        // One that was lost and not released since gives its turn to whoever comes next.
        if !takeTurnOfLost(), try await !lingering.enter(timeout: limit) { return nil }
        do {
            let handle = try lingering.handle(orMake: makeHandle)
            let wait = waitMilliseconds(limit.map { $0 - (ContinuousClock.now - begun) })
            if let handle = try await acquire(handle, waitMilliseconds: wait) { return handle }
        } catch {
            lingering.leave()
            throw error
        }
        lingering.leave()
        return nil
    }

    private func acquire(_ handle: BlockingLock, waitMilliseconds: Int64) async throws -> BlockingLock? {
        let answer = try await offload(cancel: { handle.cancel() }) {
            try handle.acquire(waitMilliseconds: waitMilliseconds)
        }
        switch answer {
        case .ok: return handle
        case .timedOut: return nil
        default: throw cancellation(of: what)
        }
    }

    private func takeTurnOfLost() -> Bool {
        grants.withLock {
            guard $0.held.last?.state == .lost else { return false }
            $0.held.removeAll()
            return true
        }
    }

    private func requireOwner(_ verb: String) throws {
        if options.owner != nil { return }
        throw DistCoordError(.invalidArgument, "\(what): only an object with an explicit owner can \(verb)")
    }

    private func expectHeld(_ answer: Answer) throws {
        switch answer {
        case .ok: return
        case .lost: throw lostError(what)
        default: throw notHeldError
        }
    }

    private var what: String { names.count > 1 ? "locks '\(name)'" : "lock '\(name)'" }

    private var notHeldError: DistCoordError {
        if let owner = options.owner { return DistCoordError(.notHeld, "\(what) is not held by owner '\(owner)'") }
        return DistCoordError(.notHeld, "\(what) is not held by this object")
    }
}
