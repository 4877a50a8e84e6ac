// A buffered producer: pushes return at once, a thread sends in batches. The buffer is in ProducerRoom.swift, the
// thread in ProducerSender.swift.

import DistCoordRedis
import Synchronization

/// Takes jobs for one queue; used by any number of threads.
public final class ProducerHandle: Sendable {
    private let queue: QueueHandle
    private let settings = ProducerSettings()
    private let isClosed = Flag()
    // The present room, retained. Rooms of earlier processes are never released, as those of a queue
    // (QueueHandle.swift). (Unsafe only to the compiler: the pointer is to a Sendable object.)
    private nonisolated(unsafe) let current = Atomic<UnsafeMutableRawPointer?>(nil)

    /// Makes a producer; nothing is sent.
    public init(queue: QueueHandle) throws(CoordinationError) {
        try queue.client.checkOpen()
        self.queue = queue
    }

    deinit {
        guard let pointer = current.load(ordering: .acquiring) else { return }
        let room = Unmanaged<ProducerRoom>.fromOpaque(pointer)
        if room.takeUnretainedValue().session.generation == ForkGuard.generation { room.release() }
    }

    /// The room of this process; nil before its first push.
    private var present: ProducerRoom? {
        guard let pointer = current.load(ordering: .acquiring) else { return nil }
        let room = Unmanaged<ProducerRoom>.fromOpaque(pointer).takeUnretainedValue()
        return room.session.generation == ForkGuard.generation ? room : nil
    }

    private func room(_ session: Session) -> ProducerRoom {
        if let present { return present }
        return ForkGuard.withLock {
            if let present { return present }
            let made = ProducerRoom(queue: queue, session: session, settings: settings)
            current.store(Unmanaged.passRetained(made).toOpaque(), ordering: .releasing)
            return made
        }
    }

    // MARK: - Settings

    public func setBatch(size: Int, timeout: Int64) throws(CoordinationError) {
        try settings.setBatch(size: size, timeout: timeout)
        present?.settingsChanged()
    }

    public func setCapacity(jobs: Int64, bytes: Int64, blocks: Bool) throws(CoordinationError) {
        try settings.setCapacity(jobs: jobs, bytes: bytes, blocks: blocks)
        present?.settingsChanged()
    }

    public func setRetryTime(_ milliseconds: Int64) {
        settings.setRetryTime(milliseconds)
        present?.settingsChanged()
    }

    // MARK: - Pushing

    /// Takes a job into the buffer.
    ///
    /// - Returns: `.ok`, `.timedOut` (the buffer is full), `.cancelled`, `.interrupted`; the id in any case.
    public func push(
        payload: UnsafeRawBufferPointer, options: JobOptions?
    ) throws(CoordinationError) -> (Status, id: String) {
        if isClosed.isSet { throw CoordinationError(.closed, "the producer was closed; open another one") }
        let rooms = try queue.rooms()
        try queue.check(PushItem(payload: payload, options: options), rooms)
        let job = try BufferedJob(
            id: options?.id ?? rooms.identifiers.make(), payload: payload, options: options, pushedAt: .now)
        var status = Status.closed
        // Not let in: still ours.
        defer { if status != .ok { job.free() } }
        status = try room(rooms.session).enter(job)
        return (status, job.id)
    }

    /// Waits until all jobs that are in the buffer now have been sent or have failed.
    ///
    /// - Parameter milliseconds: How long; negative for ever.
    /// - Returns: `.ok`; `.broken`, there are failures to fetch; `.timedOut`, `.cancelled`, `.interrupted`.
    public func flush(milliseconds: Int64) -> Status {
        present?.flush(milliseconds: milliseconds) ?? .ok
    }

    /// Takes no further job, and flushes; what is not sent in time has failed.
    public func close(milliseconds: Int64) -> Status {
        isClosed.set()
        return present?.close(milliseconds: milliseconds) ?? .ok
    }

    /// Jobs in the buffer or under way.
    public var pending: Int64 { present?.pending ?? 0 }

    /// Jobs accepted by the server.
    public var sent: Int64 { present?.sent ?? 0 }

    /// The jobs that were not accepted, each once.
    public func fetchFailures() -> [PushFailure] { present?.fetchFailures() ?? [] }

    /// Ends the waits in progress on this producer.
    public func cancelWaits() { present?.scope.cancel() }

    /// Ends waits: the producer is being freed. What it has is sent in the background.
    public func dispose() { present?.release() }
}
