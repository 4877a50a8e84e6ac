// A leadership from inside, and from outside.

/// A leadership, as the body of ``Election/withLeadership(timeout:_:)`` and ``Election/whileLeading(_:)`` sees it.
public final class Leadership: Sendable {
    private let handle: BlockingElection
    /// The term: greater than every one before, and the fencing number for what the leader writes.
    public let term: UInt64

    init(_ handle: BlockingElection) {
        self.handle = handle
        term = handle.term
    }

    /// The election's name.
    public var name: String { handle.name }
    /// Whether the leadership has ended. The body's task is cancelled then.
    public var isLost: Bool { handle.state == .lost }

    /// Changes what others see of the leader. Throws ``DistCoordError/Code-swift.struct/lost`` when it leads no more.
    public func setValue(_ value: String) async throws {
        if try await offload({ [handle] in try handle.setValue(value) }) == .lost {
            throw DistCoordError(.lost, "election '\(name)': the leadership was lost")
        }
    }
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
