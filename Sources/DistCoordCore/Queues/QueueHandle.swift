// A handle on a queue. Pushing, claiming and waiting for results are in files of their own.

import DistCoordRedis
import Synchronization

/// Pushes and claims; used by any number of threads.
public final class QueueHandle: Sendable {
    public let name: String
    let client: Client
    private let lease = Atomic<Int64>(30_000)
    private let claimProfile = Guarded((profile: ClaimProfile(), text: ClaimProfile().text))
    private let partitions = Atomic<Int>(1)
    private let expiry = Atomic<Int64>(0)
    // The present rooms, retained. Those of earlier processes are never released: a thread of the parent may have held one of
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
        let rooms = Unmanaged<QueueRooms>.fromOpaque(pointer)
        if rooms.takeUnretainedValue().session.generation == ForkGuard.generation { rooms.release() }
    }

    /// The rooms of this process; fails when the client was closed.
    func rooms() throws(CoordinationError) -> QueueRooms {
        let session = try client.openSession()
        if let rooms = present(session) { return rooms }
        return ForkGuard.withLock {
            if let rooms = present(session) { return rooms }
            let made = QueueRooms(
                client: client, session: session, name: name, partitions: partitions.load(ordering: .relaxed),
                expiry: expiry.load(ordering: .relaxed))
            nameWorker(in: made)
            current.store(Unmanaged.passRetained(made).toOpaque(), ordering: .releasing)
            return made
        }
    }

    /// The only room of a queue that is not split.
    func room() throws(CoordinationError) -> QueueRoom { try rooms().all[0] }

    /// The room that has a job; of several it is asked.
    func roomKnowing(_ id: String) throws(CoordinationError) -> QueueRoom {
        let rooms = try rooms()
        if rooms.all.count == 1 { return rooms.all[0] }
        let replies = try QueueHandle.ask(rooms.session) { writer in
            for room in rooms.all {
                writer.command("HEXISTS", room.calls.base + "j", id)
                writer.command("HEXISTS", room.calls.base + "o", id)
            }
        }
        for (index, room) in rooms.all.enumerated()
        where replies.dropFirst(2 * index).prefix(2).contains(where: { $0.integer == 1 }) {
            return room
        }
        return rooms.room(for: id)
    }

    private func present(_ session: Session) -> QueueRooms? {
        guard let pointer = current.load(ordering: .acquiring) else { return nil }
        let rooms = Unmanaged<QueueRooms>.fromOpaque(pointer).takeUnretainedValue()
        return rooms.session === session ? rooms : nil
    }

    /// Splits the queue.
    public func setPartitions(_ count: Int) throws(CoordinationError) {
        guard (1...64).contains(count) else {
            throw .invalid("\(count) partitions are out of range; 1 to 64 are allowed")
        }
        guard current.load(ordering: .acquiring) == nil else {
            throw .invalid("the handle on queue '\(name)' is in use already; set its partitions before")
        }
        partitions.store(count, ordering: .relaxed)
    }

    /// Has all keys of the queue expire so many milliseconds after the last call on it; before the handle is used. Other
    /// handles learn it when they register.
    func setExpiry(_ milliseconds: Int64) {
        expiry.store(milliseconds, ordering: .relaxed)
    }

    /// What claimers of this handle have, as text.
    var profile: String { claimProfile.withLock { $0.text } }

    /// All capabilities that claimers of this handle have, with commas.
    var listedCapabilities: String { claimProfile.withLock { $0.profile.listed } }

    /// Sets what claimers of this handle have, from a text with commas.
    public func setCapabilities(_ text: String) throws(CoordinationError) {
        let names = try Capabilities.parse(text, atMost: 64)
        change { $0.capabilities = names }
    }

    /// Sets whose own queue claimers of this handle take from, and whether they take from those of others.
    public func setWorker(_ worker: String?, steals: Bool) throws(CoordinationError) {
        if let worker { try Names.check(worker, what: "worker's name", limit: 128) }
        change {
            $0.worker = worker
            $0.steals = steals
        }
        if let rooms = present(client.session) { nameWorker(in: rooms) }
    }

    /// Failures name the worker.
    private func nameWorker(in rooms: QueueRooms) {
        let name = claimProfile.withLock { $0.profile.worker }
        for room in rooms.all { room.leases.worker.withLock { $0 = name } }
    }

    /// Sets all that claimers of this handle have.
    func setProfile(_ profile: ClaimProfile) {
        change { $0 = profile }
    }

    private func change(_ body: (inout ClaimProfile) -> Void) {
        claimProfile.withLock { state in
            body(&state.profile)
            state.text = state.profile.text
        }
    }

    /// Length of the lease under which jobs are claimed, in milliseconds.
    var leaseLength: Int64 { lease.load(ordering: .relaxed) }

    /// Sets the length of the lease under which jobs are claimed from now on.
    public func setLease(_ milliseconds: Int64) throws(CoordinationError) {
        try LeaseLength.check(milliseconds)
        lease.store(milliseconds, ordering: .relaxed)
    }

    /// The replies of all partitions to a call, in one round trip.
    func askAll(_ call: (QueueCalls) -> ScriptCall) throws(CoordinationError) -> [Reply] {
        let rooms = try rooms()
        let calls = rooms.all.map { call($0.calls) }
        return try translating { () throws(RedisError) in
            let replies = try rooms.session.redis.run(calls, patience: rooms.session.patience())
            if let text = replies.lazy.compactMap({ $0.error }).first {
                throw rooms.session.redis.serverError(text, doing: "a call for queue '\(name)'")
            }
            return Array(replies)
        }
    }

    /// How many jobs are in which state.
    public func counts() throws(CoordinationError) -> QueueCounts {
        QueueCounts(try askAll { $0.count() })
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        guard let pointer = current.load(ordering: .acquiring) else { return }
        let rooms = Unmanaged<QueueRooms>.fromOpaque(pointer).takeUnretainedValue()
        if rooms.session.generation == ForkGuard.generation { rooms.scope.cancel() }
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
        let known = try ask(session) {
            $0.command("SMEMBERS", registry[0])
            $0.command("HGETALL", registry[1])
            $0.command("HKEYS", registry[2])
        }
        guard let split = known.dropFirst().first else { return nil }
        var partitions: [String: Int] = [:]
        for place in stride(from: 0, to: split.count - 1, by: 2) {
            partitions[split.string(at: place)] = Int(split.string(at: place + 1))
        }
        // Each queue with what its keys begin with.
        var places: [(name: String, base: String)] = []
        let names = [known.first, known.dropFirst(2).first].flatMap { reply in
            reply.map { reply in (0..<reply.count).map { reply.string(at: $0) } } ?? []
        }
        for name in names {
            if let count = partitions[name] {
                for place in 0..<count { places.append((name, session.keys.queue(name: name, partition: place))) }
            } else {
                places.append((name, session.keys.queue(name: name)))
            }
        }
        var rest = places[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(100))
            rest = rest.dropFirst(100)
            let replies = try ask(session) { writer in
                for place in some {
                    writer.command("HEXISTS", place.base + "j", id)
                    writer.command("HEXISTS", place.base + "o", id)
                }
            }
            for (index, place) in some.enumerated()
            where replies.dropFirst(2 * index).prefix(2).contains(where: { $0.integer == 1 }) {
                let queue = try QueueHandle(client: client, name: place.name)
                try queue.setPartitions(partitions[place.name] ?? 1)
                return queue
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
