// What a handle on a queue has in one process. A forked child makes a room of its own.

import DistCoordRedis

/// The name under which the server remembers one claim at a time, so that a lost answer can be given again.
struct ClaimSlot: Sendable {
    /// "<client>:<number>"
    let name: String
    /// Number of the request through the slot.
    var request: Int64 = 0
}

/// A handle's part that belongs to one session.
final class QueueRoom: Sendable {
    let session: Session
    let calls: QueueCalls
    let leases: JobLeases
    let identifiers = JobIdentifiers()
    /// The waits on the handle.
    let scope = CancelScope()
    /// The last claim had to wait: the next one takes its place in line at once, which saves a round trip.
    let expectsToWait = Flag()
    private let isRegistered = Flag()
    // Few slots are ever needed, as many as threads claim at once; the server keeps a key for each.
    private let slots = Guarded<[ClaimSlot]>([])

    init(session: Session, name: String) {
        self.session = session
        calls = QueueCalls(keys: session.keys, name: name)
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

    /// Makes the queue known to those who look for jobs in all queues; once.
    func register() throws(CoordinationError) {
        if isRegistered.isSet { return }
        _ = try run(calls.register(), session.patience())
        isRegistered.set()
    }

    func run(_ call: ScriptCall, _ patience: Patience) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
    }
}
