// Who holds a lock.

/// Who holds a lock, as the server saw it when it was asked.
public struct LockInfo: Sendable, Hashable {
    /// Label of the holder's client.
    public var holder: String
    /// The holder's owner id, explicit or made for a reentrant lock object; `nil` when it has none.
    public var owner: String?
    /// Fencing number of the holder's grant.
    public var fence: UInt64
    /// How long it has been held.
    public var held: Duration
    /// How long the lease still runs.
    public var leaseLeft: Duration
    /// How many wait for it.
    public var waiters: Int
    /// Labels of the clients of those who wait, the next one first; at most the first 1000.
    public var line: [String]
}
