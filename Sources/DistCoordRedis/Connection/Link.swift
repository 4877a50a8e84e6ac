// One established connection: a transport that has passed its handshake, and the parser of what comes back.

import Glibc
import Synchronization

/// A transport with its reply parser. Reading is done by one thread at a time; so is writing.
final class Link: @unchecked Sendable {
    let transport: any Transport
    let parser = ReplyParser()
    // Guarded by the lock of the connection that owns the link.
    var isReading = false
    var isWriting = false
    var outgoing = CommandWriter()

    private let progress = Atomic(Instant.now.nanoseconds)
    private let received = Atomic(Instant.now.nanoseconds)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    private init(transport: any Transport) {
        self.transport = transport
    }

    deinit {
        transport.close()
        buffer.deallocate()
    }

    /// When bytes last came.
    var lastReceived: Instant { Instant(nanoseconds: received.load(ordering: .relaxed)) }

    /// When bytes last moved in either direction.
    var lastProgress: Instant { Instant(nanoseconds: progress.load(ordering: .relaxed)) }

    private func noteProgress() {
        progress.store(Instant.now.nanoseconds, ordering: .relaxed)
    }

    /// Connects, logs in and selects the database.
    ///
    /// - Parameters:
    ///   - role: What the connection is for, shown by `CLIENT LIST`.
    ///   - onWarning: Told when the server is set up so that it loses data; nil: it is not asked.
    static func establish(
        _ address: ServerAddress, role: String, patience: Patience, onWarning: (@Sendable (String) -> Void)? = nil
    ) throws(RedisError) -> Link {
        let transport = try Transports.connect(
            to: address, deadline: patience.deadline, shouldStop: patience.shouldStop)
        let link = Link(transport: transport)
        let hello = CommandWriter()
        if let password = address.password {
            if let user = address.user, !user.isEmpty {
                hello.command("AUTH", user, password)
            } else {
                hello.command("AUTH", password)
            }
        }
        if address.database != 0 { hello.command("SELECT", String(address.database)) }
        // Last, because its failure (a name with a space in it, an ACL without CLIENT) does no harm.
        hello.command("CLIENT", "SETNAME", address.clientName ?? "distcoord-\(role)\(address.nameSuffix)")
        let mandatory = hello.commandCount - 1
        if onWarning != nil { hello.command("CONFIG", "GET", "maxmemory-policy") }
        let replies = try link.exchange(hello, patience: patience)
        for (index, reply) in replies.enumerated() {
            guard let text = reply.error, index < mandatory || HandshakeError.concernsConnection(text) else { continue }
            throw HandshakeError.translate(text, address: address)
        }
        if let onWarning, address.clientName == nil, let refusal = replies.dropFirst(mandatory).first?.error {
            onWarning(
                "\(address.description) refuses names of connections, so that monitoring takes what this client holds for"
                    + " stale; permit them (ACL: +client|setname): \(refusal)")
        }
        if let onWarning, let policy = replies.last, policy.count == 2, policy.string(at: 1) != "noeviction" {
            onWarning(
                "\(address.description) has maxmemory-policy \(policy.string(at: 1)): when memory is short it deletes locks and jobs; set it to noeviction"
            )
        }
        return link
    }

    /// Sends commands and waits for their replies; for use while no other thread knows the link.
    func exchange(_ commands: CommandWriter, patience: Patience) throws(RedisError) -> [Reply] {
        try send(commands.bytes, patience: patience)
        var replies: [Reply] = []
        while replies.count < commands.commandCount {
            try receive(patience: patience) { replies.append($0) }
            if Instant.now >= patience.deadline, replies.count < commands.commandCount {
                throw RedisError(.noReply, "the server accepted the connection but did not answer in time")
            }
            if patience.isStopped { throw RedisError(.cancelled, "cancelled while connecting") }
        }
        return replies
    }

    /// Writes all bytes, waiting for room.
    func send(_ bytes: UnsafeRawBufferPointer, patience: Patience) throws(RedisError) {
        var sent = 0
        while sent < bytes.count {
            let written = try write(bytes, from: sent)
            sent += written
            if written == 0 { _ = wait(for: transport.writeEvents, until: patience.nextLook) }
            if sent < bytes.count, Instant.now >= patience.deadline {
                throw RedisError(.noReply, "the server does not take what is sent to it")
            }
        }
    }

    /// Writes what fits now.
    func write(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(RedisError) -> Int {
        let written = try transport.write(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        if written > 0 { noteProgress() }
        return written
    }

    /// Waits for input until the deadline (or the next look, or a signal) and hands every whole reply to `deliver`.
    func receive(patience: Patience, _ deliver: (Reply) -> Void) throws(RedisError) {
        // Waiting in the read itself is cheaper than in poll, but only for a fixed time.
        if patience.deadline.milliseconds() >= Patience.slice {
            let count = try transport.readOrWait(into: buffer)
            if count == 0 { return }
            try parse(count, deliver)
            if count < buffer.count, !transport.hasBufferedInput { return }
        } else if !transport.hasBufferedInput, !wait(for: transport.readEvents, until: patience.deadline) {
            return
        }
        try drain(deliver)
    }

    /// Reads what is there and hands every whole reply to `deliver`.
    func drain(_ deliver: (Reply) -> Void) throws(RedisError) {
        while true {
            let count = try transport.read(into: buffer)
            if count == 0 { return }
            try parse(count, deliver)
            // A read that did not fill the buffer has emptied the socket: asking again would cost a system call for nothing.
            if count < buffer.count, !transport.hasBufferedInput { return }
        }
    }

    private func parse(_ count: Int, _ deliver: (Reply) -> Void) throws(RedisError) {
        noteProgress()
        received.store(progress.load(ordering: .relaxed), ordering: .relaxed)
        try parser.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        while let reply = try parser.next() { deliver(reply) }
    }

    /// Sleeps in poll(2); false when the time was over first.
    func wait(for events: Int16, until deadline: Instant) -> Bool {
        var descriptor = pollfd(fd: transport.descriptor, events: events, revents: 0)
        return poll(&descriptor, 1, deadline.pollTimeout()) > 0
    }
}

/// Errors a server may give to a new connection.
enum HandshakeError {
    /// Whether an error answer to a harmless command means that no command will work.
    static func concernsConnection(_ text: String) -> Bool {
        ["NOAUTH", "LOADING", "MASTERDOWN", "WRONGPASS"].contains { text.hasPrefix($0) }
            || text.contains("max number of clients")
    }

    /// The error as this library words it.
    static func translate(_ text: String, address: ServerAddress) -> RedisError {
        let server = address.description
        if text.hasPrefix("WRONGPASS") || text.contains("invalid password") {
            return RedisError(
                .server, "\(server) refuses the user name or password; check the URL or REDIS_PASSWORD",
                serverText: text)
        }
        if text.hasPrefix("NOAUTH") {
            return RedisError(
                .server, "\(server) wants a password; put it into the URL (redis://:password@host) or REDIS_PASSWORD",
                serverText: text)
        }
        if text.contains("without any password configured") {
            return RedisError(.server, "\(server) has no password, but one was given; leave it out", serverText: text)
        }
        return RedisError(.server, "\(server) refuses the connection: \(text)", serverText: text)
    }
}
