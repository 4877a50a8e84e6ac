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

    /// The job's bytes, valid as long as the job is referenced; of a task of a run its arguments.
    public var payload: UnsafeRawBufferPointer {
        let whole = wholePayload
        return entry.record.isTask ? TaskEnvelope(whole)?.arguments ?? whole : whole
    }

    /// The payload as it is on the server.
    var wholePayload: UnsafeRawBufferPointer {
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

    public var maxAttempts: Int { entry.record.maxAttempts }

    public var priority: Int32 { entry.record.priority }

    /// How long the attempt may take, in milliseconds; 0 for no limit.
    public var timeout: Int64 { entry.record.timeout }

    public var contentType: String { entry.record.ties?.text(.contentType) ?? "" }

    public var headers: [(name: String, value: String)] { entry.record.ties?.headers ?? [] }

    public var batchID: String { entry.record.ties?.text(.batch) ?? "" }

    /// Name of its queue.
    public var queue: String { batch.name }

    /// Milliseconds since 1970 by the server's clock.
    public var pushedMilliseconds: Int64 { entry.record.pushedMilliseconds }

    public var fence: UInt64 { entry.fence }

    /// What this handle knows about its claim, without asking the server.
    public var state: State { batch.state(of: index) }

    /// Readable while the state is lost, cancelling or expired.
    public var eventDescriptor: Int32 { batch.signal(of: index).descriptor }

    /// Completes the job.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func complete(_ result: UnsafeRawBufferPointer) throws(CoordinationError) -> Status {
        try complete(result, repeats: false)
    }

    /// - Parameter repeats: Another round of the task's loop is asked for.
    func complete(_ result: UnsafeRawBufferPointer, repeats: Bool) throws(CoordinationError) -> Status {
        let status = try Completion.run([self], results: [result], repeats: repeats).first ?? .notHeld
        if status == .invalidArgument { throw additionsRefused }
        return status
    }

    /// Says that the attempt failed.
    ///
    /// - Parameter delay: Before the next attempt, in milliseconds; nil for the job's backoff.
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func fail(
        _ failure: JobFailure, retry: Bool, delay: Int64? = nil
    ) throws(CoordinationError) -> Status {
        if let delay { try JobOptions.check(delay: delay) }
        var failure = failure.cut()
        if failure.worker.isEmpty { failure.worker = batch.holder }
        return try settle(as: .failed) { calls, entry, onResend in
            calls.fail(
                entry.held, fence: entry.fence, failure: failure, retry: retry, delay: delay, onResend: onResend)
        }
    }

    /// Ends the job as cancelled.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func endCancelled() throws(CoordinationError) -> Status {
        try settle(as: .cancelled) { calls, entry, onResend in
            calls.cancelled(entry.held, fence: entry.fence, onResend: onResend)
        }
    }

    /// Ends the job, which is a task of a run, as skipped.
    func endSkipped(reason: String) throws(CoordinationError) -> Status {
        try settle(as: .completed) { calls, entry, onResend in
            calls.cancelled(entry.held, fence: entry.fence, skipping: reason, onResend: onResend)
        }
    }

    /// Gives the job back untouched.
    ///
    /// - Parameter delay: For how long it is not to be claimed, in milliseconds; nil for the front of its list.
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func release(delay: Int64? = nil) throws(CoordinationError) -> Status {
        if let delay { try JobOptions.check(delay: delay) }
        return try settle(as: .released) { calls, entry, onResend in
            calls.release([entry.held], delay: delay, onResend: onResend)
        }
    }

    /// Says how far the work is.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func tell(percent: Int32, text: String) throws(CoordinationError) -> Status {
        guard (0...100).contains(percent) else {
            throw .invalid("a progress of \(percent) % is out of range: 0 to 100")
        }
        guard text.utf8.count <= 1_024 else {
            throw .invalid("the text of the progress has \(text.utf8.count) bytes; at most 1024 are allowed")
        }
        try checkUsable()
        switch state {
        case .lost: return .lost
        case .settled: return .notHeld
        default: break
        }
        let call = batch.calls.progress(entry.held, percent: percent, text: text)
        let reply = try translating { () throws(RedisError) in
            try batch.session.redis.run(call, patience: batch.session.patience())
        }
        return reply.integer == 1 ? .ok : .lost
    }

    /// Gives the job back in the background, unless it is settled: the handle is being freed.
    public func dispose() {
        guard batch.session.generation == ForkGuard.generation, case .taken = batch.take(index) else { return }
        batch.settle(index, as: .released)
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
        as ending: JobEnding,
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
        batch.settle(index, as: ending)
        return .ok
    }
}
