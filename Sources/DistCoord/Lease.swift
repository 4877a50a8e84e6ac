// Something that is held.

import Synchronization

/// Something that is held: a lock in the body of ``Lock/withLock(timeout:_:)``, a read-write lock or permits.
///
/// One that is dropped without ``release()`` is released in the background.
public final class Lease: Sendable {
    /// The name of what is held.
    public let name: String
    /// Fencing number of this grant: greater than that of every grant before. Let the receiver of what is written under
    /// the lock refuse a smaller one than it has seen.
    public let fence: UInt64

    private let what: String
    private let handle: BlockingLock
    // A handle can be granted anew after this lease: what this object does must not reach that grant.
    private let end = Mutex<BlockingLock.State?>(nil)

    init(_ handle: BlockingLock, of what: String) {
        self.handle = handle
        self.what = what
        name = handle.name
        fence = handle.fence
    }

    /// Whether the lease has ended. The body's task is cancelled then.
    public var isLost: Bool { state == .lost }
    /// How long it is held for certain if nothing is renewed from now on.
    public var timeLeft: Duration { end.withLock { $0 } == nil ? handle.leaseLeft : .zero }

    private var state: BlockingLock.State { end.withLock { $0 } ?? handle.state }

    /// Sets the lease to end that time from now; without a time, after the length it was acquired with. Throws
    /// ``DistCoordError/Code-swift.struct/lost`` when it has ended, ``DistCoordError/Code-swift.struct/notHeld`` when it
    /// was released.
    public func extend(_ lease: Duration? = nil) async throws {
        try requireNotOver()
        try expectHeld(try await offload { [handle] in try handle.extend(lease) })
    }

    /// Releases it before the body ends, or what ``ReadWriteLock/read(timeout:)``, ``ReadWriteLock/write(timeout:)`` and
    /// ``Semaphore/acquire(_:timeout:)`` gave. Throws as ``extend(_:)``.
    public func release() async throws {
        try requireNotOver()
        try expectHeld(try await releaseOnce())
    }

    /// Turns a writer's hold into a reader's in one step: no other writer comes in between. The fence stays. Throws as
    /// ``extend(_:)``; ``DistCoordError/Code-swift.struct/conflict`` while the same owner writes elsewhere too, and
    /// ``DistCoordError/Code-swift.struct/invalidArgument`` for what is not a hold of a read-write lock.
    public func downgrade() async throws {
        try requireNotOver()
        try expectHeld(try await offload { [handle] in try handle.downgrade() })
    }

    /// Readable while the lease is lost.
    var lossDescriptor: Int32 { handle.lossDescriptor }

    /// The end of a body: releases unless that was done, and tells how it stood.
    func finish() async -> Answer? {
        switch end.withLock({ $0 }) {
        case .lost: return .lost
        case .some: return .ok
        // When the server cannot be told, the lease frees what is held; the work was done all the same.
        case nil: return try? await releaseOnce()
        }
    }

    func lost() -> DistCoordError { lostError(what) }

    private func releaseOnce() async throws -> Answer {
        let first = end.withLock { end in
            guard end == nil else { return false }
            end = handle.state == .lost ? .lost : .free
            return true
        }
        guard first else { return .notHeld }
        let answer = try await offload { [handle] in try handle.release() }
        if answer == .lost { end.withLock { $0 = .lost } }
        return answer
    }

    private func requireNotOver() throws {
        if end.withLock({ $0 }) != nil { throw DistCoordError(.notHeld, "\(what): this hold was released before") }
    }

    private func expectHeld(_ answer: Answer) throws {
        switch answer {
        case .ok: return
        case .lost: throw lost()
        default: throw DistCoordError(answer.code, "\(what): this hold was released before")
        }
    }
}

func lostError(_ what: String) -> DistCoordError {
    DistCoordError(
        .lost, "\(what): the lease ended while it was held; the work may have overlapped with another holder's")
}

/// For scoped calls, whose body did not run.
func notHadInTime(_ what: String, _ limit: Duration?) -> DistCoordError {
    DistCoordError(.timedOut, "\(what): not had within \(limit ?? .zero)", isRetriable: true)
}
