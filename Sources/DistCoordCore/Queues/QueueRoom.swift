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
    private let expiry: QueueExpiry

    /// - Parameter expiry: When its keys expire after the last activity, in milliseconds; 0 for never, or not known.
    init(client: Client, session: Session, name: String, partitions: Int, expiry: Int64) {
        self.session = session
        self.name = name
        let scope = CancelScope()
        self.scope = scope
        let expiry = QueueExpiry(expiry)
        self.expiry = expiry
        all = (0..<partitions).map { place in
            QueueRoom(
                client: client, session: session, name: name, partition: partitions == 1 ? nil : place, scope: scope,
                expiry: expiry)
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

    /// Makes the queue known to those who look for jobs in all queues, agrees with them on its partitions, and learns
    /// whether its keys expire. Once, but for queues whose keys do: they are forgotten some time after they were last
    /// heard of.
    func register(_ patience: Patience) throws(CoordinationError) {
        if !expiry.mustRegister { return }
        let call = QueueCalls.register(
            session.keys, name: name, partitions: all.count, expiry: expiry.milliseconds)
        let reply = try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
        let count = reply.integer(at: 0)
        if count != Int64(all.count) {
            throw CoordinationError(
                .conflict,
                "the queue '\(name)' is used with \(all.count) partitions here and \(count) elsewhere;"
                    + " all who use it must give the same number")
        }
        expiry.registered(reply.integer(at: 1))
    }

    /// Learns whether the queue's keys expire, without making it known: for calls that write to a queue that others use.
    func learnExpiry(_ patience: Patience) throws(CoordinationError) {
        if !expiry.mustRegister { return }
        let call = QueueCalls.register(session.keys, name: name, partitions: 0, expiry: 0)
        let reply = try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
        if reply.integer(at: 1) > 0 { expiry.registered(reply.integer(at: 1)) }
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

    init(
        client: Client, session: Session, name: String, partition: Int?, scope: CancelScope, expiry: QueueExpiry
    ) {
        self.session = session
        self.scope = scope
        calls = QueueCalls(keys: session.keys, name: name, partition: partition, expiry: expiry)
        leases = JobLeases(client: client, session: session, calls: calls, name: name)
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
