// A handle on a queue. Pushing, claiming and waiting for results are in files of their own.

import DistCoordRedis
import Synchronization

/// Pushes and claims; used by any number of threads.
public final class QueueHandle: Sendable {
    public let name: String
    let client: Client
    private let lease = Atomic<Int64>(30_000)
    // The present room, retained. Rooms of earlier processes are never released: a thread of the parent may have held one of
    // their locks during the fork. (Unsafe only to the compiler: the pointer is to a Sendable object.)
    private nonisolated(unsafe) let current = Atomic<UnsafeMutableRawPointer?>(nil)

    /// Length of the ids that the library makes.
    public static let generatedIDLength = Identifiers.length

    /// Makes a handle; nothing is sent.
    public init(client: Client, name: String) throws(CoordinationError) {
        try Names.check(name, what: "queue name")
        try client.checkOpen()
        try client.requireOneServer("a queue")
        self.client = client
        self.name = name
    }

    deinit {
        guard let pointer = current.load(ordering: .acquiring) else { return }
        let room = Unmanaged<QueueRoom>.fromOpaque(pointer)
        if room.takeUnretainedValue().session.generation == ForkGuard.generation { room.release() }
    }

    /// The room of this process; fails when the client was closed.
    func room() throws(CoordinationError) -> QueueRoom {
        let session = try client.openSession()
        if let room = present(session) { return room }
        return ForkGuard.withLock {
            if let room = present(session) { return room }
            let made = QueueRoom(session: session, name: name)
            current.store(Unmanaged.passRetained(made).toOpaque(), ordering: .releasing)
            return made
        }
    }

    private func present(_ session: Session) -> QueueRoom? {
        guard let pointer = current.load(ordering: .acquiring) else { return nil }
        let room = Unmanaged<QueueRoom>.fromOpaque(pointer).takeUnretainedValue()
        return room.session === session ? room : nil
    }

    /// Length of the lease under which jobs are claimed, in milliseconds.
    var leaseLength: Int64 { lease.load(ordering: .relaxed) }

    /// Sets the length of the lease under which jobs are claimed from now on.
    public func setLease(_ milliseconds: Int64) throws(CoordinationError) {
        try LeaseLength.check(milliseconds)
        lease.store(milliseconds, ordering: .relaxed)
    }

    /// How many jobs are in which state.
    public func counts() throws(CoordinationError) -> QueueCounts {
        let room = try room()
        return QueueCounts(try room.run(room.calls.count(), room.session.patience()))
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        guard let pointer = current.load(ordering: .acquiring) else { return }
        let room = Unmanaged<QueueRoom>.fromOpaque(pointer).takeUnretainedValue()
        if room.session.generation == ForkGuard.generation { room.scope.cancel() }
    }

    /// Ends waits: the handle is being freed. Claimed jobs stay valid.
    public func dispose() {
        cancelWaits()
    }

    /// The queue that knows a job, by asking each queue of the namespace; nil when none does.
    public static func find(client: Client, id: String) throws(CoordinationError) -> QueueHandle? {
        try JobOptions.checkID(id)
        let session = try client.openSession()
        let registry = session.keys.queueRegistry
        let names = try ask(session) { $0.command("SMEMBERS", registry) }.first
        var index = 0
        let total = names?.count ?? 0
        while index < total {
            let some = (index..<min(index + 100, total)).compactMap { names?.string(at: $0) }
            index += some.count
            let bases = some.map { session.keys.queue(name: $0) }
            let replies = try ask(session) { writer in
                for base in bases {
                    writer.command("HEXISTS", base + "j", id)
                    writer.command("HEXISTS", base + "o", id)
                }
            }
            for (place, name) in some.enumerated()
            where replies.dropFirst(2 * place).prefix(2).contains(where: { $0.integer == 1 }) {
                return try QueueHandle(client: client, name: name)
            }
        }
        return nil
    }

    private static func ask(
        _ session: Session, _ write: @escaping @Sendable (CommandWriter) -> Void
    ) throws(CoordinationError) -> Replies {
        try translating { () throws(RedisError) in
            let replies = try session.redis.commands(patience: session.patience(), write)
            if let text = replies.lazy.compactMap({ $0.error }).first {
                throw session.redis.serverError(text, doing: "a search for a job")
            }
            return replies
        }
    }
}
