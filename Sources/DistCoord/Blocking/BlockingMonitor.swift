// What is held, who is silent, and how long it all takes: the monitoring calls of the library.

import CDistCoord

/// Owns a `distcoord_holds`, a list that never changes; any thread may read it.
final class BlockingHolds: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer

    init(_ client: BlockingClient, staleOnly: Bool) throws(DistCoordError) {
        let which = Int32(staleOnly ? DISTCOORD_HOLDS_STALE : DISTCOORD_HOLDS_ALL)
        var holds: OpaquePointer?
        _ = try ask { distcoord_holds_list(client.pointer, which, &holds, $0) }
        pointer = try owned(holds)
    }

    deinit { distcoord_holds_free(pointer) }

    /// All that are of a kind that this version knows.
    var all: [HoldInfo] {
        (0..<distcoord_holds_count(pointer)).compactMap { index in
            guard let kind = HoldKind(number: distcoord_holds_kind(pointer, index)) else { return nil }
            let host = text(distcoord_holds_host(pointer, index))
            let pid = Int(distcoord_holds_pid(pointer, index))
            let owner = text(distcoord_holds_owner(pointer, index))
            return HoldInfo(
                kind: kind, name: text(distcoord_holds_name(pointer, index)),
                holder: text(distcoord_holds_holder(pointer, index)), host: host.isEmpty ? nil : host,
                processID: pid == 0 ? nil : pid, owner: owner.isEmpty ? nil : owner,
                clientID: text(distcoord_holds_client(pointer, index)), fence: distcoord_holds_fence(pointer, index),
                permits: Int(distcoord_holds_permits(pointer, index)),
                sinceMillisecondsSince1970: distcoord_holds_since_ms(pointer, index),
                held: .milliseconds(distcoord_holds_held_ms(pointer, index)),
                leaseLeft: .milliseconds(distcoord_holds_lease_left_ms(pointer, index)),
                waiters: Int(distcoord_holds_waiters(pointer, index)),
                isStale: distcoord_holds_is_stale(pointer, index), list: self, index: index)
        }
    }

    func breakHold(_ client: BlockingClient, _ index: Int) throws(DistCoordError) -> Answer {
        try ask { distcoord_holds_break(client.pointer, pointer, index, $0) }
    }
}

/// Owns a `distcoord_lock_statistics`, which never changes; any thread may read it.
final class BlockingStatistics: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer

    init(_ client: BlockingClient, _ kind: HoldKind, _ name: String?) throws(DistCoordError) {
        if let name { try requireWhole(name, "the name") }
        var statistics: OpaquePointer?
        _ = try ask { distcoord_lock_statistics_read(client.pointer, kind.number, name, &statistics, $0) }
        pointer = try owned(statistics)
    }

    deinit { distcoord_lock_statistics_free(pointer) }

    func count(_ number: Int) -> Int { Int(distcoord_lock_statistics_count(pointer, Int32(number))) }

    func mean(_ time: Int) -> Duration {
        .microseconds(distcoord_lock_statistics_mean_us(pointer, Int32(time)))
    }

    func percentile(_ time: Int, _ percent: Double) -> Duration {
        .microseconds(distcoord_lock_statistics_percentile_us(pointer, Int32(time), percent))
    }
}

extension BlockingClient {
    package func holds(staleOnly: Bool) throws(DistCoordError) -> [HoldInfo] {
        try BlockingHolds(self, staleOnly: staleOnly).all
    }

    package func breakHold(_ hold: HoldInfo) throws(DistCoordError) -> Answer {
        try hold.list.breakHold(self, hold.index)
    }

    /// Gives back what a dead client held; gives how many holds that were.
    package func releaseDeadClient(_ id: String) throws(DistCoordError) -> Int {
        try requireWhole(id, "the client's identity")
        var count: Int64 = 0
        _ = try ask { distcoord_holds_release_client(pointer, id, &count, $0) }
        return Int(count)
    }

    /// Waits for the end of a process, then gives back what its client held.
    package func runGuardian(pid: Int64, clientID: String) throws(DistCoordError) -> (answer: Answer, count: Int) {
        try requireWhole(clientID, "the client's identity")
        var count: Int64 = 0
        let answer = try ask { distcoord_guardian_run(pointer, pid, clientID, &count, $0) }
        return (answer, Int(count))
    }

    package func statistics(_ kind: HoldKind, _ name: String?) throws(DistCoordError) -> LockStatistics {
        LockStatistics(try BlockingStatistics(self, kind, name))
    }

    package func resetStatistics(_ kind: HoldKind, _ name: String?) throws(DistCoordError) {
        if let name { try requireWhole(name, "the name") }
        _ = try ask { distcoord_lock_statistics_reset(pointer, kind.number, name, $0) }
    }
}

extension HoldKind {
    init?(number: Int32) {
        switch Int(number) {
        case DISTCOORD_KIND_LOCK: self = .lock
        case DISTCOORD_KIND_READ: self = .read
        case DISTCOORD_KIND_WRITE: self = .write
        case DISTCOORD_KIND_SEMAPHORE: self = .semaphore
        case DISTCOORD_KIND_ELECTION: self = .election
        default: return nil
        }
    }

    var number: Int32 {
        switch self {
        case .lock: Int32(DISTCOORD_KIND_LOCK)
        case .read: Int32(DISTCOORD_KIND_READ)
        case .write: Int32(DISTCOORD_KIND_WRITE)
        case .semaphore: Int32(DISTCOORD_KIND_SEMAPHORE)
        case .election: Int32(DISTCOORD_KIND_ELECTION)
        }
    }
}
