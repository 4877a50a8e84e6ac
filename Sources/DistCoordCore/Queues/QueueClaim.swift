// Claiming through a handle.

import DistCoordRedis

extension QueueHandle {
    /// Claims up to `count` jobs, waiting for the first for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with at least one job, `.empty`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func claim(count: Int, milliseconds: Int64) throws(CoordinationError) -> (Status, [ClaimedJob]) {
        guard (1...10_000).contains(count) else {
            throw .invalid("\(count) jobs cannot be claimed at once; 1 to 10000 can")
        }
        let rooms = try rooms()
        let wait = Wait(rooms.session, scope: rooms.scope, milliseconds: milliseconds)
        defer { wait.end() }
        try rooms.register(wait.patience)
        var claimer = Claimer(claimSources(rooms), session: rooms.session, wait: wait, count: count)
        let status = try claimer.run(waits: milliseconds != 0)
        return (status, claimer.jobs)
    }

    /// What this handle claims from: all partitions, each time beginning with another one.
    func claimSources(_ rooms: QueueRooms) -> [ClaimSource] {
        let profile = profile
        let first = rooms.all.count == 1 ? 0 : Int.random(in: 0..<rooms.all.count)
        return (rooms.all[first...] + rooms.all[..<first]).map {
            ClaimSource(room: $0, lease: leaseLength, profile: profile)
        }
    }
}

/// One room that a claim may take jobs from, and how.
struct ClaimSource: Sendable {
    let room: QueueRoom
    /// Length of the lease, in milliseconds.
    let lease: Int64
    /// What the claimer has, see `ClaimProfile`.
    let profile: String
    /// To be asked only when all others are empty.
    var isReserve = false

    /// A new claim through a slot of the room.
    func claim(count: Int, token: String) -> QueueCalls.Claim {
        QueueCalls.Claim(
            slot: room.takeSlot(), token: token, count: min(count, QueueCalls.batchLimit), lease: lease,
            profile: profile)
    }
}
