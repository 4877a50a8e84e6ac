// A lock handle of the library, which also stands for several locks, for a hold of a read-write lock and for permits.

import CDistCoord

/// Owns a `distcoord_lock`.
package final class BlockingLock: Sendable {
    package enum State: Sendable { case free, held, lost }

    nonisolated(unsafe) let pointer: OpaquePointer
    /// The name; several are joined by commas.
    package let name: String
    private let client: BlockingClient

    /// A handle on one lock.
    package init(_ client: BlockingClient, _ name: String, _ options: LockOptions) throws(DistCoordError) {
        try requireWhole(name, "the lock's name")
        pointer = try options.withHandle(for: "lock '\(name)'") { options throws(DistCoordError) in
            var lock: OpaquePointer?
            _ = try ask { distcoord_lock_open(client.pointer, name, options, &lock, $0) }
            return try owned(lock)
        }
        self.name = name
        self.client = client
    }

    /// A handle on several locks at once.
    package init(_ client: BlockingClient, allOf names: [String], _ options: LockOptions) throws(DistCoordError) {
        for name in names { try requireWhole(name, "a lock's name") }
        let joined = names.joined(separator: ", ")
        pointer = try options.withHandle(for: "locks '\(joined)'") { options throws(DistCoordError) in
            var lock: OpaquePointer?
            _ = try withTexts(names) { names throws(DistCoordError) in
                try ask { distcoord_lock_open_many(client.pointer, names.baseAddress, names.count, options, &lock, $0) }
            }
            return try owned(lock)
        }
        name = joined
        self.client = client
    }

    /// Takes over a handle that the library has handed over as held.
    init(_ client: BlockingClient, _ name: String, held pointer: OpaquePointer) {
        self.client = client
        self.name = name
        self.pointer = pointer
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

    package func adopt() throws(DistCoordError) -> Answer { try ask { distcoord_lock_adopt(pointer, $0) } }

    package func detach() throws(DistCoordError) -> Answer { try ask { distcoord_lock_detach(pointer, $0) } }

    /// Takes the lock from whoever holds it; with a fence, from that grant only.
    package func breakGrant(fence: UInt64?) throws(DistCoordError) -> Answer {
        try ask { distcoord_lock_break(pointer, fence ?? 0, $0) }
    }

    /// Of a writer's hold.
    package func downgrade() throws(DistCoordError) -> Answer { try ask { distcoord_rwlock_downgrade(pointer, $0) } }

    package var state: State {
        switch Int(distcoord_lock_state(pointer)) {
        case DISTCOORD_LOCK_HELD: .held
        case DISTCOORD_LOCK_LOST: .lost
        default: .free
        }
    }

    package var depth: Int { Int(distcoord_lock_depth(pointer)) }
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
        return answer == .ok ? LockInfo(info: info) : nil
    }
}

extension LockInfo {
    init(info: OpaquePointer?) {
        let owner = text(distcoord_lock_info_owner(info))
        var line: [String] = []
        while let label = distcoord_lock_info_waiter(info, line.count) { line.append(text(label)) }
        self.init(
            holder: text(distcoord_lock_info_holder(info)), owner: owner.isEmpty ? nil : owner,
            fence: distcoord_lock_info_fence(info), held: .milliseconds(distcoord_lock_info_held_ms(info)),
            leaseLeft: .milliseconds(distcoord_lock_info_lease_left_ms(info)),
            waiters: Int(distcoord_lock_info_waiters(info)), line: line)
    }
}
