// Jobs pushed through a buffer.

/// A buffered producer: a push returns at once with the job's id, and the library sends the jobs in batches.
///
/// ```swift
/// let producer = try queue.producer()
/// for path in paths { try await producer.push(Resize(path: path)) }
/// try await producer.close()
/// ```
///
/// Nothing is lost silently while the process lives: what the server does not accept is told by ``flush(timeout:)`` and
/// ``close(timeout:)``, and job by job by ``failures()``. What the buffer holds when the process dies is lost; who
/// cannot have that pushes to the ``Queue``. Jobs that one task pushes keep their order.
///
/// One that is dropped is sent to its end in the background, as long as the client is open.
public final class Producer: PushTarget {
    /// How it works.
    public let options: ProducerOptions

    private let what: String
    private let handle: BlockingProducer
    private let waits: SharedWaits

    init(_ queue: Queue, _ options: ProducerOptions) throws {
        self.options = options
        what = "producer of queue '\(queue.name)'"
        // Never blocks, so that a push into a buffer with room needs no thread of its own.
        let handle = try BlockingProducer(
            BlockingQueue(queue.client.blocking, queue.name, queue.options), options, blocksWhenFull: false)
        self.handle = handle
        waits = SharedWaits { handle.cancel() }
    }

    /// Takes a job into the buffer; gives its id. The delay counts from now. Arguments are checked here, so what fails
    /// later fails because of the server.
    ///
    /// Waits only while the buffer is full; cancelling the task then throws `CancellationError`, and the job is not
    /// taken.
    @discardableResult
    public func push(_ payload: [UInt8], options: PushOptions) async throws -> String {
        while true {
            let (answer, id) = try handle.push(payload, options)
            switch answer {
            case .ok: return id
            case .timedOut where self.options.whenFull == .wait: try await room()
            case .timedOut:
                throw DistCoordError(.timedOut, "\(what): its buffer is full; nothing was pushed", isRetriable: true)
            default: throw cancellation(of: what)
            }
        }
    }

    /// Jobs in the buffer or under way.
    public var pending: Int { handle.pending }
    /// Jobs accepted by the server.
    public var sent: Int { handle.sent }

    /// Waits until all jobs that are in the buffer have been sent or have failed.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/broken`` when there are failures that were not fetched, and
    /// ``DistCoordError/Code-swift.struct/timedOut`` when some are not sent in time.
    public func flush(timeout: Duration? = nil) async throws {
        try expectAccepted(
            try await waits.wait(timeout) { [handle] in (try handle.flush(waitMilliseconds: $0), ()) }.answer)
    }

    /// Takes no further job, and flushes. What is not sent in time has failed. Throws as ``flush(timeout:)``.
    public func close(timeout: Duration? = nil) async throws {
        try expectAccepted(
            try await waits.wait(timeout) { [handle] in (try handle.close(waitMilliseconds: $0), ()) }.answer)
    }

    /// Which jobs were not accepted, each told once.
    public func failures() throws -> [PushFailure] { try handle.failures() }

    /// Waits until what is in the buffer now has left it.
    private func room() async throws {
        let answer = try await waits.wait(nil) { [handle] in (try handle.flush(waitMilliseconds: $0), ()) }.answer
        if answer == .cancelled || answer == .interrupted { throw cancellation(of: what) }
    }

    private func expectAccepted(_ answer: Answer) throws {
        switch answer {
        case .ok: return
        case .broken:
            throw DistCoordError(.broken, "\(what): some jobs were not accepted; its failures tell which and why")
        case .timedOut: throw DistCoordError(.timedOut, "\(what): some jobs are not sent yet", isRetriable: true)
        default: throw cancellation(of: what)
        }
    }
}

extension Queue {
    /// A buffered producer for this queue. Nothing is sent.
    public func producer(options: ProducerOptions = ProducerOptions()) throws -> Producer {
        try Producer(self, options)
    }
}
