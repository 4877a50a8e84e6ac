// Batches: jobs that are counted together; explained in include/distcoord/batch.h.

import DistCoordRedis

/// Counts of a batch.
public struct BatchCounts: Sendable {
    public let total: Int64
    public let completed: Int64
    public let failed: Int64
    public let cancelled: Int64
    public let isSealed: Bool

    /// All jobs there will ever be have ended.
    public var isDone: Bool { isSealed && completed + failed + cancelled >= total }

    /// From a reply of queue_batch.lua; nil when there is no such batch.
    fileprivate init?(_ reply: Reply) {
        guard reply.count > 0 else { return nil }
        total = reply.integer(at: 0)
        completed = reply.integer(at: 1)
        failed = reply.integer(at: 2)
        cancelled = reply.integer(at: 3)
        isSealed = reply.string(at: 4) == "1"
    }
}

/// A handle on a batch; used by any number of threads.
public final class BatchHandle: Sendable {
    public let id: String
    private let queue: QueueHandle
    private let scope = CancelScope()

    /// Whoever waits asks again after about this long even if nothing happens, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000

    /// - Parameter id: nil for a new one.
    public init(queue: QueueHandle, id: String?) throws(CoordinationError) {
        if let id { try Names.check(id, what: "batch id", limit: 128) }
        self.queue = queue
        self.id = id ?? Identifiers.make()
        if try queue.rooms().all.count > 1 {
            throw .invalid("a queue with partitions cannot have batches")
        }
    }

    /// Says that all jobs have been pushed.
    public func seal() throws(CoordinationError) {
        let room = try queue.room()
        _ = try room.run(room.calls.batch(id: id, seals: true), room.session.patience())
    }

    /// Waits for the end of all jobs for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` and `.timedOut` with counts, `.notFound`, `.cancelled`, `.interrupted`.
    public func wait(milliseconds: Int64) throws(CoordinationError) -> (Status, BatchCounts?) {
        let room = try queue.room()
        let wait = Wait(room.session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        do throws(CoordinationError) {
            guard let counts = try ask(wait, room) else { return (.notFound, nil) }
            if counts.isDone { return (.ok, counts) }
            if milliseconds == 0 { return (.timedOut, counts) }
            return try waitForEnd(wait, room)
        } catch {
            if error.status == .interrupted, let reason = wait.stopReason { return (reason, nil) }
            throw error
        }
    }

    private func ask(_ wait: Wait, _ room: QueueRoom, token: String = "") throws(CoordinationError) -> BatchCounts? {
        BatchCounts(try room.run(room.calls.batch(id: id, token: token), wait.patience))
    }

    private func waitForEnd(_ wait: Wait, _ room: QueueRoom) throws(CoordinationError) -> (Status, BatchCounts?) {
        let waiter = try translating { () throws(RedisError) in try room.session.mailbox.register(wait) }
        defer { room.session.mailbox.remove(waiter) }
        var isKnownToServer = false
        var askAt = Instant.now
        while true {
            if waiter.takeMessage() != nil || waiter.takeMustAsk() { askAt = .now }
            if let reason = wait.stopReason { return (leave(reason, waiter, room), nil) }
            let now = Instant.now
            if now >= wait.deadline {
                _ = leave(.timedOut, waiter, room)
                return (.timedOut, try ask(wait, room))
            }
            if now >= askAt {
                do throws(CoordinationError) {
                    guard let counts = try ask(wait, room, token: waiter.token) else { return (.notFound, nil) }
                    if counts.isDone { return (.ok, counts) }
                    isKnownToServer = true
                    askAt = Instant.now.advanced(milliseconds: Int64.random(in: BatchHandle.recheck))
                } catch {
                    // Later than the first time an outage is ridden out, for as long as the caller wants to wait.
                    guard isKnownToServer, error.status.isRetriable else { throw error }
                    askAt = Instant.now.advanced(milliseconds: 100)
                }
                continue
            }
            wait.sleep(until: askAt)
        }
    }

    /// Leaves no trace on the server.
    private func leave(_ reason: Status, _ waiter: MailboxWaiter, _ room: QueueRoom) -> Status {
        room.session.chores.add(room.calls.batch(id: id, token: waiter.token, leaves: true))
        return reason
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() { scope.cancel() }
}
