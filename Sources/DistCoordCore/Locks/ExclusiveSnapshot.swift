// Who holds a lock or leads, as the server says it.

import DistCoordRedis

/// Who holds something, at one moment.
public struct ExclusiveSnapshot: Sendable {
    /// Label of the holder's client.
    public let label: String
    /// What a leader publishes; empty for locks.
    public let value: String
    public let fence: UInt64
    public let heldMilliseconds: Int64
    public let leaseLeftMilliseconds: Int64
    public let waiters: Int64
    /// Milliseconds since 1970 by the server's clock.
    public let sinceMilliseconds: Int64

    /// A snapshot from the reply of exclusive_inspect.lua; nil when it is free.
    init?(_ reply: Reply) {
        guard reply.integer(at: 0) == 1 else { return nil }
        let info = reply.string(at: 2).drop { $0 != " " }.dropFirst()
        let parts = info.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        label = parts.first.map(String.init) ?? ""
        value = parts.count > 1 ? String(parts[1]) : ""
        fence = UInt64(clamping: reply.integer(at: 1))
        heldMilliseconds = max(0, reply.integer(at: 3))
        leaseLeftMilliseconds = reply.integer(at: 4)
        waiters = reply.integer(at: 5)
        sinceMilliseconds = reply.integer(at: 6)
    }
}
