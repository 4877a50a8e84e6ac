// What a handle on a queue has in one process, for each partition. A forked child makes rooms of its own.

import DistCoordRedis

/// The name under which the server remembers one claim at a time, so that a lost answer can be given again.
struct ClaimSlot: Sendable {
    /// "<client>:<number>"
    let name: String
    /// Number of the request through the slot.
    var request: Int64 = 0
}

/// The rooms of a handle.
final class QueueRooms: Sendable {
    let session: Session
    /// One for each partition.
    let all: [QueueRoom]
    let identifiers = JobIdentifiers()
    /// The waits on the handle.
    let scope: CancelScope
    private let name: String
    private let isRegistered = Flag()

    init(session: Session, name: String, partitions: Int) {
        self.session = session
        self.name = name
        let scope = CancelScope()
        self.scope = scope
        all = (0..<partitions).map { place in
            QueueRoom(session: session, name: name, partition: partitions == 1 ? nil : place, scope: scope)
        }
    }

    /// The room of the jobs with that routing key or id.
    func room(for key: String) -> QueueRoom {
        if all.count == 1 { return all[0] }
        // FNV-1a: all clients have to agree.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return all[Int(hash % UInt64(all.count))]
    }

    /// Makes the queue known to those who look for jobs in all queues, and agrees with them on its partitions; once.
    func register(_ patience: Patience) throws(CoordinationError) {
        if isRegistered.isSet { return }
        let call = QueueCalls.register(session.keys, name: name, partitions: all.count)
        let reply = try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
        if reply.integer != Int64(all.count) {
            throw CoordinationError(
                .conflict,
                "the queue '\(name)' is used with \(all.count) partitions here and \(reply.integer) elsewhere; "
                    + "all who use it must give the same number")
        }
        isRegistered.set()
    }
}

/// A handle's part that belongs to one session and one partition.
final class QueueRoom: Sendable {
    let session: Session
    let calls: QueueCalls
    let leases: JobLeases
    /// The waits on the handle.
    let scope: CancelScope
    /// The last claim had to wait: the next one takes its place in line at once, which saves a round trip.
    let expectsToWait = Flag()
    // Few slots are ever needed, as many as threads claim at once; the server keeps a key for each.
    private let slots = Guarded<[ClaimSlot]>([])

    init(session: Session, name: String, partition: Int?, scope: CancelScope) {
        self.session = session
        self.scope = scope
        calls = QueueCalls(keys: session.keys, name: name, partition: partition)
        leases = JobLeases(session: session, calls: calls, name: name)
    }

    /// A slot for one request; nobody else has it until `giveBack`.
    func takeSlot() -> ClaimSlot {
        var slot = slots.withLock { $0.popLast() } ?? ClaimSlot(name: session.mailbox.makeToken())
        slot.request += 1
        return slot
    }

    func giveBack(_ slot: ClaimSlot) {
        slots.withLock { $0.append(slot) }
    }

    func run(_ call: ScriptCall, _ patience: Patience) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
    }
}
