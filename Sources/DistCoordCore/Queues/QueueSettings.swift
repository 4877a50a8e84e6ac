// Settings of a queue that hold for all who use it; explained in include/distcoord/control.h.

import DistCoordRedis

/// What is set for a queue.
public struct QueueSettings: Sendable {
    public let isPaused: Bool
    /// Claims per period; 0 for no limit.
    public let rate: Int64
    public let period: Int64
    public let keyLimit: Int64
    public let results: Int64
    /// Negative: all of them.
    public let dead: Int64

    init(_ reply: Reply) {
        func number(_ place: Int, else fallback: Int64) -> Int64 { Int64(reply.string(at: place)) ?? fallback }
        isPaused = !reply.string(at: 0).isEmpty
        rate = number(1, else: 0)
        period = number(2, else: 0)
        keyLimit = number(3, else: 1)
        results = number(4, else: 100_000)
        dead = number(5, else: -1)
    }
}

extension QueueHandle {
    /// Lets nobody claim until `resume`.
    public func pause() throws(CoordinationError) { try set(["paused", "1"]) }

    public func resume() throws(CoordinationError) { try set(["paused", ""]) }

    /// Limits how many jobs are claimed in a period; 0 removes the limit.
    public func setRateLimit(_ count: Int64, period: Int64) throws(CoordinationError) {
        if count == 0 { return try set(["rate", "", "period", ""]) }
        guard (1...1_000_000_000).contains(count) else {
            throw .invalid("a rate of \(count) jobs is out of range; 1 to 1000000000 are allowed, 0 for no limit")
        }
        guard (1...86_400_000).contains(period) else {
            throw .invalid("a period of \(period) ms is out of range; 1 to 86400000 ms (a day) are allowed")
        }
        // Each partition has its share.
        let parts = Int64(try rooms().all.count)
        try set(["rate", String(max(1, count / parts)), "period", String(period)])
    }

    /// Sets how many jobs of one concurrency key may run at the same time.
    public func setKeyLimit(_ limit: Int64) throws(CoordinationError) {
        guard (1...1_000_000).contains(limit) else {
            throw .invalid("a limit of \(limit) jobs per key is out of range; 1 to 1000000 are allowed")
        }
        try set(["keys", String(limit)])
    }

    /// Bounds how many results, and how many dead jobs, are kept.
    public func setHistory(results: Int64, dead: Int64) throws(CoordinationError) {
        guard (0...100_000_000).contains(results), dead <= 100_000_000 else {
            throw .invalid("a history of \(max(results, dead)) jobs is out of range; up to 100000000 are allowed")
        }
        try set(["results", String(results), "dead", dead < 0 ? "" : String(dead)])
    }

    public func settings() throws(CoordinationError) -> QueueSettings {
        let replies = try askAll { $0.set([]) }
        guard let first = replies.first else { throw CoordinationError(.internalError, "the queue has no partition") }
        return QueueSettings(first)
    }

    private func set(_ pairs: [String]) throws(CoordinationError) {
        let rooms = try rooms()
        try rooms.register(rooms.session.patience())
        _ = try askAll { $0.set(pairs) }
    }
}
