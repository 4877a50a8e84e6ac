// The connection on which messages arrive.
//
// Whoever waits for a message reads, for all who wait: its own message then wakes it straight from the socket, without a hop
// from one thread to another, which would be half of the time from a release to the next holder. A thread of the subscriber
// only connects, subscribes, and sees that the connection lives.

import Glibc

/// What a subscriber's owner is told, on the subscriber's thread or on one that reads.
public protocol SubscriberDelegate: AnyObject, Sendable {
    /// A message came.
    func subscriber(_ subscriber: Subscriber, received payload: UnsafeBufferPointer<UInt8>, on channel: String)
    /// All channels are subscribed again after the connection was lost: messages may have been missed.
    func subscriberWasRestored(_ subscriber: Subscriber)
    /// The connection was lost; messages are being missed.
    func subscriber(_ subscriber: Subscriber, lost reason: RedisError)
}

/// Channels subscribed on a connection of their own, restored whenever it breaks.
public final class Subscriber: @unchecked Sendable {
    private struct State {
        /// Channels wanted, each with how many want it.
        var wanted: [String: Int] = [:]
        /// Channels the server has confirmed on the present connection.
        var confirmed: Set<String> = []
        var waiters: [Parker] = []
        var isRunning = false
        var isClosed = false
        var needsRestoring = false
        var wasEverConnected = false
        var lastFailure: RedisError?
        var link: Link?
        /// How reading the link has failed; the thread makes another.
        var linkFailure: RedisError?
        var isRead = false
        /// Messages are read also when nobody waits for one.
        var isReadUnattended = false
        /// The subscriber's own thread is the one that reads.
        var isReadByThread = false
        /// Those who wait for messages while another reads.
        var sleepers: [Parker] = []
    }

    private let address: ServerAddress
    private let connectTimeout: Int64
    private let state = Guarded(State())
    /// Wakes the subscriber's thread.
    private let wake = EventDescriptor()
    /// Wakes the thread that reads.
    private let readerWake = EventDescriptor()
    private weak var delegate: (any SubscriberDelegate)?

    /// Silence after which the connection is asked whether it lives, and further silence after which it is given up.
    private static let pingAfter: Int64 = 10_000
    private static let giveUpAfter: Int64 = 5_000

    public init(address: ServerAddress, connectTimeout: Int64, delegate: any SubscriberDelegate) {
        self.address = address
        self.connectTimeout = connectTimeout
        self.delegate = delegate
    }

    /// Subscribes and waits until the server has confirmed it: what is published after this returns, arrives.
    public func subscribe(_ channel: String, patience: Patience) throws(RedisError) {
        let parker = Parker()
        let (isConfirmed, mustStart) = state.withLock { state in
            state.wanted[channel, default: 0] += 1
            if state.confirmed.contains(channel) { return (true, false) }
            state.waiters.append(parker)
            state.lastFailure = nil
            let mustStart = !state.isRunning && !state.isClosed
            if mustStart { state.isRunning = true }
            return (false, mustStart)
        }
        if isConfirmed { return }
        defer { state.withLock { $0.waiters.removeAll { $0 === parker } } }
        do throws(RedisError) {
            if mustStart {
                try NativeThread.start("dc-mailbox") { self.run() }
            } else {
                wake.raise()
            }
            try awaitConfirmation(of: channel, parker: parker, patience: patience)
        } catch {
            unsubscribe(channel)
            throw error
        }
    }

    /// Takes back one `subscribe`.
    public func unsubscribe(_ channel: String) {
        state.withLock { state in
            guard let count = state.wanted[channel] else { return }
            state.wanted[channel] = count > 1 ? count - 1 : nil
        }
        wake.raise()
    }

    /// From now on messages are handled as they come, also while nobody sleeps here to read them.
    public func readUnattended() {
        let isNew = state.withLock { state in
            defer { state.isReadUnattended = true }
            return !state.isReadUnattended
        }
        if isNew { wake.raise() }
    }

    /// Ends the thread and its connection.
    public func close() {
        state.withLock { state in
            state.isClosed = true
            for parker in state.waiters { parker.unpark() }
        }
        wake.raise()
    }

    private func awaitConfirmation(of channel: String, parker: Parker, patience: Patience) throws(RedisError) {
        while true {
            parker.park(until: patience.nextLook)
            let outcome: (isConfirmed: Bool, isClosed: Bool, isNew: Bool, failure: RedisError?) = state.withLock {
                ($0.confirmed.contains(channel), $0.isClosed, !$0.wasEverConnected, $0.lastFailure)
            }
            if outcome.isConfirmed { return }
            if outcome.isClosed { throw RedisError(.closed, "the client was closed") }
            // A server that was there is waited for; of one that was not, everybody is told at once.
            if let failure = outcome.failure, failure.isFinal || outcome.isNew && failure.code == .unreachable {
                throw failure
            }
            if patience.isStopped { throw RedisError(.cancelled, "cancelled while subscribing") }
            if Instant.now >= patience.deadline {
                throw outcome.failure
                    ?? RedisError(.noReply, "\(address.description) did not confirm a subscription in time")
            }
        }
    }

    // MARK: - The thread

    private func run() {
        var backoff = Backoff()
        while !state.withLock({ $0.isClosed }) {
            do throws(RedisError) {
                try serveOneConnection { backoff.reset() }
            } catch {
                noteLoss(error)
                backoff.next()
                sleep(until: backoff.notBefore)
            }
        }
        state.withLock { $0.isRunning = false }
    }

    private func serveOneConnection(onEstablished: () -> Void) throws(RedisError) {
        let patience = Patience(deadline: Instant.now.advanced(milliseconds: connectTimeout)) { [weak self] in
            self?.state.withLock { $0.isClosed } ?? true
        }
        let link = try Link.establish(address, role: "mailbox", patience: patience)
        onEstablished()
        state.withLock { state in
            state.link = link
            state.wasEverConnected = true
        }
        defer {
            state.withLock {
                $0.link = nil
                $0.linkFailure = nil
            }
            // Whoever polls it wakes up.
            link.transport.close()
        }
        var requested: Set<String> = []
        var lastPing = Instant.now
        while true {
            guard let wanted = state.withLock({ $0.isClosed ? nil : Set($0.wanted.keys) }) else { return }
            try adjust(link, from: requested, to: wanted)
            requested = wanted
            if let failure = state.withLock({ $0.linkFailure }) { throw failure }
            let pingAt = max(link.lastProgress, lastPing).advanced(milliseconds: Subscriber.pingAfter)
            if lastPing > link.lastProgress, Instant.now >= lastPing.advanced(milliseconds: Subscriber.giveUpAfter) {
                throw RedisError(.connectionLost, "the mailbox connection to \(address.description) is dead")
            }
            if Instant.now >= pingAt {
                let ping = CommandWriter()
                ping.command("PING")
                try send(ping, on: link)
                lastPing = .now
            }
            // Answers to what was just sent are read here unless somebody else reads; otherwise there is nothing to wait for.
            let isAwaiting = lastPing > link.lastProgress || state.withLock { !$0.confirmed.isSuperset(of: wanted) }
            let until = isAwaiting ? Instant.now.advanced(milliseconds: Patience.slice) : pingAt
            if isAwaiting || state.withLock({ $0.isReadUnattended && $0.sleepers.isEmpty }), beginReading() != nil {
                state.withLock { $0.isReadByThread = true }
                defer {
                    state.withLock { $0.isReadByThread = false }
                    endReading()
                }
                try receive(from: link, or: wake, until: until)
            } else {
                sleep(until: until)
            }
        }
    }

    // MARK: - Reading

    /// Sleeps until somebody unparks the parker, or the deadline; reads messages meanwhile if nobody else does.
    public func sleep(_ parker: Parker, until deadline: Instant) {
        if let link = beginReading() {
            let isWhole = read(link, until: deadline, or: parker)
            endReading()
            if isWhole { return }
        }
        // Somebody else reads, or there is no connection; whoever sleeps is woken to read, or when there is one again.
        let (mayRead, isReadByThread) = state.withLock { state in
            state.sleepers.append(parker)
            return (!state.isRead && state.link != nil && state.linkFailure == nil, state.isReadByThread)
        }
        // The thread leaves the reading to those who wait, whom their own message then wakes straight from the socket.
        if isReadByThread { wake.raise() }
        if !mayRead { parker.park(until: deadline) }
        let isLeftUnread = state.withLock { state in
            state.sleepers.removeAll { $0 === parker }
            return state.isReadUnattended && !state.isRead && state.sleepers.isEmpty
        }
        // The thread has left the reading to this one, which may have had what it waited for, and not come back.
        if isLeftUnread { wake.raise() }
    }

    /// For who will not sleep here again: it may have been woken to read, and had what it waited for as well. Then another
    /// one who sleeps reads.
    public func handOver() {
        let heir = state.withLock { state in
            state.isRead || state.link == nil || state.linkFailure != nil ? nil : state.sleepers.last
        }
        heir?.unpark()
    }

    /// Reads until the parker is unparked or the deadline; false when the connection broke.
    private func read(_ link: Link, until deadline: Instant, or parker: Parker) -> Bool {
        while parker.beginPolling(readerWake) {
            defer { parker.endPolling() }
            do throws(RedisError) {
                try receive(from: link, or: readerWake, until: deadline)
            } catch {
                state.withLock { $0.linkFailure = error }
                wake.raise()
                return false
            }
            if parker.isPermitted || Instant.now >= deadline { break }
        }
        _ = parker.take()
        return true
    }

    /// Waits for input or for `wake`, and handles what has come.
    private func receive(from link: Link, or wake: EventDescriptor, until deadline: Instant) throws(RedisError) {
        if !link.transport.hasBufferedInput {
            var watched = (
                pollfd(fd: link.transport.descriptor, events: link.transport.readEvents, revents: 0),
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            )
            let timeout = deadline.pollTimeout()
            _ = withUnsafeMutablePointer(to: &watched) {
                $0.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, timeout) }
            }
            if watched.1.revents != 0 { wake.lower() }
            if watched.0.revents == 0 { return }
        }
        try link.drain { self.handle($0) }
    }

    /// Takes the reading over; nil when somebody reads, or there is no connection.
    private func beginReading() -> Link? {
        state.withLock { state in
            guard !state.isRead, let link = state.link, state.linkFailure == nil else { return nil }
            state.isRead = true
            return link
        }
    }

    /// Leaves the reading to one who sleeps.
    private func endReading() {
        let (heir, isThreadHeir) = state.withLock { state in
            state.isRead = false
            return (state.sleepers.last, state.sleepers.isEmpty && state.isReadUnattended)
        }
        heir?.unpark()
        if isThreadHeir { wake.raise() }
    }

    private func adjust(_ link: Link, from requested: Set<String>, to wanted: Set<String>) throws(RedisError) {
        if requested == wanted { return }
        let commands = CommandWriter()
        for channel in wanted.subtracting(requested) { commands.command("SUBSCRIBE", channel) }
        let dropped = requested.subtracting(wanted)
        for channel in dropped { commands.command("UNSUBSCRIBE", channel) }
        state.withLock { $0.confirmed.subtract(dropped) }
        try send(commands, on: link)
    }

    private func send(_ commands: CommandWriter, on link: Link) throws(RedisError) {
        try link.send(
            commands.bytes, patience: Patience(deadline: Instant.now.advanced(milliseconds: Subscriber.giveUpAfter)))
    }

    private func handle(_ reply: Reply) {
        switch reply.string(at: 0) {
        case "message":
            let channel = reply.string(at: 1)
            reply[2]?.withBytes { delegate?.subscriber(self, received: $0, on: channel) }
        case "subscribe":
            let channel = reply.string(at: 1)
            let wasRestored = state.withLock { state in
                if state.wanted[channel] != nil { state.confirmed.insert(channel) }
                for parker in state.waiters { parker.unpark() }
                let all = state.needsRestoring && state.confirmed.isSuperset(of: state.wanted.keys)
                if all { state.needsRestoring = false }
                return all
            }
            if wasRestored { delegate?.subscriberWasRestored(self) }
        default:
            if let text = reply.error {
                noteFailure(
                    RedisError(.server, "\(address.description) refuses a subscription: \(text)", serverText: text))
            }
        }
    }

    private func noteLoss(_ error: RedisError) {
        let wasConnected = state.withLock { state in
            let wasConnected = !state.confirmed.isEmpty
            state.confirmed.removeAll()
            if wasConnected { state.needsRestoring = true }
            return wasConnected
        }
        noteFailure(error)
        if wasConnected { delegate?.subscriber(self, lost: error) }
    }

    private func noteFailure(_ error: RedisError) {
        state.withLock { state in
            state.lastFailure = error
            for parker in state.waiters { parker.unpark() }
        }
    }

    private func sleep(until deadline: Instant) {
        var descriptor = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&descriptor, 1, deadline.pollTimeout()) > 0 { wake.lower() }
    }
}
