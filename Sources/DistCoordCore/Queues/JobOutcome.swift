// How a job ended, and how many are in which state.

import DistCoordRedis

/// A job's end: its packed form is laid out in Lua/queue_keys.lua.
public struct JobOutcome: Sendable {
    /// Completed, else dead.
    public let isCompleted: Bool
    /// The result, or the message of the last failure.
    public let bytes: [UInt8]
    public let attempts: Int
    /// Milliseconds since 1970 by the server's clock.
    public let finishedMilliseconds: Int64

    private static let headLength = 22

    /// Reads a packed outcome; nil when it is not one.
    init?(_ packed: UnsafeBufferPointer<UInt8>) {
        guard packed.count >= JobOutcome.headLength else { return nil }
        var finished: Int64 = 0
        for index in 0..<6 { finished |= Int64(packed[index]) << Int64(8 * index) }
        finishedMilliseconds = finished
        isCompleted = packed[12] == 0
        attempts = Int(packed[21])
        bytes = [UInt8](packed[JobOutcome.headLength...])
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

    /// From the reply of queue_count.lua.
    init(_ reply: Reply) {
        waiting = reply.integer(at: 0)
        delayed = reply.integer(at: 1)
        active = reply.integer(at: 2)
        dead = reply.integer(at: 3)
        completed = reply.integer(at: 4)
        failed = reply.integer(at: 5)
        claimers = reply.integer(at: 6)
    }
}
