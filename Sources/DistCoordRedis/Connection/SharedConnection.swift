// One connection for any number of calling threads, without a thread of its own.
//
// A caller appends its commands to what is to be sent. If nobody writes, it writes, for all who appended meanwhile. Then it
// waits for its replies: if nobody reads, it reads, and hands every reply to the caller it belongs to; if somebody does, it
// sleeps until its reply is there or the reading is left to it. A lone caller thus does its own input and output with no
// thread hop, and sixty-four callers cost the server a few large reads instead of sixty-four small ones.
// Tests/Benchmarks/calls compares this with a connection per thread and with an I/O thread.

import Glibc
import Synchronization

/// A connection that is made when first needed, remade when it breaks, and shared by all threads.
final class SharedConnection: @unchecked Sendable {
    /// A caller's place in the order of replies, and where it sleeps.
    private final class Request: Parker, @unchecked Sendable {
        // Guarded by the connection's lock until `isDone` is set; read by the caller alone afterwards.
        var awaited: Int
        var replies = Replies()
        var failure: RedisError?
        /// The caller has gone; its replies are dropped as they come.
        var abandoned = false
        let startedAt = Instant.now
        private let done = Atomic<Bool>(false)

        init(awaited: Int) {
            self.awaited = awaited
        }

        /// Whether all is there. A caller that was woken need not take the lock to see it.
        var isDone: Bool { done.load(ordering: .acquiring) }

        func finish() {
            done.store(true, ordering: .releasing)
        }
    }

    /// A connection on which nothing comes while a call runs out of time is given up if the call was at least that long, in
    /// milliseconds; a shorter one may just have met a slow script.
    private static let deafAfter: Int64 = 500

    private let address: ServerAddress
    private let role: String
    private let connectTimeout: Int64
    private let stallLimit: Int64
    private let onStateChange: @Sendable (Bool, String) -> Void
    private let onWarning: (@Sendable (String) -> Void)?

    // All below is guarded by `lock`.
    private let lock = NativeLock()
    private var link: Link?
    private var pending = RequestQueue<Request>()
    private var isConnecting = false
    private var connectWaiters: [Parker] = []
    private var backoff = Backoff()
    private var everConnected = false
    private var isClosed = false

    /// - Parameters:
    ///   - role: What the connection is for, shown by `CLIENT LIST`.
    ///   - connectTimeout: Milliseconds for one attempt to connect.
    ///   - stallLimit: Milliseconds without any byte, while replies are awaited, after which the connection is given up.
    ///   - onStateChange: Told when a connection is made (true) and broken (false), with words for a log.
    ///   - onWarning: Told at the first connection when the server is set up so that it loses data.
    init(
        address: ServerAddress, role: String, connectTimeout: Int64, stallLimit: Int64,
        onStateChange: @escaping @Sendable (Bool, String) -> Void, onWarning: (@Sendable (String) -> Void)? = nil
    ) {
        self.address = address
        self.role = role
        self.connectTimeout = connectTimeout
        self.stallLimit = stallLimit
        self.onStateChange = onStateChange
        self.onWarning = onWarning
    }

    /// Sends commands and returns their replies, in order. Errors the server answers with are replies, not thrown.
    ///
    /// Throws `connectionLost` or `noReply` when it cannot be known whether the commands ran.
    func execute(_ commands: CommandWriter, patience: Patience) throws(RedisError) -> Replies {
        let request = Request(awaited: commands.commandCount)
        lock.lock()
        let link: Link
        do throws(RedisError) {
            link = try connectedLink(patience)
        } catch {
            lock.unlock()
            throw error
        }
        pending.append(request)
        if link.isWriting {
            link.outgoing.append(commands)
        } else {
            link.isWriting = true
            // Straight from the caller's buffer: alone, its bytes are never copied.
            write(commands, to: link, patience: patience)
            while link.outgoing.count > 0, self.link === link {
                var batch = CommandWriter()
                swap(&batch, &link.outgoing)
                write(batch, to: link, patience: patience)
            }
            link.isWriting = false
        }
        while !request.isDone {
            if !link.isReading, self.link === link {
                read(from: link, for: request, patience: patience)
                if request.isDone { break }
            } else {
                lock.unlock()
                request.park(until: patience.nextLook)
                if request.isDone { return try answer(of: request) }
                lock.lock()
            }
            do throws(RedisError) {
                try checkPatience(of: request, patience)
            } catch {
                leave()
                throw error
            }
        }
        leave()
        return try answer(of: request)
    }

    /// Breaks the connection; callers in progress and later ones get `closed`.
    func close() {
        lock.withLock {
            isClosed = true
            fail(with: RedisError(.closed, "the client was closed"))
            for parker in connectWaiters { parker.unpark() }
        }
    }

    /// Drops the connection, so that the next call makes a new one.
    func reconnect(because reason: RedisError) {
        lock.withLock { fail(with: reason) }
    }

    // MARK: - With the lock held, which they may leave and take again

    /// Leaves the lock. When replies are still awaited and nobody reads, one who waits for them is woken to do it.
    private func leave() {
        let heir = link?.isReading == false ? pending.firstMatch(where: { !$0.abandoned }) : nil
        lock.unlock()
        heir?.unpark()
    }

    /// Gives a request up when its time is over or somebody wants it to end.
    private func checkPatience(of request: Request, _ patience: Patience) throws(RedisError) {
        // Asked without the lock: it may run a function of the host.
        lock.unlock()
        let isStopped = patience.isStopped
        lock.lock()
        let isLate = Instant.now >= patience.deadline
        guard isStopped || isLate, !request.isDone else { return }
        request.abandoned = true
        // Nothing at all has come for so long: the other end is gone without a word, and the next call would fare no better.
        if isLate, let link, link.lastReceived < request.startedAt,
            Instant.now >= request.startedAt.advanced(milliseconds: SharedConnection.deafAfter)
        {
            fail(with: RedisError(.noReply, "\(address.description) has not answered anything since"))
        }
        throw isStopped
            ? RedisError(.cancelled, "cancelled while waiting for an answer of \(address.description)")
            : RedisError(
                .noReply,
                "\(address.description) did not answer in time; it may be overloaded or blocked by a slow command")
    }

    private func answer(of request: Request) throws(RedisError) -> Replies {
        if let failure = request.failure { throw failure }
        return request.replies
    }

    /// Reads once, for all.
    private func read(from link: Link, for caller: Request, patience: Patience) {
        link.isReading = true
        lock.unlock()
        var arrived = Replies()
        var failure: RedisError?
        let started = Instant.now
        do throws(RedisError) {
            let look = min(patience.nextLook, max(link.lastProgress, started).advanced(milliseconds: stallLimit))
            try link.receive(patience: Patience(deadline: look)) { arrived.append($0) }
        } catch {
            failure = error
        }
        lock.lock()
        link.isReading = false
        guard self.link === link else { return }
        deliver(arrived, except: caller)
        if let failure {
            fail(with: failure)
        } else if arrived.isEmpty, !pending.isEmpty,
            Instant.now >= max(link.lastProgress, started).advanced(milliseconds: stallLimit)
        {
            fail(with: RedisError(.noReply, "\(address.description) has not answered anything for \(stallLimit) ms"))
        }
    }

    /// Hands replies to the callers they belong to. Those who sleep are woken after the lock is left: woken under it they would
    /// only run into it, which halves the throughput of many callers.
    private func deliver(_ replies: Replies, except caller: Request?) {
        var finished: [Request] = []
        for reply in replies {
            guard let request = pending.first else { break }
            request.awaited -= 1
            if !request.abandoned { request.replies.append(reply) }
            if request.awaited > 0 { continue }
            pending.removeFirst()
            request.finish()
            if !request.abandoned, request !== caller { finished.append(request) }
        }
        if finished.isEmpty { return }
        lock.unlock()
        for request in finished { request.unpark() }
        lock.lock()
    }

    private func write(_ commands: CommandWriter, to link: Link, patience: Patience) {
        lock.unlock()
        let bytes = commands.bytes
        var sent = 0
        var failure: RedisError?
        let started = Instant.now
        do throws(RedisError) {
            while sent < bytes.count {
                let written = try link.write(bytes, from: sent)
                sent += written
                if written > 0 { continue }
                // The socket is full. The server may itself be waiting for us to take its replies, so read while we wait.
                try makeRoom(on: link, since: started, patience: patience)
            }
        } catch {
            failure = error
        }
        lock.lock()
        if let failure, self.link === link { fail(with: failure) }
    }

    /// Without the lock: waits until the socket takes more, reading meanwhile if nobody else does.
    private func makeRoom(on link: Link, since started: Instant, patience: Patience) throws(RedisError) {
        lock.lock()
        let mayRead = !link.isReading
        if mayRead { link.isReading = true }
        lock.unlock()
        let events = link.transport.writeEvents | (mayRead ? Int16(POLLIN) : 0)
        _ = link.wait(for: events, until: Instant.now.advanced(milliseconds: Patience.slice))
        if mayRead {
            var arrived = Replies()
            var failure: RedisError?
            do throws(RedisError) { try link.drain { arrived.append($0) } } catch { failure = error }
            lock.lock()
            link.isReading = false
            if self.link === link { deliver(arrived, except: nil) }
            lock.unlock()
            if let failure { throw failure }
        }
        // Half a command cannot be taken back: whoever gives up here gives up the connection.
        if patience.isStopped { throw RedisError(.cancelled, "cancelled while sending to \(address.description)") }
        if Instant.now >= max(link.lastProgress, started).advanced(milliseconds: stallLimit) {
            throw RedisError(.noReply, "\(address.description) has not taken anything for \(stallLimit) ms")
        }
    }

    /// Ends the link and everything that awaits an answer on it.
    private func fail(with error: RedisError) {
        guard let link else { return }
        self.link = nil
        link.transport.close()
        while let request = pending.first {
            pending.removeFirst()
            request.failure = error
            request.finish()
            if !request.abandoned { request.unpark() }
        }
        if error.code != .closed { onStateChange(false, error.message) }
    }

    private func connectedLink(_ patience: Patience) throws(RedisError) -> Link {
        if let link { return link }
        // No call sits out a back-off that is longer than itself: each tries once at least.
        let entry = Instant.now
        let longest = entry.advanced(milliseconds: patience.deadline.milliseconds(from: entry) / 4)
        while true {
            if isClosed { throw RedisError(.closed, "the client was closed") }
            if let link { return link }
            let retryAt = min(backoff.notBefore, longest)
            if isConnecting || retryAt > Instant.now {
                try sleepUntilConnected(patience, retryAt: retryAt)
                continue
            }
            isConnecting = true
            // Said once: the setting hardly changes between two connections.
            let onWarning = everConnected ? nil : self.onWarning
            lock.unlock()
            var made: Link?
            var failure: RedisError?
            let attempt = Patience(
                deadline: min(patience.deadline, Instant.now.advanced(milliseconds: connectTimeout)),
                shouldStop: patience.shouldStop)
            do throws(RedisError) {
                made = try Link.establish(address, role: role, patience: attempt, onWarning: onWarning)
            } catch {
                failure = error
            }
            lock.lock()
            isConnecting = false
            for parker in connectWaiters { parker.unpark() }
            connectWaiters.removeAll()
            if let made, !isClosed {
                link = made
                backoff.reset()
                onStateChange(
                    true,
                    everConnected ? "connected again to \(address.description)" : "connected to \(address.description)")
                everConnected = true
            } else if let failure {
                if Instant.now >= backoff.notBefore { backoff.next() }
                // The first contact tells at once that the address or the password is wrong. Later, a server that is gone is
                // expected to come back.
                if !everConnected || failure.code == .cancelled || failure.isFinal || Instant.now >= patience.deadline {
                    throw failure
                }
            }
        }
    }

    private func sleepUntilConnected(_ patience: Patience, retryAt: Instant) throws(RedisError) {
        let parker = Parker()
        connectWaiters.append(parker)
        let retry = isConnecting ? Instant.never : retryAt
        lock.unlock()
        parker.park(until: min(retry, patience.nextLook))
        lock.lock()
        connectWaiters.removeAll { $0 === parker }
        lock.unlock()
        let stopped = patience.isStopped
        lock.lock()
        if stopped { throw RedisError(.cancelled, "cancelled while connecting to \(address.description)") }
        if link == nil, Instant.now >= patience.deadline {
            throw RedisError(.unreachable, "\(address.description) could not be reached again in time")
        }
    }
}

extension RedisError {
    /// Whether connecting again with the same address would fail in the same way.
    var isFinal: Bool {
        switch code {
        case .server: !isTransientServerError
        case .invalidAddress, .closed, .cancelled: true
        default: false
        }
    }

    /// Whether the server's answer is about a state that it is expected to leave by itself.
    public var isTransientServerError: Bool {
        code == .server
            && (["LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY"].contains { serverPrefix == $0 }
                || serverText.contains("max number of clients"))
    }
}
