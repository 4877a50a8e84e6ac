// A consumer of a group: a lease on its membership, and the messages that it holds under it. How it waits for messages
// is in ConsumerHandle+Fetching.swift.

import DistCoordRedis

/// Takes messages of a topic in turn with others; used by any number of threads.
public final class ConsumerHandle: Sendable {
    /// Its name within the group.
    public let name: String
    let topic: TopicHandle
    let options: ConsumerOptions
    let grant: GrantHandle
    let calls: ConsumerCalls
    let stock = ConsumerStock()
    let scope = CancelScope()
    /// The last fetch found nothing: the next goes to the line directly, which saves a round trip.
    let expectsToWait = Flag()
    private let isClosed = Flag()

    private static let delays: ClosedRange<Int64> = 0...86_400_000
    /// Messages that one acknowledgement is about.
    public static let mostAtOnce = 10_000

    /// Joins a group.
    ///
    /// - Returns: `.ok` with the consumer, `.exists`, a living one has the name.
    public static func open(
        topic: TopicHandle, group: String, options: ConsumerOptions
    ) throws(CoordinationError) -> (Status, ConsumerHandle?) {
        try Names.check(group, what: "group name")
        let consumer = ConsumerHandle(topic: topic, group: group, options: options)
        do throws(CoordinationError) {
            try consumer.join()
        } catch {
            if error.status == .exists { return (.exists, nil) }
            throw error
        }
        return (.ok, consumer)
    }

    private init(topic: TopicHandle, group: String, options: ConsumerOptions) {
        self.topic = topic
        self.options = options
        let name = options.name ?? Identifiers.make()
        self.name = name
        calls = ConsumerCalls(topic: topic, group: group, name: name, options: options, stock: stock)
        var terms = GrantTerms(lease: options.lease, renews: true)
        terms.isCounted = false
        grant = GrantHandle(client: topic.client, calls: calls, terms: terms)
        grant.onLoss { [stock] in stock.wakeAll() }
    }

    /// Joins, now or again.
    func join() throws(CoordinationError) {
        let status = try grant.acquire(milliseconds: 0)
        if status != .ok {
            throw CoordinationError(status == .timedOut ? .internalError : status, "\(calls.what) could not join")
        }
    }

    // MARK: - Taking

    /// Takes the next message, waiting for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` with the message; `.timedOut`, `.cancelled`, `.interrupted`; `.lost`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, EventMessage?) {
        try checkOpen()
        let session = try topic.client.openSession()
        try grant.checkProcess()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        stock.add(wait)
        defer {
            stock.remove(wait)
            wait.end()
        }
        while true {
            if let delivery = takeReady(session) {
                return (
                    .ok,
                    EventMessage(
                        delivery.content, source: topic.name, missed: delivery.missed, place: delivery.id,
                        deliveries: delivery.deliveries)
                )
            }
            if let reason = wait.stopReason { return (reason, nil) }
            try checkOpen()
            if let room = stock.beginFetching(prefetch: options.prefetch, needsRoom: grant.state == .held) {
                defer { stock.endFetching() }
                if grant.state == .lost {
                    forgetLoss()
                    return (.lost, nil)
                }
                if let status = try fetch(room, wait, session, looksOnce: milliseconds == 0) { return (status, nil) }
            } else {
                if Instant.now >= wait.deadline { return (.timedOut, nil) }
                wait.sleep(until: .never)
            }
        }
    }

    /// A message that was fetched ahead. With a time limit, one that has waited for half of it is better fetched anew.
    private func takeReady(_ session: Session) -> Delivery? {
        guard grant.state == .held else { return nil }
        let moment = options.timeout > 0 ? Instant.now.advanced(milliseconds: -options.timeout / 2) : nil
        var stale: [MessageID] = []
        let delivery = stock.take(fetchedAfter: moment, stale: &stale)
        if !stale.isEmpty { giveBack(stale, session) }
        return delivery
    }

    private func giveBack(_ ids: [MessageID], _ session: Session) {
        guard let token else { return }
        do throws(CoordinationError) {
            _ = try session.lanes.withLane { (ticket) throws(CoordinationError) in
                try run(calls.release(ids, delay: 0, isUntaken: true, token: token, ticket), session)
            }
        } catch {
            // Their time limit ends soon; and before, whatever is not known to be held is delivered again.
            stock.becomeUnsure()
        }
    }

    /// The lease has ended. What was held is for others; the next call joins anew.
    private func forgetLoss() {
        do throws(CoordinationError) {
            // Tells the server, too, which may count the lease a little longer.
            _ = try grant.release()
        } catch {
            topic.client.session.log(.debug, "\(calls.what): \(error.message)")
        }
        stock.clear()
    }

    /// What the server knows this consumer by; nil when it is none any more.
    var token: String? { grant.hold.withLock { $0.lease?.token } }

    // MARK: - Settling

    /// Says that messages are done; how many of them were held.
    public func acknowledge(_ ids: [String]) throws(CoordinationError) -> Int {
        try settle(ids, as: .acknowledged) { calls.acknowledge($0, token: $1, $2) }
    }

    /// Gives a message back, to be delivered after a while.
    ///
    /// - Returns: `.ok`, `.lost`.
    public func release(_ id: String, delay: Int64) throws(CoordinationError) -> Status {
        guard ConsumerHandle.delays.contains(delay) else {
            throw .invalid("a message cannot be delivered after \(delay) ms; 0 to a day (86400000) are allowed")
        }
        let count = try settle([id], as: .released) {
            calls.release($0, delay: delay, isUntaken: false, token: $1, $2)
        }
        return count == 1 ? .ok : .lost
    }

    private func settle(
        _ texts: [String], as outcome: ConsumerStock.Doubt,
        _ call: ([MessageID], _ token: String, CallTicket) -> ScriptCall
    ) throws(CoordinationError) -> Int {
        try checkOpen()
        let session = try topic.client.openSession()
        try grant.checkProcess()
        var ids: [MessageID] = []
        for text in texts { ids.append(try MessageID.checked(text)) }
        guard grant.state == .held, let token else { return 0 }
        let taken = stock.taken(ids)
        guard !taken.isEmpty else { return 0 }
        let held = taken.map(\.id)
        let digits: [UInt8]
        do throws(CoordinationError) {
            digits = try session.lanes.withLane { (ticket) throws(CoordinationError) in
                try run(call(held, token, ticket), session).bytes
            }
        } catch {
            if error.status == .noReply { stock.doubt(held, outcome) }
            throw error
        }
        let isHeldStill = grant.state == .held && options.timeout == 0
        stock.settle(held)
        var count = 0
        for (message, digit) in zip(taken, digits) {
            // An earlier call did it, whose answer was lost: nobody else can have had the message.
            let wasDone = message.doubt == outcome && isHeldStill
            if digit == UInt8(ascii: "1") || wasDone { count += 1 }
        }
        return count
    }

    func run(_ call: ScriptCall, _ session: Session) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: session.patience()) }
    }

    // MARK: - The rest

    private func checkOpen() throws(CoordinationError) {
        if isClosed.isSet { throw CoordinationError(.closed, "\(calls.what) was closed; open another one") }
    }

    /// How many messages the group has missed, as far as is known here.
    public var missed: Int64 { stock.missed }

    /// Leaves the group.
    public func close() throws(CoordinationError) {
        if isClosed.isSet { return }
        try grant.checkProcess()
        isClosed.set()
        scope.cancel()
        let lease = grant.hold.withLock { $0.lease }
        do throws(CoordinationError) {
            _ = try grant.release()
            stock.clear()
        } catch {
            if error.status.isRetriable, let lease {
                topic.client.session.chores.add(calls.release(token: lease.token, fence: lease.fence))
            }
            throw error
        }
    }

    /// Ends the waits in progress on this consumer.
    public func cancelWaits() { scope.cancel() }

    /// Leaves in the background: the handle is being freed.
    public func dispose() {
        scope.cancel()
        grant.dispose()
    }
}
