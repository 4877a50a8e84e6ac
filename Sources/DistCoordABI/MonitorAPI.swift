// include/distcoord/monitor.h

public import CDistCoord
import DistCoordCore

/// A list of holds as C holds it.
final class HoldsBox {
    struct Line {
        let entry: HoldEntry
        let name: CText
        let label: CText
        let host: CText
        let owner: CText
        let client: CText

        init(_ entry: HoldEntry) {
            self.entry = entry
            name = CText(entry.name)
            label = CText(entry.label)
            host = CText(entry.host)
            owner = CText(entry.owner)
            client = CText(entry.client)
        }
    }

    let lines: [Line]

    init(_ entries: [HoldEntry]) {
        lines = entries.map { Line($0) }
    }

    func line(_ index: Int) -> Line? {
        lines.indices.contains(index) ? lines[index] : nil
    }
}

/// A line of a list of C's.
private func line(_ holds: OpaquePointer?, _ index: Int) -> HoldsBox.Line? {
    HandleBox.borrow(holds, as: HoldsBox.self)?.line(index)
}

/// Statistics as C holds them.
final class LockStatisticsBox {
    let statistics: LockStatistics

    init(_ statistics: LockStatistics) {
        self.statistics = statistics
    }
}

@implementation @_cdecl("distcoord_holds_list")
public func distcoord_holds_list(
    _ client: OpaquePointer!, _ which: Int32, _ out_holds: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_holds, "out_holds")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let last = Int32(DISTCOORD_HOLDS_STALE)
        let onlyStale = try inRange(which, Int32(DISTCOORD_HOLDS_ALL)...last, "which") == last
        out.pointee = HandleBox.make(HoldsBox(try box.client.holds(onlyStale: onlyStale)))
        return .ok
    }
}

@implementation @_cdecl("distcoord_holds_count")
public func distcoord_holds_count(_ holds: OpaquePointer!) -> Int {
    HandleBox.borrow(holds, as: HoldsBox.self)?.lines.count ?? 0
}

@implementation @_cdecl("distcoord_holds_kind")
public func distcoord_holds_kind(_ holds: OpaquePointer!, _ index: Int) -> Int32 {
    line(holds, index)?.entry.kind.rawValue ?? -1
}

@implementation @_cdecl("distcoord_holds_name")
public func distcoord_holds_name(_ holds: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(holds, index)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_holds_holder")
public func distcoord_holds_holder(_ holds: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(holds, index)?.label.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_holds_host")
public func distcoord_holds_host(_ holds: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(holds, index)?.host.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_holds_pid")
public func distcoord_holds_pid(_ holds: OpaquePointer!, _ index: Int) -> Int64 {
    line(holds, index)?.entry.process ?? 0
}

@implementation @_cdecl("distcoord_holds_owner")
public func distcoord_holds_owner(_ holds: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(holds, index)?.owner.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_holds_client")
public func distcoord_holds_client(_ holds: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(holds, index)?.client.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_holds_fence")
public func distcoord_holds_fence(_ holds: OpaquePointer!, _ index: Int) -> UInt64 {
    line(holds, index)?.entry.fence ?? 0
}

@implementation @_cdecl("distcoord_holds_permits")
public func distcoord_holds_permits(_ holds: OpaquePointer!, _ index: Int) -> Int64 {
    line(holds, index)?.entry.permits ?? 0
}

@implementation @_cdecl("distcoord_holds_since_ms")
public func distcoord_holds_since_ms(_ holds: OpaquePointer!, _ index: Int) -> Int64 {
    line(holds, index)?.entry.sinceMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_holds_held_ms")
public func distcoord_holds_held_ms(_ holds: OpaquePointer!, _ index: Int) -> Int64 {
    line(holds, index)?.entry.heldMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_holds_lease_left_ms")
public func distcoord_holds_lease_left_ms(_ holds: OpaquePointer!, _ index: Int) -> Int64 {
    line(holds, index)?.entry.leaseLeftMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_holds_waiters")
public func distcoord_holds_waiters(_ holds: OpaquePointer!, _ index: Int) -> Int64 {
    line(holds, index)?.entry.waiters ?? 0
}

@implementation @_cdecl("distcoord_holds_is_stale")
public func distcoord_holds_is_stale(_ holds: OpaquePointer!, _ index: Int) -> Bool {
    line(holds, index)?.entry.isStale ?? false
}

@implementation @_cdecl("distcoord_holds_free")
public func distcoord_holds_free(_ holds: OpaquePointer!) {
    _ = HandleBox.consume(holds, as: HoldsBox.self)
}

@implementation @_cdecl("distcoord_holds_break")
public func distcoord_holds_break(
    _ client: OpaquePointer!, _ holds: OpaquePointer!, _ index: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ClientBox = try require(client, "client")
        let list: HoldsBox = try require(holds, "holds")
        guard let line = list.line(index) else { return .notFound }
        return try box.client.breakHold(line.entry)
    }
}

@implementation @_cdecl("distcoord_holds_release_client")
public func distcoord_holds_release_client(
    _ client: OpaquePointer!, _ client_id: UnsafePointer<CChar>!, _ out_count: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_count?.pointee = 0
        let box: ClientBox = try require(client, "client")
        let count = try box.client.releaseHolds(ofClient: try text(client_id, "client_id"))
        out_count?.pointee = count
        return .ok
    }
}

@implementation @_cdecl("distcoord_guardian_run")
public func distcoord_guardian_run(
    _ client: OpaquePointer!, _ pid: Int64, _ client_id: UnsafePointer<CChar>!,
    _ out_count: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_count?.pointee = 0
        let box: ClientBox = try require(client, "client")
        let (status, count) = try box.client.guardProcess(pid, clientID: try text(client_id, "client_id"))
        out_count?.pointee = count
        return status
    }
}

@implementation @_cdecl("distcoord_lock_statistics_read")
public func distcoord_lock_statistics_read(
    _ client: OpaquePointer!, _ kind: Int32, _ name: UnsafePointer<CChar>!,
    _ out_statistics: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_statistics, "out_statistics")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = name == nil ? nil : try text(name, "name")
        let statistics = try box.client.statistics(try HoldKind.checked(kind), name: chosen)
        out.pointee = HandleBox.make(LockStatisticsBox(statistics))
        return .ok
    }
}

@implementation @_cdecl("distcoord_lock_statistics_count")
public func distcoord_lock_statistics_count(_ statistics: OpaquePointer!, _ count: Int32) -> Int64 {
    HandleBox.borrow(statistics, as: LockStatisticsBox.self)?.statistics.count(count) ?? 0
}

@implementation @_cdecl("distcoord_lock_statistics_mean_us")
public func distcoord_lock_statistics_mean_us(_ statistics: OpaquePointer!, _ time: Int32) -> Double {
    guard let time = LockStatistics.Time(rawValue: time) else { return 0 }
    return HandleBox.borrow(statistics, as: LockStatisticsBox.self)?.statistics.mean(time) ?? 0
}

@implementation @_cdecl("distcoord_lock_statistics_percentile_us")
public func distcoord_lock_statistics_percentile_us(
    _ statistics: OpaquePointer!, _ time: Int32, _ percent: Double
) -> Double {
    guard let time = LockStatistics.Time(rawValue: time) else { return 0 }
    return HandleBox.borrow(statistics, as: LockStatisticsBox.self)?.statistics.percentile(time, percent) ?? 0
}

@implementation @_cdecl("distcoord_lock_statistics_free")
public func distcoord_lock_statistics_free(_ statistics: OpaquePointer!) {
    _ = HandleBox.consume(statistics, as: LockStatisticsBox.self)
}

@implementation @_cdecl("distcoord_lock_statistics_reset")
public func distcoord_lock_statistics_reset(
    _ client: OpaquePointer!, _ kind: Int32, _ name: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ClientBox = try require(client, "client")
        try box.client.resetStatistics(try HoldKind.checked(kind), name: name == nil ? nil : try text(name, "name"))
        return .ok
    }
}
