// A latch handle of the library.

import CDistCoord

/// Owns a `distcoord_latch`.
package final class BlockingLatch: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    /// Without a count: for a latch that another handle has made, or will make.
    package init(_ client: BlockingClient, _ name: String, count: Int?) throws(DistCoordError) {
        try requireWhole(name, "the latch's name")
        // 0 is the interface's word for "no count".
        if let count, count < 1 {
            throw DistCoordError(.invalidArgument, "latch '\(name)': a count of \(count); 1 to 1000000000 are allowed")
        }
        var latch: OpaquePointer?
        _ = try ask { distcoord_latch_open(client.pointer, name, Int64(count ?? 0), &latch, $0) }
        pointer = try owned(latch)
        self.name = name
        self.client = client
    }

    deinit { distcoord_latch_free(pointer) }

    /// "Not found" when it is not there and the handle has no count; so too for ``count()``.
    package func countDown(by number: Int) throws(DistCoordError) -> (answer: Answer, left: Int) {
        var left: Int64 = 0
        let answer = try ask { distcoord_latch_count_down(pointer, Int64(number), &left, $0) }
        return (answer, Int(left))
    }

    package func wait(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_latch_wait(pointer, waitMilliseconds, $0) }
    }

    package func count() throws(DistCoordError) -> (answer: Answer, left: Int) {
        var left: Int64 = 0
        let answer = try ask { distcoord_latch_count(pointer, &left, $0) }
        return (answer, Int(left))
    }

    /// Makes it anew; without a number, with the count of the handle.
    package func reset(_ count: Int?) throws(DistCoordError) {
        if let count, count < 1 {
            throw DistCoordError(.invalidArgument, "latch '\(name)': a count of \(count); 1 to 1000000000 are allowed")
        }
        _ = try ask { distcoord_latch_reset(pointer, Int64(count ?? 0), $0) }
    }

    package func cancel() { distcoord_latch_cancel(pointer) }
}
