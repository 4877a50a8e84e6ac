// A read-write lock object of the library.

import CDistCoord

/// Owns a `distcoord_rwlock`.
package final class BlockingReadWriteLock: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(_ client: BlockingClient, _ name: String, _ options: LockOptions) throws(DistCoordError) {
        try requireWhole(name, "the read-write lock's name")
        pointer = try options.withHandle(for: "read-write lock '\(name)'") { options throws(DistCoordError) in
            var lock: OpaquePointer?
            _ = try ask { distcoord_rwlock_open(client.pointer, name, options, &lock, $0) }
            return try owned(lock)
        }
        self.name = name
        self.client = client
    }

    deinit { distcoord_rwlock_free(pointer) }

    /// Gives a hold with the answer "ok" and with no other.
    package func read(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, hold: BlockingLock?) {
        var hold: OpaquePointer?
        let answer = try ask { distcoord_rwlock_read(pointer, waitMilliseconds, &hold, $0) }
        return (answer, hold.map { BlockingLock(client, name, held: $0) })
    }

    /// As `read`.
    package func write(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, hold: BlockingLock?) {
        var hold: OpaquePointer?
        let answer = try ask { distcoord_rwlock_write(pointer, waitMilliseconds, &hold, $0) }
        return (answer, hold.map { BlockingLock(client, name, held: $0) })
    }

    package func inspect() throws(DistCoordError) -> ReadWriteLock.Status {
        var (readers, writers, waiters) = (Int64(0), Int64(0), Int64(0))
        _ = try ask { distcoord_rwlock_inspect(pointer, &readers, &writers, &waiters, $0) }
        return ReadWriteLock.Status(readers: Int(readers), writers: Int(writers), waiters: Int(waiters))
    }

    package func cancel() { distcoord_rwlock_cancel(pointer) }
}
