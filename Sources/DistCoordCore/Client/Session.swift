// What one process has of a client: an identity, connections, mailbox, keeper. A forked child gets a session of its own.

import DistCoordRedis
import Glibc
import Synchronization

/// A client's life in one process.
final class Session: Sendable {
    /// Under this the server knows the client.
    let id: String
    let options: ClientOptions
    let redis: RedisClient
    let mailbox: Mailbox
    let keeper: Keeper
    let chores: Chores
    let alarms: Alarms
    let lanes: CallLanes
    let jointCalls = JointCalls()
    let cancelRequests = CancelRequests()
    let keys: Keys
    let serverClock = ServerClock()
    let log: Log
    let statistics: Statistics
    private let guardian: Guardian?
    /// How the server has answered lately; kept for the members of a quorum.
    let pulse = Pulse()
    /// The servers of a quorum. This session then talks to none of them: each member has one of its own.
    let quorum: Quorum?
    /// All waits of the client.
    let cancelScope = CancelScope()
    /// The process this session belongs to, as ForkGuard counts.
    let generation = ForkGuard.generation
    let pid = getpid()
    private let isClosed = Atomic<Bool>(false)
    private let operations = Atomic<Int>(0)
    /// How long a closing client waits for operations that it has cancelled, in milliseconds.
    private static let patienceWithOperations: Int64 = 1_000
    /// How long it tries to tell its last counts, when it has nothing else to tell.
    private static let patienceWithCounts: Int64 = 500
    private let holders = Guarded<[ObjectIdentifier: Holder]>([:])
    private let tellers = Guarded<[ObjectIdentifier: Teller]>([:])

    /// What is held and must be given back when the client closes.
    private struct Holder: Sendable {
        weak let object: (any Holding)?
    }

    /// What has counted something that the server is to be told when the client closes.
    private struct Teller: Sendable {
        weak let object: (any Telling)?
        /// What nobody else keeps any more, but has not told everything.
        var kept: (any Telling)?
    }

    init(id: String, address: ServerAddress, options: ClientOptions, quorum: Quorum? = nil) {
        let id = ClientPresence.identity(id, of: address)
        self.id = id
        self.quorum = quorum
        self.options = options
        var address = address
        address.nameSuffix = ClientPresence.nameSuffix(client: id)
        let log = options.log
        self.log = log
        var settings = RedisClient.Settings()
        settings.connectTimeout = options.connectTimeout
        settings.commandTimeout = options.commandTimeout
        settings.onStateChange = { [pulse] isConnected, message in
            pulse.linkChanged(isUp: isConnected, message)
            log(isConnected ? .info : .warning, isConnected ? message : "connection lost: \(message)")
        }
        if log.wants(.warning) { settings.onWarning = { log(.warning, $0) } }
        redis = RedisClient(address: address, settings: settings)
        mailbox = Mailbox(client: id, redis: redis, log: log)
        keeper = Keeper(redis: redis, log: log)
        chores = Chores(redis: redis, log: log)
        alarms = Alarms(log: log)
        lanes = CallLanes(client: id)
        keys = Keys(namespace: options.namespace)
        statistics = Statistics(
            redis: redis, log: log, keys: keys, client: id, generation: generation, counts: quorum == nil)
        guardian = quorum == nil ? Guardian(options: options, address: address, client: id) : nil
        mailbox.listenForClient { [cancelRequests] in cancelRequests.receive($0) }
    }

    /// Patience for a round trip that a host's thread waits for outside of a wait: the command timeout, unless the host's
    /// interrupt function ends it.
    func patience() -> Patience {
        guard let interrupt = options.interrupt, NativeThread.isInitial else { return redis.patience() }
        return redis.patience(shouldStop: interrupt)
    }

    /// Fails when the client was closed.
    func checkOpen() throws(CoordinationError) {
        if isClosed.load(ordering: .acquiring) {
            throw CoordinationError(.closed, "the client was closed; open another one")
        }
    }

    var isClosedNow: Bool { isClosed.load(ordering: .acquiring) }

    func beginOperation() { operations.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    func endOperation() { operations.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

    /// Lets cancelled operations end: what one of them is granted while it ends must be given back as well.
    private func awaitOperations() {
        let end = Instant.now.advanced(milliseconds: min(options.commandTimeout, Session.patienceWithOperations))
        let parker = Parker()
        while operations.load(ordering: .acquiring) > 0, Instant.now < end {
            parker.park(until: .now.advanced(milliseconds: 1))
        }
    }

    /// Remembers something that holds, for `close`.
    func add(_ object: any Holding) {
        guardian?.start()
        holders.withLock { $0[ObjectIdentifier(object)] = Holder(object: object) }
    }

    /// Forgets it.
    func remove(_ object: any Holding) {
        holders.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(object)) }
    }

    /// Forgets something that is no more.
    func forget(_ object: ObjectIdentifier) {
        holders.withLock { _ = $0.removeValue(forKey: object) }
    }

    /// Closes in the background: the server is told what it can be told within a second, leases end the rest.
    func abandon() {
        guard isClosed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        cancelScope.cancel()
        let held = surrenderAll()
        for call in held + lastWords() { chores.add(call) }
        keeper.close()
        alarms.close()
        mailbox.close()
        let end: @Sendable () -> Void = { [redis, guardian] in
            redis.close()
            guardian?.end()
        }
        if chores.finish(end) { end() }
    }

    private func surrenderAll() -> [ScriptCall] {
        let objects = holders.withLock { holders in
            defer { holders.removeAll() }
            return holders.values.compactMap { $0.object }
        }
        return objects.flatMap { $0.surrender() }
    }

    /// Ends waits, gives everything back, stops threads, closes connections.
    func close() throws(CoordinationError) {
        guard isClosed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        cancelScope.cancel()
        awaitOperations()
        let calls = chores.drain() + surrenderAll()
        keeper.close()
        alarms.close()
        defer {
            mailbox.close()
            redis.close()
            guardian?.end()
        }
        let counted = lastWords()
        guard !calls.isEmpty else { return tell(counted) }
        do throws(RedisError) {
            _ = try redis.run(calls + counted, patience: patience())
        } catch {
            let failure = CoordinationError(error)
            throw CoordinationError(
                failure.status,
                "closed, but what was held could not be given back; its leases will end it: \(failure.message)",
                serverText: failure.serverText)
        }
    }
}

extension Session {
    /// Remembers something that counts, for `close`.
    func add(_ object: any Telling) {
        tellers.withLock { $0[ObjectIdentifier(object)] = Teller(object: object) }
    }

    /// Keeps it until it is forgotten, or the client closes.
    func keep(_ object: any Telling) {
        tellers.withLock { $0[ObjectIdentifier(object)]?.kept = object }
    }

    /// Forgets something that counted and has told everything, or is no more.
    func forgetTeller(_ object: ObjectIdentifier) {
        // Let go without the lock: its end comes back here.
        let dropped = tellers.withLock { $0.removeValue(forKey: object) }
        withExtendedLifetime(dropped) {}
    }

    /// The calls that tell what was counted, of which there is no more after this.
    private func lastWords() -> [ScriptCall] {
        let objects = tellers.withLock { tellers in
            defer { tellers.removeAll() }
            return tellers.values.compactMap { $0.object }
        }
        return statistics.finish() + objects.flatMap { $0.lastWords() }
    }

    /// Sends counts, which are worth a moment but no failure.
    private func tell(_ counted: [ScriptCall]) {
        guard !counted.isEmpty else { return }
        var brief = patience()
        brief.deadline = min(brief.deadline, .now.advanced(milliseconds: Session.patienceWithCounts))
        do throws(RedisError) {
            _ = try redis.run(counted, patience: brief)
        } catch {
            log(.debug, "the last counts are lost: \(error.message)")
        }
    }
}

/// Something that holds leases which a closing client gives back.
protocol Holding: AnyObject, Sendable {
    /// Lets go of everything and returns the calls that tell the server.
    func surrender() -> [ScriptCall]
}

/// Something that counts, which is worth telling a server that is there when the client closes, and no failure otherwise.
protocol Telling: AnyObject, Sendable {
    /// Counts no more, and returns the calls that tell the rest.
    func lastWords() -> [ScriptCall]
}
