// Statistics as people read them.

import DistCoordRedis

/// Counts and times of one name, or of all names of a kind.
public struct LockStatistics: Sendable {
    /// What is timed. The numbers are those of include/distcoord/monitor.h.
    public enum Time: Int32, Sendable {
        case wait = 0
        case hold
    }

    private struct Durations: Sendable {
        var microseconds = 0.0
        var buckets = [Int64](repeating: 0, count: DurationHistogram.bucketCount)

        var count: Int64 { buckets.reduce(0, &+) }

        mutating func add(_ times: UseCounts.Times) {
            microseconds += Double(times.nanoseconds) / 1_000
            times.histogram.forEach { buckets[$0] &+= Int64($1) }
        }
    }

    private var counts = [Int64](repeating: 0, count: UseCounts.Count.allCases.count)
    private var waits = Durations()
    private var holds = Durations()

    /// What the reply of statistics_read.lua tells.
    init(_ reply: Reply) {
        guard let fields = reply[1] else { return }
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            read(fields.string(at: index), fields.integer(at: index + 1))
        }
    }

    private mutating func read(_ field: String, _ amount: Int64) {
        if let count = UseCounts.Count.allCases.first(where: { $0.field == field }) {
            counts[count.rawValue] = amount
        } else if field == "ws" {
            waits.microseconds = Double(amount)
        } else if field == "hs" {
            holds.microseconds = Double(amount)
        } else if let bucket = Int(field.dropFirst()), (0..<DurationHistogram.bucketCount).contains(bucket) {
            if field.hasPrefix("w") { waits.buckets[bucket] = amount }
            if field.hasPrefix("h") { holds.buckets[bucket] = amount }
        }
    }

    mutating func add(_ other: UseCounts) {
        for count in UseCounts.Count.allCases { counts[count.rawValue] &+= other[count] }
        waits.add(other.waits)
        holds.add(other.holds)
    }

    /// A count by its number, one of DISTCOORD_COUNT_*; 0 for others.
    public func count(_ number: Int32) -> Int64 {
        counts.indices.contains(Int(number)) ? counts[Int(number)] : 0
    }

    /// Microseconds; 0 when nothing was timed.
    public func mean(_ time: Time) -> Double {
        let durations = durations(time)
        let count = durations.count
        return count > 0 ? durations.microseconds / Double(count) : 0
    }

    /// The time that so many of a hundred did not exceed, in microseconds; 0 when nothing was timed.
    public func percentile(_ time: Time, _ percent: Double) -> Double {
        let durations = durations(time)
        let count = durations.count
        guard count > 0 else { return 0 }
        let share = percent.isNaN ? 0 : min(max(percent / 100, 0), 1)
        let rank = max(1, Int64((share * Double(count)).rounded(.up)))
        var passed: Int64 = 0
        for (bucket, count) in durations.buckets.enumerated() {
            passed &+= count
            if passed >= rank { return DurationHistogram.limit(of: bucket) }
        }
        return DurationHistogram.limit(of: DurationHistogram.bucketCount - 1)
    }

    private func durations(_ time: Time) -> Durations {
        switch time {
        case .wait: waits
        case .hold: holds
        }
    }
}

extension Client {
    /// Statistics over all clients, this one's to the last operation.
    ///
    /// - Parameter name: Nil for all names of the kind together.
    public func statistics(_ kind: HoldKind, name: String?) throws(CoordinationError) -> LockStatistics {
        try requireOneServer("monitoring")
        let session = try openSession()
        if let name { try Names.check(name, what: "name") }
        return try translating { () throws(RedisError) in
            try session.statistics.read(kind, name, session.patience())
        }
    }

    /// Sets statistics to zero for all clients.
    ///
    /// - Parameter name: Nil for all names of the kind.
    public func resetStatistics(_ kind: HoldKind, name: String?) throws(CoordinationError) {
        try requireOneServer("monitoring")
        let session = try openSession()
        if let name { try Names.check(name, what: "name") }
        try translating { () throws(RedisError) in try session.statistics.reset(kind, name, session.patience()) }
    }
}
