// The connection on which messages arrive, with the one thread that reads it.

import Glibc
import Synchronization

/// What a subscriber's owner is told, on the subscriber's thread.
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
        var lastFailure: RedisError?
    }

    private let address: ServerAddress
    private let connectTimeout: Int64
    private let state = Mutex(State())
    private let wake = EventDescriptor()
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
            let outcome: (isConfirmed: Bool, isClosed: Bool, failure: RedisError?) = state.withLock {
                ($0.confirmed.contains(channel), $0.isClosed, $0.lastFailure)
            }
            if outcome.isConfirmed { return }
            if outcome.isClosed { throw RedisError(.closed, "the client was closed") }
            if let failure = outcome.failure, failure.isFinal { throw failure }
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
        var requested: Set<String> = []
        var pinged = false
        while true {
            guard let wanted = state.withLock({ $0.isClosed ? nil : Set($0.wanted.keys) }) else { return }
            try adjust(link, from: requested, to: wanted)
            requested = wanted
            let silentUntil = link.lastProgress.advanced(
                milliseconds: Subscriber.pingAfter + (pinged ? Subscriber.giveUpAfter : 0))
            if Instant.now >= silentUntil {
                if pinged { throw RedisError(.connectionLost, "the mailbox connection to \(address.description) is dead") }
                let ping = CommandWriter()
                ping.command("PING")
                try send(ping, on: link)
                pinged = true
                continue
            }
            var descriptors = [
                pollfd(fd: link.transport.descriptor, events: link.transport.readEvents, revents: 0),
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let ready = link.transport.hasBufferedInput ? 1 : poll(&descriptors, 2, silentUntil.pollTimeout())
            if descriptors[1].revents != 0 { wake.lower() }
            guard ready > 0, link.transport.hasBufferedInput || descriptors[0].revents != 0 else { continue }
            pinged = false
            try link.drain { self.handle($0) }
        }
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
        try link.send(commands.bytes, patience: Patience(deadline: Instant.now.advanced(milliseconds: Subscriber.giveUpAfter)))
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
                noteFailure(RedisError(.server, "\(address.description) refuses a subscription: \(text)", serverText: text))
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
