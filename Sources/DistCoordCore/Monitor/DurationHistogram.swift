// How often something took how long, in a fixed number of buckets: percentiles without keeping the single times.
//
// Each power of two has eight buckets, whose limits grow by a factor of 2^(1/8): a time is at most 9.1 % below the
// upper limit of its bucket, which is what percentiles say. Recording finds the bucket from the bits of the number,
// without logarithms.

import Glibc

/// Counts of durations from 64 ns to 13 days; what is longer counts as that.
struct DurationHistogram: Sendable {
    /// Buckets of one power of two.
    private static let fineness = 8
    /// 2^6 ns is the resolution.
    private static let lowestPower = 6
    private static let powers = 44
    static let bucketCount = fineness * powers

    /// Empty until something is counted: most names are used by few of the clients that know them.
    private var counts: [UInt32] = []
    /// The buckets in use are among these: mostly there are few.
    private var span = 0..<0

    mutating func record(nanoseconds: Int64) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: DurationHistogram.bucketCount) }
        add(1, to: DurationHistogram.bucket(of: nanoseconds))
    }

    mutating func add(_ count: UInt32, to bucket: Int) {
        // A server that is away for days must not make a count begin anew.
        let (sum, overflowed) = counts[bucket].addingReportingOverflow(count)
        counts[bucket] = overflowed ? .max : sum
        if span.contains(bucket) { return }
        span = span.isEmpty ? bucket..<(bucket + 1) : min(span.lowerBound, bucket)..<max(span.upperBound, bucket + 1)
    }

    mutating func add(_ other: DurationHistogram) {
        if counts.isEmpty {
            self = other
        } else {
            other.forEach { add($1, to: $0) }
        }
    }

    /// Calls `body` with each bucket in which something was counted, in order.
    func forEach(_ body: (_ bucket: Int, _ count: UInt32) -> Void) {
        for bucket in span where counts[bucket] > 0 { body(bucket, counts[bucket]) }
    }

    /// Where a duration is counted.
    static func bucket(of nanoseconds: Int64) -> Int {
        let value = UInt64(clamping: nanoseconds)
        let power = UInt64.bitWidth - 1 - value.leadingZeroBitCount
        if power < lowestPower { return 0 }
        // The number without its power of two, scaled to 2^16 and above: below 2^17.
        let fraction = (value << (UInt64.bitWidth - 1 - power)) >> 47
        return min((power - lowestPower) * fineness + position(of: fraction), bucketCount - 1)
    }

    /// The place among the eight buckets of a power of two, whose limits are 2^16 * 2^(i/8).
    private static func position(of fraction: UInt64) -> Int {
        if fraction < 92_682 {
            if fraction < 77_936 { return fraction < 71_468 ? 0 : 1 }
            return fraction < 84_990 ? 2 : 3
        }
        if fraction < 110_218 { return fraction < 101_070 ? 4 : 5 }
        return fraction < 120_194 ? 6 : 7
    }

    /// The upper limit of a bucket, in microseconds.
    static func limit(of bucket: Int) -> Double {
        exp2(Double(lowestPower) + Double(bucket + 1) / Double(fineness)) / 1_000
    }
}
