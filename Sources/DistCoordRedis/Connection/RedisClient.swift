// Commands and scripts for the floors above: resent when an answer was lost, retried while the server is in a passing state.

/// A server, reached over as few connections as do no harm to each other.
public final class RedisClient: Sendable {
    /// Settings of a client.
    public struct Settings: Sendable {
        public var connectTimeout: Int64 = 5_000
        public var commandTimeout: Int64 = 10_000
        /// Told of connections made (true) and lost (false).
        public var onStateChange: @Sendable (Bool, String) -> Void = { _, _ in }
        /// Told when the server is set up so that it loses data; nil: it is not asked.
        public var onWarning: (@Sendable (String) -> Void)?

        public init() {}
    }

    public let address: ServerAddress
    public let settings: Settings
    private let main: SharedConnection
    /// Large requests travel apart, so that no lease renewal waits behind a payload of 64 MiB.
    private let bulk: SharedConnection
    private let writers = Guarded<[CommandWriter]>([])

    /// Requests above this many bytes take the bulk connection.
    public static let bulkThreshold = 64 * 1024

    public init(address: ServerAddress, settings: Settings) {
        self.address = address
        self.settings = settings
        main = SharedConnection(
            address: address, role: "main", connectTimeout: settings.connectTimeout,
            stallLimit: settings.commandTimeout,
            onStateChange: settings.onStateChange, onWarning: settings.onWarning)
        bulk = SharedConnection(
            address: address, role: "bulk", connectTimeout: settings.connectTimeout,
            stallLimit: settings.commandTimeout,
            onStateChange: { _, _ in })
    }

    /// Patience for one operation: the command timeout, and a reason to stop before.
    public func patience(shouldStop: (@Sendable () -> Bool)? = nil) -> Patience {
        Patience(deadline: Instant.now.advanced(milliseconds: settings.commandTimeout), shouldStop: shouldStop)
    }

    /// Runs a script. It must be safe to run twice: after a lost answer it is sent again, with `isResent` true.
    ///
    /// - Returns: The reply; an error of the script is thrown.
    public func run(_ call: ScriptCall, patience: Patience) throws(RedisError) -> Reply {
        let replies = try run(CollectionOfOne(call), patience: patience)
        guard let reply = replies.first else { throw RedisError(.system, "a reply is missing") }
        if let text = reply.error { throw serverError(text, doing: call.script.name) }
        return reply
    }

    /// Runs a script whose arguments need not outlive the call: payloads go from the caller's memory to the buffer that is sent.
    ///
    /// - Parameters:
    ///   - argumentCount: How many arguments `arguments` writes, no more and no fewer.
    ///   - expectsMuch: The reply is large; it comes over the bulk connection.
    ///   - arguments: Writes them; asked again when the call is sent again, then with true.
    public func run(
        _ script: Script, keys: [String], argumentCount: Int, patience: Patience, expectsMuch: Bool = false,
        arguments: (CommandWriter, _ isResent: Bool) -> Void
    ) throws(RedisError) -> Reply {
        let replies = try retrying(patience) { (isResent) throws(RedisError) in
            func send(bySource: Bool) throws(RedisError) -> Replies {
                try self.send(patience, expectsMuch: expectsMuch) { writer in
                    script.begin(writer, keys: keys, argumentCount: argumentCount, bySource: bySource)
                    arguments(writer, isResent)
                }
            }
            let replies = try send(bySource: false)
            return replies.first?.error?.hasPrefix("NOSCRIPT") == true ? try send(bySource: true) : replies
        }
        guard let reply = replies.first else { throw RedisError(.system, "a reply is missing") }
        if let text = reply.error { throw serverError(text, doing: script.name) }
        return reply
    }

    /// Runs scripts in one round trip. Error answers of single scripts are among the replies.
    public func run(
        _ calls: some RandomAccessCollection<ScriptCall>, patience: Patience
    ) throws(RedisError) -> Replies {
        try retrying(patience) { (isResent) throws(RedisError) in
            var replies = try self.send(patience) { writer in
                for call in calls { call.write(to: writer, bySource: false, isResent: isResent) }
            }
            // A script the server does not have (restarted, SCRIPT FLUSH) is sent in full once, which also makes it known again.
            for (index, reply) in replies.enumerated() where reply.error?.hasPrefix("NOSCRIPT") == true {
                let call = calls[calls.index(calls.startIndex, offsetBy: index)]
                let again = try self.send(patience) { call.write(to: $0, bySource: true, isResent: isResent) }
                if let first = again.first { replies[index] = first }
            }
            return replies
        }
    }

    /// Runs commands that may safely run twice, in one round trip. Error answers are among the replies.
    ///
    /// - Parameter expectsMuch: The replies are large; they come over the bulk connection.
    public func commands(
        patience: Patience, expectsMuch: Bool = false, _ write: (CommandWriter) -> Void
    ) throws(RedisError) -> Replies {
        try retrying(patience) { (_) throws(RedisError) in try self.send(patience, expectsMuch: expectsMuch, write) }
    }

    /// Drops the connections, which a caller has found to be dead, so that the next call makes new ones.
    public func reconnect(because reason: RedisError) {
        main.reconnect(because: reason)
        bulk.reconnect(because: reason)
    }

    /// Closes the connections.
    public func close() {
        main.close()
        bulk.close()
    }

    /// An error answer as an error of this floor.
    public func serverError(_ text: String, doing what: String) -> RedisError {
        let server = address.description
        if text.hasPrefix("OOM") {
            return RedisError(.server, "\(server) is full; raise its maxmemory, or free some of it", serverText: text)
        }
        if text.hasPrefix("NOPERM") {
            return RedisError(
                .server,
                "\(server) does not permit \(what); the user needs scripts, the keys dc:* and the channels dc:*",
                serverText: text)
        }
        return RedisError(.server, "\(server) answered \(what) with: \(text)", serverText: text)
    }

    private func send(
        _ patience: Patience, expectsMuch: Bool = false, _ write: (CommandWriter) -> Void
    ) throws(RedisError) -> Replies {
        let writer = writers.withLock { $0.popLast() } ?? CommandWriter()
        write(writer)
        let lane = expectsMuch || writer.count > RedisClient.bulkThreshold ? bulk : main
        defer {
            writer.removeAll()
            writers.withLock { if $0.count < 32 { $0.append(writer) } }
        }
        return try lane.execute(writer, patience: patience)
    }

    private func retrying(
        _ patience: Patience, _ body: (_ isResent: Bool) throws(RedisError) -> Replies
    ) throws(RedisError) -> Replies {
        var isResent = false
        var backoff = Backoff()
        while true {
            var failure: RedisError
            do throws(RedisError) {
                let replies = try body(isResent)
                guard let text = replies.first?.error else { return replies }
                failure = serverError(text, doing: "a command")
                guard failure.isTransientServerError else { return replies }
                // After a failover the old master answers READONLY until somebody connects anew.
                if failure.serverPrefix == "READONLY" { main.reconnect(because: failure) }
                if Instant.now >= patience.deadline { return replies }
            } catch {
                failure = error
                // Only when an answer was lost may the command have run.
                if error.code == .connectionLost || error.code == .noReply { isResent = true }
                // A server that cannot be reached is not tried again here: the connection has done so for as long as it helps.
                let mayPass = error.code == .connectionLost || error.code == .noReply || error.isTransientServerError
                guard mayPass, Instant.now < patience.deadline else { throw error }
                if error.code == .connectionLost { continue }
            }
            backoff.next()
            let parker = Parker()
            while Instant.now < min(backoff.notBefore, patience.deadline) {
                parker.park(until: min(backoff.notBefore, patience.nextLook))
                if patience.isStopped { throw RedisError(.cancelled, "cancelled: \(failure.message)") }
            }
        }
    }
}
