// One leader at a time, with terms.

import Synchronization

/// An election: of all candidates for a name at most one leads at a time.
///
/// A leadership is a lease, kept and lost as a lock's is; its ``term`` is the fencing number for what the leader writes.
/// ``withLeadership(timeout:_:)`` stops the work when the leadership is lost. <doc:Elections> says what holds.
///
/// An election object is one candidate: it may be used by many tasks, and leads for all of them.
public final class Election: Sendable {
    /// The election's name.
    public let name: String
    /// How long a leadership outlives its leader.
    public let lease: Duration

    private let value: String?
    private let client: Client

    private struct Candidacy {
        /// The handle that won last.
        var won: BlockingElection?
        // The library's cancel ends all waits of one handle, so that each campaign has a handle of its own.
        var campaigns: [UInt64: CancellableWait] = [:]
        var nextCampaign: UInt64 = 0

        var leads: Bool { won?.state == .leader }
    }

    private let candidacy = Mutex(Candidacy())

    init(_ client: Client, name: String, lease: Duration, value: String?) {
        self.client = client
        self.name = name
        self.lease = lease
        self.value = value
    }

    private func makeHandle() throws -> BlockingElection {
        try BlockingElection(client.blocking, name, lease: lease, value: value)
    }

    /// Stands for election and waits to win. One that leads already returns at once. Cancelling the task withdraws the
    /// candidacy and throws `CancellationError`.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever, zero to try once.
    /// - Returns: Whether it leads.
    public func campaign(timeout: Duration? = nil) async throws -> Bool {
        let handle = try makeHandle()
        let wait = CancellableWait { handle.cancel() }
        let number: UInt64? = candidacy.withLock {
            if $0.leads { return nil }
            $0.nextCampaign += 1
            $0.campaigns[$0.nextCampaign] = wait
            return $0.nextCampaign
        }
        guard let number else { return true }
        let milliseconds = waitMilliseconds(timeout)
        let outcome: Result<Answer, any Error>
        do {
            outcome = .success(try await offload(wait) { try handle.campaign(waitMilliseconds: milliseconds) })
        } catch {
            outcome = .failure(error)
        }
        return try settle(number, handle, outcome)
    }

    /// Books what came of a campaign. When one is won, those of other tasks on this object have won as well.
    private func settle(
        _ number: UInt64, _ handle: BlockingElection, _ outcome: Result<Answer, any Error>
    ) throws -> Bool {
        let won = (try? outcome.get()) == .ok
        let (leads, others) = candidacy.withLock { state -> (Bool, [CancellableWait]) in
            state.campaigns.removeValue(forKey: number)
            guard won else { return (state.leads, []) }
            state.won = handle
            defer { state.campaigns.removeAll() }
            return (true, Array(state.campaigns.values))
        }
        for other in others { other.end(by: .shared) }
        if leads { return true }
        if try outcome.get() == .timedOut { return false }
        throw cancellation(of: "election '\(name)'")
    }

    /// Stands down; the next candidate leads at once.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/notHeld`` if it does not lead, and
    /// ``DistCoordError/Code-swift.struct/lost`` if the leadership had ended before.
    public func resign() async throws {
        guard let handle = candidacy.withLock({ $0.won }) else { throw notLeading(.notHeld) }
        let answer = try await offload { try handle.resign() }
        if answer != .ok { throw notLeading(answer.code) }
    }

    private func notLeading(_ code: DistCoordError.Code) -> DistCoordError {
        let reason = code == .lost ? "the leadership was lost" : "this candidate does not lead"
        return DistCoordError(code, "election '\(name)': \(reason)")
    }

    /// Whether this candidate leads.
    public var isLeader: Bool { candidacy.withLock { $0.leads } }

    /// Term of the leadership, or of the last one; 0 when it never led.
    public var term: UInt64 { candidacy.withLock { $0.won }?.term ?? 0 }

    /// Asks who leads; `nil` when nobody does.
    public func leader() async throws -> Leader? {
        let handle = try makeHandle()
        return try await offload { try handle.leader() }
    }

    /// The changes of leadership, beginning with the leader of now. The element is `nil` when nobody leads. Changes that
    /// happen faster than they are read are seen as one; the latest is never missed.
    public var leaders: LeaderSequence {
        LeaderSequence(name: name) { [client, name, lease, value] in
            try BlockingElection(client.blocking, name, lease: lease, value: value)
        }
    }

    /// Campaigns, runs the body while leading, and resigns on every way out.
    ///
    /// When the leadership is lost meanwhile, the task that runs the body is cancelled, and this throws
    /// ``DistCoordError/Code-swift.struct/lost`` once the body has returned.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait to win; `nil` for ever. ``DistCoordError/Code-swift.struct/timedOut`` is thrown
    ///     when it is over.
    ///   - body: The leader's work.
    public func withLeadership<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Leadership) async throws -> Value
    ) async throws -> Value {
        let handle = try makeHandle()
        let wait = waitMilliseconds(timeout)
        let answer = try await offload(cancel: { handle.cancel() }) { try handle.campaign(waitMilliseconds: wait) }
        switch answer {
        case .ok: break
        case .timedOut:
            throw DistCoordError(.timedOut, "election '\(name)': not won within \(timeout ?? .zero)", isRetriable: true)
        default: throw cancellation(of: "election '\(name)'")
        }
        let leadership = Leadership(handle)
        let result = await runUnderLease(lossDescriptor: handle.lossDescriptor) { try await body(leadership) }
        // When the server cannot be told, the lease ends the leadership; the work was done all the same.
        if (try? await offload { try handle.resign() }) == .lost { throw notLeading(.lost) }
        return try result.get()
    }
}

/// A leadership, as the body of ``Election/withLeadership(timeout:_:)`` sees it.
public final class Leadership: Sendable {
    private let handle: BlockingElection

    init(_ handle: BlockingElection) { self.handle = handle }

    /// The election's name.
    public var name: String { handle.name }
    /// The term: greater than every one before, and the fencing number for what the leader writes.
    public var term: UInt64 { handle.term }
    /// Whether the leadership has ended. The body's task is cancelled then.
    public var isLost: Bool { handle.state == .lost }
}

/// Who leads, as the server saw it when it was asked.
public struct Leader: Sendable, Hashable {
    /// What the leader publishes.
    public var value: String
    /// Label of the leader's client.
    public var label: String
    /// The leader's term.
    public var term: UInt64
    /// Since when it leads, by the server's clock.
    public var sinceMillisecondsSince1970: Int64
    /// How long the lease still runs.
    public var leaseLeft: Duration
    /// How many candidates wait behind the leader.
    public var candidates: Int
}
