// Jobs that are counted together.

/// Jobs of one queue that are counted together, and a latch that opens when all of them have ended. Progress of a batch
/// of any size is one cheap question.
///
/// ```swift
/// let batch = try queue.batch()
/// for path in paths { try await queue.push(Resize(path: path), options: PushOptions(batch: batch.id)) }
/// try await batch.seal()
/// let counts = try await batch.wait()
/// print("\(counts.total) done, \(counts.failed) failed")
/// ```
///
/// It exists from its first job on, and is forgotten 7 days after the last one was pushed or has ended.
public final class Batch: Sendable {
    /// Its id, for ``PushOptions/batch`` and for other programs.
    public let id: String

    private let queue: Queue

    init(_ queue: Queue, id: String?) throws {
        self.queue = queue
        self.id = try BlockingBatch(BlockingQueue(queue.client.blocking, queue.name, queue.options), id: id).id
    }

    /// Says that all jobs have been pushed. Further pushes into it throw ``DistCoordError/Code-swift.struct/conflict``.
    public func seal() async throws {
        try await queue.withHandle { [id] in try BlockingBatch($0, id: id).seal() }
    }

    /// Waits until the batch is sealed and all its jobs have ended.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut`` when that is not so in time, and
    /// ``DistCoordError/Code-swift.struct/notFound`` when no job was ever pushed into it and it is not sealed, or it is
    /// forgotten.
    public func wait(timeout: Duration? = nil) async throws -> BatchCounts {
        let (answer, counts) = try await ask(waitMilliseconds(timeout))
        if answer == .ok, let counts { return counts }
        if answer == .timedOut {
            throw DistCoordError(.timedOut, "batch '\(id)' is not done yet", isRetriable: true)
        }
        throw missing(answer)
    }

    /// How far it is. Throws ``DistCoordError/Code-swift.struct/notFound`` as ``wait(timeout:)``.
    public func counts() async throws -> BatchCounts {
        let (answer, counts) = try await ask(0)
        guard let counts else { throw missing(answer) }
        return counts
    }

    private func ask(_ milliseconds: Int64) async throws -> (Answer, BatchCounts?) {
        try await queue.withHandle { handle in
            // A handle for each wait, as the library's cancel ends all waits of one.
            let batch = try BlockingBatch(handle, id: id)
            let (answer, counts) = try await offload(cancel: { batch.cancel() }) {
                try batch.wait(milliseconds: milliseconds)
            }
            return (answer, counts)
        }
    }

    private func missing(_ answer: Answer) -> any Error {
        answer == .notFound
            ? DistCoordError(.notFound, "queue '\(queue.name)': no batch '\(id)' is known")
            : cancellation(of: "batch '\(id)'")
    }
}

extension Queue {
    /// A batch of jobs of this queue; a new one without an id. Nothing is sent.
    public func batch(id: String? = nil) throws -> Batch { try Batch(self, id: id) }
}

/// How far a batch is, as the server saw it when it was asked.
public struct BatchCounts: Sendable, Hashable {
    /// Jobs pushed into it.
    public var total: Int
    /// Jobs completed.
    public var completed: Int
    /// Jobs that are dead. One that is retried counts as not ended again.
    public var failed: Int
    /// Jobs cancelled or skipped.
    public var cancelled: Int
    /// Whether all jobs are said to have been pushed.
    public var isSealed: Bool

    /// Whether it is sealed and all its jobs have ended.
    public var isDone: Bool { isSealed && completed + failed + cancelled >= total }
}
