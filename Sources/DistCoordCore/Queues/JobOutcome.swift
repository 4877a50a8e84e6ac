// How a job ended, and how many are in which state.

import DistCoordRedis

/// How a job can end; the numbers are those of include/distcoord/result.h.
public enum JobEnd: Int32, Sendable {
    case completed = 0
    case dead, cancelled, skipped
}

/// A job's end: its packed form is laid out in Lua/queue_keys.lua.
public struct JobOutcome: Sendable {
    public let end: JobEnd
    /// The result, the message of the last failure, or the reason.
    public let bytes: [UInt8]
    /// Of a dead job.
    public let failure: JobFailure?
    public let attempts: Int
    /// Milliseconds since 1970 by the server's clock.
    public let finishedMilliseconds: Int64

    private static let headLength = 22

    init(end: JobEnd, bytes: [UInt8], failure: JobFailure?, attempts: Int, finishedMilliseconds: Int64) {
        self.end = end
        self.bytes = bytes
        self.failure = failure
        self.attempts = attempts
        self.finishedMilliseconds = finishedMilliseconds
    }

    /// Reads a packed outcome; nil when it is not one.
    init?(_ packed: UnsafeBufferPointer<UInt8>) {
        guard packed.count >= JobOutcome.headLength, let end = JobEnd(rawValue: Int32(packed[12])) else { return nil }
        var finished: Int64 = 0
        for index in 0..<6 { finished |= Int64(packed[index]) << Int64(8 * index) }
        finishedMilliseconds = finished
        self.end = end
        attempts = Int(packed[21])
        let content = [UInt8](packed[JobOutcome.headLength...])
        failure = end == .dead ? JobFailure(packed: content[...]) : nil
        bytes = failure.map { Array($0.message.utf8) } ?? content
    }

    /// The part of an outcome that a claimer writes, before the result: state, fence, attempts.
    static func completedHead(fence: UInt64, attempts: Int) -> [UInt8] {
        var head: [UInt8] = [0]
        head.reserveCapacity(10)
        for index in 0..<8 { head.append(UInt8(truncatingIfNeeded: fence >> UInt64(8 * index))) }
        head.append(UInt8(clamping: attempts))
        return head
    }
}

/// How many jobs of a queue are in which state, at one moment.
public struct QueueCounts: Sendable {
    public let waiting: Int64
    public let delayed: Int64
    public let active: Int64
    public let dead: Int64
    public let completed: Int64
    public let failed: Int64
    public let claimers: Int64
    public let blocked: Int64
    public let unserved: Int64
    public let cancelled: Int64

    /// The sum of the replies of queue_count.lua, one for each partition.
    init(_ replies: [Reply]) {
        func sum(_ place: Int) -> Int64 { replies.reduce(0) { $0 &+ $1.integer(at: place) } }
        waiting = sum(0)
        delayed = sum(1)
        active = sum(2)
        dead = sum(3)
        completed = sum(4)
        failed = sum(5)
        // A claimer waits in all partitions.
        claimers = replies.map { $0.integer(at: 6) }.max() ?? 0
        blocked = sum(7)
        unserved = sum(8)
        cancelled = sum(9)
    }
}
