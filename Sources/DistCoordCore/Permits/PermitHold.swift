// A hold of a read-write lock, or permits of a semaphore, as a lock handle: acquired when it is made, and not again.

import DistCoordRedis

/// One acquire's worth of a read-write lock or a semaphore.
final class PermitHold: SingleGrantForm {
    let grant: GrantHandle
    let defaultWait: Int64
    private let calls: PermitCalls
    /// What it was granted; nil when it was lost before anybody could look.
    private let lease: Lease?

    init(_ grant: GrantHandle, _ calls: PermitCalls, defaultWait: Int64) {
        self.grant = grant
        self.calls = calls
        self.defaultWait = defaultWait
        lease = grant.hold.withLock { $0.lease }
    }

    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        throw CoordinationError(.conflict, "this hold of \(calls.what) cannot be acquired again; acquire another one")
    }

    func release() throws(CoordinationError) -> Status {
        do throws(CoordinationError) {
            return try grant.release()
        } catch {
            // While the server goes on to count it, the owner would be refused to write, as one that reads.
            if error.status.isRetriable, let lease {
                grant.client.session.chores.add(calls.release(token: lease.token, fence: lease.fence))
            }
            throw error
        }
    }

    func adopt() throws(CoordinationError) -> Status { throw staysHere() }

    func detach() throws(CoordinationError) -> Status { throw staysHere() }

    private func staysHere() -> CoordinationError {
        .invalid("a hold of \(calls.what) stays with the handle that acquired it")
    }

    func downgrade() throws(CoordinationError) -> Status {
        guard calls.canBeDowngraded else {
            throw .invalid("only a hold of a read-write lock can be downgraded; \(calls.what) has no readers")
        }
        return try grant.change { calls.downgrade(token: $0, fence: $1) }
    }

    /// What the server knows of this hold; nil when it has ended.
    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? {
        let session = try grant.client.openSession()
        guard let lease else { return nil }
        return ExclusiveSnapshot(
            try grant.run(calls.look(token: lease.token, fence: lease.fence), session.patience(), session))
    }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status {
        throw CoordinationError(
            .conflict, "holds of \(calls.what) are taken away one by one; choose one from the list of holds")
    }
}
