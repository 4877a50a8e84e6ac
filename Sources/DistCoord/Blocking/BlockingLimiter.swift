// A rate limiter handle of the library.

import CDistCoord

/// Owns a `distcoord_limiter`.
package final class BlockingLimiter: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(_ client: BlockingClient, _ name: String, _ rate: RateLimit) throws(DistCoordError) {
        try requireWhole(name, "the limiter's name")
        let handle = try owned(distcoord_limiter_options_new())
        defer { distcoord_limiter_options_free(handle) }
        try rate.apply(to: handle, of: "limiter '\(name)'")
        var limiter: OpaquePointer?
        _ = try ask { distcoord_limiter_open(client.pointer, name, handle, &limiter, $0) }
        pointer = try owned(limiter)
        self.name = name
        self.client = client
    }

    deinit { distcoord_limiter_free(pointer) }

    /// The time is how long it waited; with "timed out", after how long the permits would have been due.
    package func acquire(
        _ permits: Int, key: String?, waitMilliseconds: Int64
    ) throws(DistCoordError) -> (answer: Answer, time: Duration) {
        try requireKey(key)
        var milliseconds: Int64 = 0
        let answer = try ask {
            distcoord_limiter_acquire(pointer, key, Int64(permits), waitMilliseconds, &milliseconds, $0)
        }
        return (answer, .milliseconds(milliseconds))
    }

    package func inspect(key: String?) throws(DistCoordError) -> Limiter.Status {
        try requireKey(key)
        var (available, wait) = (Int64(0), Int64(0))
        _ = try ask { distcoord_limiter_inspect(pointer, key, &available, &wait, $0) }
        return Limiter.Status(available: Int(available), nextAfter: .milliseconds(wait))
    }

    package func reset(key: String?) throws(DistCoordError) {
        try requireKey(key)
        _ = try ask { distcoord_limiter_reset(pointer, key, $0) }
    }

    package func cancel() { distcoord_limiter_cancel(pointer) }

    private func requireKey(_ key: String?) throws(DistCoordError) {
        if let key { try requireWhole(key, "the key") }
    }
}
