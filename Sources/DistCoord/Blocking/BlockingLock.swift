// A lock handle of the library.

import CDistCoord

/// Owns a `distcoord_lock`.
package final class BlockingLock: Sendable {
    package enum State: Sendable { case free, held, lost }

    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(_ client: BlockingClient, _ name: String, lease: Duration, renew: Bool) throws(DistCoordError) {
        try requireWhole(name, "the lock's name")
        let options = try owned(distcoord_lock_options_new())
        defer { distcoord_lock_options_free(options) }
        try accept(
            distcoord_lock_options_set_lease_ms(options, lease.wholeMilliseconds),
            "lock '\(name)': a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        try accept(distcoord_lock_options_set_renew(options, renew), "lock '\(name)': renewal cannot be set")
        var lock: OpaquePointer?
        _ = try ask { distcoord_lock_open(client.pointer, name, options, &lock, $0) }
        pointer = try owned(lock)
        self.name = name
        self.client = client
    }

    deinit { distcoord_lock_free(pointer) }

    package func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_lock_acquire(pointer, waitMilliseconds, $0) }
    }

    package func release() throws(DistCoordError) -> Answer { try ask { distcoord_lock_release(pointer, $0) } }

    /// Nothing means the length the handle was opened with.
    package func extend(_ lease: Duration?) throws(DistCoordError) -> Answer {
        // 0 is the interface's word for "as opened": a shorter time than a millisecond must not turn into it.
        let milliseconds = lease.map { max(1, $0.wholeMilliseconds) } ?? 0
        return try ask { distcoord_lock_extend(pointer, milliseconds, $0) }
    }

    package var state: State {
        switch Int(distcoord_lock_state(pointer)) {
        case DISTCOORD_LOCK_HELD: .held
        case DISTCOORD_LOCK_LOST: .lost
        default: .free
        }
    }

    package var fence: UInt64 { distcoord_lock_fence(pointer) }
    package var leaseLeft: Duration { .milliseconds(distcoord_lock_lease_left_ms(pointer)) }

    /// Readable while the state is lost; -1 when the process has no descriptor left. Valid as long as this object.
    package var lossDescriptor: Int32 { distcoord_lock_event_fd(pointer) }

    package func cancel() { distcoord_lock_cancel(pointer) }

    /// Nothing when nobody holds the lock.
    package func inspect() throws(DistCoordError) -> LockInfo? {
        var info: OpaquePointer?
        let answer = try ask { distcoord_lock_inspect(pointer, &info, $0) }
        defer { distcoord_lock_info_free(info) }
        guard answer == .ok else { return nil }
        return LockInfo(
            holder: text(distcoord_lock_info_holder(info)), fence: distcoord_lock_info_fence(info),
            held: .milliseconds(distcoord_lock_info_held_ms(info)),
            leaseLeft: .milliseconds(distcoord_lock_info_lease_left_ms(info)),
            waiters: Int(distcoord_lock_info_waiters(info)))
    }
}
