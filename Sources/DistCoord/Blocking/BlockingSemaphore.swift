// A semaphore object of the library.

import CDistCoord

/// Owns a `distcoord_semaphore`.
package final class BlockingSemaphore: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(
        _ client: BlockingClient, _ name: String, permits: Int, _ options: LockOptions
    ) throws(DistCoordError) {
        try requireWhole(name, "the semaphore's name")
        pointer = try options.withHandle(for: "semaphore '\(name)'") { options throws(DistCoordError) in
            var semaphore: OpaquePointer?
            _ = try ask { distcoord_semaphore_open(client.pointer, name, Int64(permits), options, &semaphore, $0) }
            return try owned(semaphore)
        }
        self.name = name
        self.client = client
    }

    deinit { distcoord_semaphore_free(pointer) }

    /// Gives a hold with the answer "ok" and with no other.
    package func acquire(
        _ count: Int, waitMilliseconds: Int64
    ) throws(DistCoordError) -> (answer: Answer, hold: BlockingLock?) {
        var hold: OpaquePointer?
        let answer = try ask { distcoord_semaphore_acquire(pointer, Int64(count), waitMilliseconds, &hold, $0) }
        return (answer, hold.map { BlockingLock(client, name, held: $0) })
    }

    package func resize(_ permits: Int) throws(DistCoordError) {
        _ = try ask { distcoord_semaphore_resize(pointer, Int64(permits), $0) }
    }

    package func inspect() throws(DistCoordError) -> Semaphore.Status {
        var (permits, used, waiters) = (Int64(0), Int64(0), Int64(0))
        _ = try ask { distcoord_semaphore_inspect(pointer, &permits, &used, &waiters, $0) }
        return Semaphore.Status(permits: Int(permits), used: Int(used), waiters: Int(waiters))
    }

    package func cancel() { distcoord_semaphore_cancel(pointer) }
}
