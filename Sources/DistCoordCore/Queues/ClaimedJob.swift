// One claimed job as the faces see it.

import DistCoordRedis

/// A claimed job; used by any number of threads.
public final class ClaimedJob: Sendable {
    public typealias State = JobState

    /// Where the payload is: in a reply of the server or in a message of it, neither of which is copied again.
    enum Content: Sendable {
        case reply(Reply)
        case message([UInt8])
    }

    let batch: ClaimBatch
    let index: Int
    private let content: Content
    private let range: Range<Int>

    /// - Parameter range: Where in `content` the payload is.
    init(batch: ClaimBatch, index: Int, content: Content, range: Range<Int>) {
        self.batch = batch
        self.index = index
        self.content = content
        self.range = range
    }

    var entry: ClaimBatch.Entry { batch.entries[index] }

    public var id: String { entry.held.id }

    public var task: String { entry.record.task }

    /// The job's bytes, valid as long as the job is referenced.
    public var payload: UnsafeRawBufferPointer {
        let whole =
            switch content {
            case .reply(let reply): reply.withBytes { UnsafeRawBufferPointer($0) }
            // The array is never changed and lives as long as the job: its storage stays where it is.
            case .message(let bytes): bytes.withUnsafeBytes { $0 }
            }
        return UnsafeRawBufferPointer(rebasing: whole.dropFirst(range.lowerBound).prefix(range.count))
    }

    /// Which attempt this is, from 1.
    public var attempt: Int { entry.record.attempt }

    public var priority: Int32 { entry.record.priority }

    /// Milliseconds since 1970 by the server's clock.
    public var pushedMilliseconds: Int64 { entry.record.pushedMilliseconds }

    public var fence: UInt64 { entry.fence }

    /// What this handle knows about its claim, without asking the server.
    public var state: State { batch.state(of: index) }

    /// Readable while the state is lost.
    public var eventDescriptor: Int32 { batch.signal(of: index).descriptor }

    /// Completes the job.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func complete(_ result: UnsafeRawBufferPointer) throws(CoordinationError) -> Status {
        try Completion.run([self], results: [result]).first ?? .notHeld
    }

    /// Says that the attempt failed.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func fail(_ message: String, retry: Bool) throws(CoordinationError) -> Status {
        let text = ClaimedJob.cut(message)
        let fraction = Int64.random(in: 0...1_000)
        return try settle { calls, entry, onResend in
            calls.fail(
                entry.held, fence: entry.fence, message: text, retry: retry, fraction: fraction, onResend: onResend)
        }
    }

    /// Gives the job back untouched.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func release() throws(CoordinationError) -> Status {
        try settle { calls, entry, onResend in calls.release([entry.held], onResend: onResend) }
    }

    /// Gives the job back in the background, unless it is settled: the handle is being freed.
    public func dispose() {
        guard batch.session.generation == ForkGuard.generation, case .taken = batch.take(index) else { return }
        batch.settle(index)
        batch.session.chores.add(batch.calls.release([entry.held]))
    }

    /// Fails when the job was claimed by the parent of this process, or its client was closed.
    func checkUsable() throws(CoordinationError) {
        if batch.session.generation != ForkGuard.generation {
            throw CoordinationError(
                .forked,
                "the job '\(id)' was claimed by the parent of this process, which settles it; claim jobs here anew")
        }
        try batch.session.checkOpen()
    }

    private func settle(
        _ call: (QueueCalls, ClaimBatch.Entry, _ onResend: @escaping @Sendable () -> Void) -> ScriptCall
    ) throws(CoordinationError) -> Status {
        try checkUsable()
        let isRepeated: Bool
        switch batch.take(index) {
        case .taken(let repeated): isRepeated = repeated
        case .settled: return .notHeld
        case .lost: return .lost
        }
        let resent = Flag()
        if isRepeated { resent.set() }
        do throws(RedisError) {
            let redis = batch.session.redis
            let reply = try redis.run(call(batch.calls, entry) { resent.set() }, patience: batch.session.patience())
            // Sent twice, and before the lease can have ended: the first sending has done it.
            guard reply.integer == 1 || (resent.isSet && !batch.isOver) else {
                batch.lose(index)
                return .lost
            }
        } catch {
            batch.putBack(index)
            throw CoordinationError(error)
        }
        batch.settle(index)
        return .ok
    }

    /// At most 64 KiB of a text, cut between characters.
    private static func cut(_ message: String) -> String {
        let limit = 64 * 1024
        guard message.utf8.count > limit else { return message }
        var end = message.utf8.index(message.startIndex, offsetBy: limit)
        while end > message.startIndex, end.samePosition(in: message.unicodeScalars) == nil {
            end = message.utf8.index(before: end)
        }
        return String(message[..<end])
    }
}
