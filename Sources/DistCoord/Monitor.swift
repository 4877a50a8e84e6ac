// What is held, who is silent, and how long waits and holds take.

import CDistCoord

/// What kind of thing is held.
public enum HoldKind: String, Sendable, Hashable, CaseIterable {
    /// A ``Lock``.
    case lock
    /// A ``ReadWriteLock``, for reading.
    case read
    /// A ``ReadWriteLock``, for writing.
    case write
    /// Permits of a ``Semaphore``.
    case semaphore
    /// The leadership of an ``Election``.
    case election
}

/// One thing that is held, as the server saw it when it was asked; see ``Client/holds(stale:)``.
public struct HoldInfo: Sendable {
    /// What kind of thing it is.
    public let kind: HoldKind
    /// Its name.
    public let name: String
    /// Label of the holder's client.
    public let holder: String
    /// Machine of the holder, if it is known.
    public let host: String?
    /// Process number of the holder on its machine, if it is known.
    public let processID: Int?
    /// The holder's owner id, if it has one.
    public let owner: String?
    /// Identity of the holder's client (``Client/id``).
    public let clientID: String
    /// Fencing number of the grant.
    public let fence: UInt64
    /// How many permits; 1 for what is no semaphore.
    public let permits: Int
    /// Since when it has been held, by the server's clock.
    public let sinceMillisecondsSince1970: Int64
    /// How long it has been held.
    public let held: Duration
    /// How long the lease still runs.
    public let leaseLeft: Duration
    /// How many wait for it.
    public let waiters: Int
    /// Whether the holder's client is gone (no connection to the server) or silent (it has missed a renewal).
    public let isStale: Bool

    /// Where ``Client/breakHold(_:)`` finds it again.
    let list: BlockingHolds
    let index: Int
}

/// How often and how long a lock, or all of a kind, were waited for and held, over all clients.
public struct LockStatistics: Sendable {
    /// What one kind of time came to.
    public struct Times: Sendable {
        fileprivate let statistics: BlockingStatistics
        fileprivate let number: Int

        /// The mean; zero when there was none.
        public var mean: Duration { statistics.mean(number) }

        /// A percentile, at most 10 % too high; zero when there was none.
        public func percentile(_ percent: Double) -> Duration { statistics.percentile(number, percent) }
    }

    private let statistics: BlockingStatistics

    init(_ statistics: BlockingStatistics) { self.statistics = statistics }

    /// Acquires that succeeded.
    public var acquired: Int { statistics.count(DISTCOORD_COUNT_ACQUIRED) }
    /// Of those, the ones that had to wait.
    public var contended: Int { statistics.count(DISTCOORD_COUNT_CONTENDED) }
    /// Acquires that ended without it: timed out, tried in vain, cancelled.
    public var timedOut: Int { statistics.count(DISTCOORD_COUNT_TIMED_OUT) }
    /// Holds that were lost.
    public var lost: Int { statistics.count(DISTCOORD_COUNT_LOST) }
    /// Holds that were released.
    public var released: Int { statistics.count(DISTCOORD_COUNT_RELEASED) }
    /// From the call of an acquire to its success; those that did not wait count too.
    public var waits: Times { Times(statistics: statistics, number: DISTCOORD_TIME_WAIT) }
    /// From there to the release or the loss.
    public var holds: Times { Times(statistics: statistics, number: DISTCOORD_TIME_HOLD) }
}

extension Client {
    /// Lists what is held in the namespace, ordered by kind and name: one pass over the server's keys.
    ///
    /// - Parameter stale: Only those whose client is gone or silent.
    public func holds(stale: Bool = false) async throws -> [HoldInfo] {
        try await offload { [blocking] in try blocking.holds(staleOnly: stale) }
    }

    /// Takes one hold away from its holder, whatever its kind, and serves those in line. What the old holder sees: see
    /// ``Lock/forceRelease(fence:)``.
    ///
    /// - Returns: Whether it was still that grant that held.
    @discardableResult
    public func breakHold(_ hold: HoldInfo) async throws -> Bool {
        try await offload { [blocking] in try blocking.breakHold(hold) } == .ok
    }

    /// Gives back all that a client holds that has died. Never do it to a client that lives: only fences protect what it
    /// writes then. A guardian does it by itself (``ClientOptions/guardian``).
    ///
    /// - Parameter id: Identity of the dead one (``HoldInfo/clientID``, ``Client/id``).
    /// - Returns: How many holds were given back.
    @discardableResult
    public func releaseDeadClient(_ id: String) async throws -> Int {
        try await offload { [blocking] in try blocking.releaseDeadClient(id) }
    }

    /// The work of a guardian process (``ClientOptions/guardian``): waits until a process of this machine has ended, then
    /// gives back what its client held. Cancelling the task ends every wait of this client: give it one of its own.
    ///
    /// - Returns: How many holds were given back.
    @discardableResult
    public func runGuardian(ofProcess processID: Int, clientID: String) async throws -> Int {
        let (answer, count) = try await offload(cancel: { [blocking] in blocking.cancel() }) { [blocking] in
            try blocking.runGuardian(pid: Int64(processID), clientID: clientID)
        }
        if answer != .ok { throw cancellation(of: "guardian of process \(processID)") }
        return count
    }

    /// Statistics over all clients since they were last reset; zeros for what nobody has used in the last day.
    ///
    /// - Parameters:
    ///   - kind: The kind of thing.
    ///   - name: Its name; `nil` for all of that kind together.
    public func lockStatistics(_ kind: HoldKind = .lock, name: String? = nil) async throws -> LockStatistics {
        try await offload { [blocking] in try blocking.statistics(kind, name) }
    }

    /// Sets statistics to zero for all. What other clients have not added up yet, of the last two seconds, comes later.
    public func resetLockStatistics(_ kind: HoldKind = .lock, name: String? = nil) async throws {
        try await offload { [blocking] in try blocking.resetStatistics(kind, name) }
    }
}
