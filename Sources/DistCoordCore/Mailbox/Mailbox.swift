// Where grants arrive. Each client subscribes to one private channel. Whoever waits for something registers on the server
// under a token that names this channel; whoever frees it grants it to the first waiter and publishes that here.
//
// A waiter is in the local table before its request is sent, because the grant may overtake the request's own reply.
// Messages can be lost with the connection, so a restored mailbox wakes every waiter to ask again; asking is idempotent.

import DistCoordRedis
import Synchronization

/// Somebody who waits for messages of the server.
final class MailboxWaiter: Sendable {
    /// Under this the server knows the waiter: "<client>:<number>".
    let token: String
    fileprivate let number: UInt64
    private let wait: Wait
    private let inbox = Guarded<(messages: [[UInt8]], mustAsk: Bool)>(([], false))

    fileprivate init(token: String, number: UInt64, wait: Wait) {
        self.token = token
        self.number = number
        self.wait = wait
    }

    /// The oldest message not taken yet.
    func takeMessage() -> [UInt8]? {
        inbox.withLock { $0.messages.isEmpty ? nil : $0.messages.removeFirst() }
    }

    /// Whether messages may have been missed since this was last asked.
    func takeMustAsk() -> Bool {
        inbox.withLock { inbox in
            defer { inbox.mustAsk = false }
            return inbox.mustAsk
        }
    }

    fileprivate func receive(_ message: [UInt8]) {
        inbox.withLock { $0.messages.append(message) }
        wait.parker.unpark()
    }

    fileprivate func askAgain() {
        inbox.withLock { $0.mustAsk = true }
        wait.parker.unpark()
    }
}

/// Somebody who is told of the messages on a public channel.
final class ChannelFollower: Sendable {
    fileprivate let channel: String
    fileprivate let body: @Sendable (UnsafeBufferPointer<UInt8>?) -> Void
    private weak let mailbox: Mailbox?

    fileprivate init(
        _ mailbox: Mailbox, _ channel: String, _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>?) -> Void
    ) {
        self.mailbox = mailbox
        self.channel = channel
        self.body = body
    }

    /// Ends it; a message that is being told right now still is.
    func end() {
        mailbox?.end(self)
    }
}

/// The mailbox of one client.
final class Mailbox: SubscriberDelegate, Sendable {
    private struct Table {
        var waiters: [UInt64: MailboxWaiter] = [:]
        /// Who follows public channels.
        var followers: [String: [ChannelFollower]] = [:]
        /// Holders who are told when somebody waits for what they keep, by the number of their token.
        var listeners: [UInt64: @Sendable ([UInt8]) -> Void] = [:]
        /// Told of messages for nobody in particular, whose number is 0.
        var clientListener: (@Sendable ([UInt8]) -> Void)?
        var subscriber: Subscriber?
    }

    private let client: String
    private let redis: RedisClient
    private let log: Log
    private let table = Guarded(Table())
    private let nextNumber = Atomic<UInt64>(1)
    private let isSubscribed = Atomic<Bool>(false)

    init(client: String, redis: RedisClient, log: Log) {
        self.client = client
        self.redis = redis
        self.log = log
    }

    /// A token that nobody listens to, for attempts that do not wait.
    func makeToken() -> String {
        token(nextNumber.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    private func token(_ number: UInt64) -> String {
        var token = client
        token.reserveCapacity(Identifiers.length + 21)
        token += ":"
        token += String(number)
        return token
    }

    /// Makes a waiter known here. The mailbox is open when this returns, so the waiter may be made known to the server.
    func register(_ wait: Wait) throws(RedisError) -> MailboxWaiter {
        try open(wait.patience)
        let number = nextNumber.wrappingAdd(1, ordering: .relaxed).newValue
        let waiter = MailboxWaiter(token: token(number), number: number, wait: wait)
        table.withLock { $0.waiters[number] = waiter }
        wait.expectMessages()
        return waiter
    }

    /// Forgets a waiter. The server must have forgotten it before.
    func remove(_ waiter: MailboxWaiter) {
        table.withLock { $0.waiters[waiter.number] = nil }
    }

    /// A token whose holder is told of recalls, on any thread. The mailbox must be open.
    func listen(_ body: @escaping @Sendable ([UInt8]) -> Void) -> String {
        let token = makeToken()
        listen(to: token, body)
        return token
    }

    /// Has the holder under a token told of recalls, on any thread.
    func listen(to token: String, _ body: @escaping @Sendable ([UInt8]) -> Void) {
        guard let number = Mailbox.number(of: token) else { return }
        let subscriber = table.withLock { table in
            table.listeners[number] = body
            return table.subscriber
        }
        // No waiter may be there to read a recall.
        subscriber?.readUnattended()
    }

    /// Has messages for the client itself told, on any thread.
    func listenForClient(_ body: @escaping @Sendable ([UInt8]) -> Void) {
        table.withLock { $0.clientListener = body }
    }

    /// From now on messages are read also while nobody waits for one, if the mailbox is open.
    func readUnattended() {
        table.withLock { $0.subscriber }?.readUnattended()
    }

    /// Ends a `listen`.
    func unlisten(_ token: String) {
        guard let number = Mailbox.number(of: token) else { return }
        table.withLock { $0.listeners[number] = nil }
    }

    private static func number(of token: String) -> UInt64? {
        token.utf8.lastIndex(of: UInt8(ascii: ":")).flatMap { UInt64(token[token.utf8.index(after: $0)...]) }
    }

    /// Has the messages on a public channel told, from when this returns, on whichever thread reads; with nil when messages may
    /// have been missed, because the connection was lost and is restored.
    func follow(
        _ channel: String, patience: Patience, _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>?) -> Void
    ) throws(RedisError) -> ChannelFollower {
        let follower = ChannelFollower(self, channel, body)
        table.withLock { $0.followers[channel, default: []].append(follower) }
        do throws(RedisError) {
            try subscriber().subscribe(channel, patience: patience)
        } catch {
            forget(follower)
            throw error
        }
        return follower
    }

    fileprivate func end(_ follower: ChannelFollower) {
        guard forget(follower) else { return }
        table.withLock { $0.subscriber }?.unsubscribe(follower.channel)
    }

    @discardableResult
    private func forget(_ follower: ChannelFollower) -> Bool {
        table.withLock { table in
            guard let index = table.followers[follower.channel]?.firstIndex(where: { $0 === follower }) else {
                return false
            }
            table.followers[follower.channel]?.remove(at: index)
            if table.followers[follower.channel]?.isEmpty == true { table.followers[follower.channel] = nil }
            return true
        }
    }

    /// Subscribes the client's channel, if it is not yet.
    func open(_ patience: Patience) throws(RedisError) {
        if isSubscribed.load(ordering: .acquiring) { return }
        try subscriber().subscribe(Keys.mailbox(client: client), patience: patience)
        // Two threads may subscribe it at once: each counts, one would do; the channel stays for the client's life.
        isSubscribed.store(true, ordering: .releasing)
    }

    /// Sleeps until the parker is unparked or the deadline, and reads messages meanwhile.
    func sleep(_ parker: Parker, until deadline: Instant) {
        if let subscriber = table.withLock({ $0.subscriber }) {
            subscriber.sleep(parker, until: deadline)
        } else {
            parker.park(until: deadline)
        }
    }

    /// Whoever slept here has ended its wait; see `Subscriber.handOver`.
    func handOver() {
        table.withLock { $0.subscriber }?.handOver()
    }

    func close() {
        table.withLock { $0.subscriber }?.close()
    }

    private func subscriber() -> Subscriber {
        table.withLock { table in
            if let subscriber = table.subscriber { return subscriber }
            let subscriber = Subscriber(
                address: redis.address, connectTimeout: redis.settings.connectTimeout, delegate: self)
            table.subscriber = subscriber
            return subscriber
        }
    }

    // MARK: - On the thread that reads

    func subscriber(_ subscriber: Subscriber, received payload: UnsafeBufferPointer<UInt8>, on channel: String) {
        if let followers = table.withLock({ $0.followers[channel] }) {
            for follower in followers { follower.body(payload) }
            return
        }
        // "<number> <message>"
        var number: UInt64 = 0
        var position = 0
        while position < payload.count, payload[position] != UInt8(ascii: " ") {
            number = number &* 10 &+ UInt64(payload[position] &- 48)
            position += 1
        }
        guard position < payload.count else { return }
        let message = [UInt8](payload[(position + 1)...])
        if number == 0 {
            table.withLock { $0.clientListener }?(message)
        } else if RecallMessage.begins(message) {
            table.withLock { $0.listeners[number] }?(message)
        } else {
            table.withLock { $0.waiters[number] }?.receive(message)
        }
    }

    func subscriberWasRestored(_ subscriber: Subscriber) {
        log(.info, "mailbox restored; asking again for everything that is waited for")
        let (waiters, followers) = table.withLock { table in
            (Array(table.waiters.values), table.followers.values.flatMap { $0 })
        }
        for waiter in waiters { waiter.askAgain() }
        for follower in followers { follower.body(nil) }
    }

    func subscriber(_ subscriber: Subscriber, lost reason: RedisError) {
        log(.warning, "mailbox lost: \(reason.message)")
    }
}
