// One leader at a time, with terms.

import Synchronization

/// An election: of all candidates for a name at most one leads at a time.
///
/// A leadership is a lease, kept and lost as a lock's is; its ``term`` is the fencing number for what the leader
/// writes. ``whileLeading(_:)`` runs the leader's work whenever this candidate leads, and stops it when the leadership
/// is lost.
/// <doc:Elections> says what holds.
///
/// An election object is one candidate: it may be used by many tasks, and leads for all of them.
public final class Election: Sendable {
    /// The election's name.
    public let name: String
    /// How this candidate stands; ``ElectionOptions/value`` is what it began with.
    public let options: ElectionOptions

    private let client: Client

    private struct Candidacy {
        var options: ElectionOptions
        /// The handle that won last.
        var won: BlockingElection?
        // The library's cancel ends all waits of one handle, so that each campaign has a handle of its own.
        var campaigns: [UInt64: Campaign] = [:]
        var nextCampaign: UInt64 = 0

        var leads: Bool { won?.state == .leader }
    }

    private struct Campaign {
        let number: UInt64
        let handle: BlockingElection
        let wait: CancellableWait
    }

    private let candidacy: Mutex<Candidacy>

    init(_ client: Client, name: String, _ options: ElectionOptions) {
        self.client = client
        self.name = name
        self.options = options
        candidacy = Mutex(Candidacy(options: options))
    }

    /// How long a leadership outlives its leader.
    public var lease: Duration { options.lease }

    // MARK: Standing for election

    /// Stands for election and waits to win. One that leads already returns at once. Cancelling the task withdraws the
    /// candidacy and throws `CancellationError`.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever, zero to try once.
    /// - Returns: Whether it leads.
    public func campaign(timeout: Duration? = nil) async throws -> Bool {
        guard let campaign = try begin() else { return true }
        let handle = campaign.handle
        let milliseconds = waitMilliseconds(timeout)
        let outcome: Result<Answer, any Error>
        do {
            outcome = .success(
                try await offload(campaign.wait) { try handle.campaign(waitMilliseconds: milliseconds) })
        } catch {
            outcome = .failure(error)
        }
        return try settle(campaign, outcome)
    }

    /// Nothing when it leads already.
    private func begin() throws -> Campaign? {
        try candidacy.withLock { state in
            if state.leads { return nil }
            // With the lock held: a value that is set meanwhile would miss the handle.
            let handle = try BlockingElection(client.blocking, name, state.options)
            state.nextCampaign += 1
            let campaign = Campaign(
                number: state.nextCampaign, handle: handle, wait: CancellableWait { handle.cancel() })
            state.campaigns[campaign.number] = campaign
            return campaign
        }
    }

    /// Books what came of a campaign. When one is won, those of other tasks on this object have won as well.
    private func settle(_ campaign: Campaign, _ outcome: Result<Answer, any Error>) throws -> Bool {
        let won = (try? outcome.get()) == .ok
        let (leads, others) = candidacy.withLock { state -> (Bool, [CancellableWait]) in
            state.campaigns.removeValue(forKey: campaign.number)
            guard won else { return (state.leads, []) }
            state.won = campaign.handle
            defer { state.campaigns.removeAll() }
            return (true, state.campaigns.values.map(\.wait))
        }
        for other in others { other.end(by: .shared) }
        if leads { return true }
        if try outcome.get() == .timedOut { return false }
        throw cancellation(of: what)
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

    /// Whether this candidate leads.
    public var isLeader: Bool { candidacy.withLock { $0.leads } }

    /// Term of the leadership, or of the last one; 0 when it never led.
    public var term: UInt64 { candidacy.withLock { $0.won }?.term ?? 0 }

    /// Changes what others see of this candidate: now if it leads, and for when it next wins.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/lost`` if it led, but does not any more; the value holds for the next
    /// time all the same.
    public func setValue(_ value: String) async throws {
        let handles = candidacy.withLock { state in
            state.options.value = value
            return state.campaigns.values.map(\.handle) + (state.won.map { [$0] } ?? [])
        }
        let answers = try await offload { try handles.map { try $0.setValue(value) } }
        if answers.contains(.lost) { throw notLeading(.lost) }
    }

    // MARK: Looking on

    /// Asks who leads; `nil` when nobody does.
    public func leader() async throws -> Leader? {
        let handle = try makeHandle()
        return try await offload { try handle.leader() }
    }

    /// Who leads and with which value, as it changes, beginning with the leader of now. The element is `nil` while
    /// nobody leads. Changes that happen faster than they are read are seen as one; the latest is never missed.
    public var leaders: Changes<Leader?> {
        Changes(of: what) { [client, name, options] in
            try BlockingElection(client.blocking, name, options).watch()
        }
    }

    /// Takes the leadership away from whoever has it; the next candidate leads at once. The old leader finds it lost at
    /// its next renewal; until then only its term, which is smaller than the next one, keeps it from doing harm.
    ///
    /// - Parameter term: End this term only; `nil` for any.
    /// - Returns: Whether somebody led, in that term.
    @discardableResult
    public func evict(term: UInt64? = nil) async throws -> Bool {
        let handle = try makeHandle()
        return try await offload { try handle.evict(term: term) } == .ok
    }

    // MARK: The leader's work

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
        try await win(handle, timeout)
        guard let value = try await lead(handle, body) else { throw notLeading(.lost) }
        return value
    }

    /// Runs the body whenever this candidate leads. When the leadership is lost the task that runs the body is
    /// cancelled, and once the body has returned the candidate stands at the end of the line again. So until the body
    /// comes to its own end as the leader, or throws, or this task is cancelled. It resigns on every way out.
    ///
    /// ```swift
    /// try await client.election("cron-master").whileLeading { leadership in
    ///     try await runSchedule(term: leadership.term)  // for ever
    /// }
    /// ```
    ///
    /// While the server is away it waits and goes on. The body has the step-down time of
    /// ``ElectionOptions/stepDown`` to end before somebody else can lead.
    public func whileLeading<Value: Sendable>(
        _ body: @escaping @Sendable (Leadership) async throws -> Value
    ) async throws -> Value {
        let handle = try makeHandle()
        while true {
            try await winPatiently(handle)
            if let value = try await lead(handle, body) { return value }
            try Task.checkCancellation()
        }
    }

    private func winPatiently(_ handle: BlockingElection) async throws {
        var pauses = Pauses()
        while true {
            do {
                return try await win(handle, nil)
            } catch let error as DistCoordError where error.isRetriable {
                await pauses.sleep()
                try Task.checkCancellation()
            }
        }
    }

    private func win(_ handle: BlockingElection, _ timeout: Duration?) async throws {
        let wait = waitMilliseconds(timeout)
        switch try await offload(cancel: { handle.cancel() }, { try handle.campaign(waitMilliseconds: wait) }) {
        case .ok: return
        case .timedOut:
            throw DistCoordError(.timedOut, "\(what): not won within \(timeout ?? .zero)", isRetriable: true)
        default: throw cancellation(of: what)
        }
    }

    /// One leadership that was won; gives nothing when it was lost.
    private func lead<Value: Sendable>(
        _ handle: BlockingElection, _ body: @escaping @Sendable (Leadership) async throws -> Value
    ) async throws -> Value? {
        let leadership = Leadership(handle)
        let result = await runUnderLease(lossDescriptor: handle.lossDescriptor) { try await body(leadership) }
        let isLost = leadership.isLost
        // When the server cannot be told, the lease ends the leadership; the work was done all the same.
        let answer = try? await offload { try handle.resign() }
        return isLost || answer == .lost ? nil : try result.get()
    }

    private func makeHandle() throws -> BlockingElection {
        try BlockingElection(client.blocking, name, candidacy.withLock { $0.options })
    }

    private var what: String { "election '\(name)'" }

    private func notLeading(_ code: DistCoordError.Code) -> DistCoordError {
        let reason = code == .lost ? "the leadership was lost" : "this candidate does not lead"
        return DistCoordError(code, "\(what): \(reason)")
    }
}
