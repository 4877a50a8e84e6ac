// The client as the faces see it: settings that survive a fork, and the session of the present process.

import DistCoordRedis
import Synchronization

/// One namespace on one server.
public final class Client: Sendable {
    public let options: ClientOptions
    /// The URL in use, without password.
    public let url: String
    private let address: ServerAddress
    private let identity: ClientIdentity
    /// One client for each server of a quorum; none for a single server.
    let members: [Client]
    /// How many members must agree.
    private let required: Int
    // The present session, retained. Sessions of earlier processes are never released: releasing would close sockets that
    // belong to the parent as well, and take locks which one of its threads may have held during the fork.
    // (Unsafe only to the compiler: the pointer is to a Sendable object.)
    private nonisolated(unsafe) let current: Atomic<UnsafeMutableRawPointer>

    /// Makes a client; nothing is sent.
    ///
    /// - Parameter url: See include/distcoord/client.h; nil for the environment's.
    public convenience init(url: String?, options: ClientOptions) throws(CoordinationError) {
        try Names.check(options.namespace, what: "namespace", limit: 128)
        try Names.check(options.label, what: "label", limit: 128)
        let addresses = try translating { () throws(RedisError) in
            try ServerAddresses.resolve(url).with(user: options.user, password: options.password)
        }
        try self.init(addresses, options: options, identity: ClientIdentity())
    }

    private init(
        _ addresses: ServerAddresses, options: ClientOptions, identity: ClientIdentity
    ) throws(CoordinationError) {
        self.options = options
        self.identity = identity
        url = addresses.description
        address = addresses.first
        var members: [Client] = []
        if addresses.isQuorum {
            for member in addresses.members {
                members.append(
                    try Client(
                        ServerAddresses(members: [member]), options: Quorum.memberOptions(options), identity: identity))
            }
            required = try Quorum.required(of: members.count, minimum: options.minimumNodes)
        } else {
            required = 1
        }
        self.members = members
        let quorum = addresses.isQuorum ? Quorum(members: members, required: required) : nil
        let session = Session(id: identity.present, address: address, options: options, quorum: quorum)
        current = Atomic(Unmanaged.passRetained(session).toOpaque())
    }

    deinit {
        let session = Unmanaged<Session>.fromOpaque(current.load(ordering: .acquiring))
        guard session.takeUnretainedValue().generation == ForkGuard.generation else { return }
        let last = session.takeRetainedValue()
        // Not told and not waited for: whoever wants the server to know closes before freeing.
        last.abandon()
        last.quorum?.crew.close()
    }

    /// The session of this process; a forked child gets its own at the first call.
    var session: Session {
        let session = Unmanaged<Session>.fromOpaque(current.load(ordering: .acquiring)).takeUnretainedValue()
        if session.generation == ForkGuard.generation { return session }
        let id = identity.present
        return ForkGuard.withLock {
            let present = Unmanaged<Session>.fromOpaque(current.load(ordering: .acquiring)).takeUnretainedValue()
            if present.generation == ForkGuard.generation { return present }
            var options = options
            if options.label == ProcessEnvironment.defaultLabel(pid: present.pid) {
                options.label = ProcessEnvironment.defaultLabel
            }
            let quorum = members.isEmpty ? nil : Quorum(members: members, required: required)
            let made = Session(id: id, address: address, options: options, quorum: quorum)
            current.store(Unmanaged.passRetained(made).toOpaque(), ordering: .releasing)
            return made
        }
    }

    /// Fails when the client was closed.
    func checkOpen() throws(CoordinationError) {
        try session.checkOpen()
    }

    /// The session, unless the client was closed.
    func openSession() throws(CoordinationError) -> Session {
        let session = session
        try session.checkOpen()
        return session
    }

    /// Under this the server knows the client in this process.
    public var id: String { session.id }

    /// One round trip; its microseconds.
    ///
    /// Of a quorum: until as many servers as are required have answered.
    public func ping() throws(CoordinationError) -> Int64 {
        let session = try openSession()
        if let quorum = session.quorum { return try quorum.ping(session) }
        let scope = CancelScope()
        let wait = Wait(session, scope: scope, milliseconds: 0)
        defer { wait.end() }
        let started = Instant.now
        let replies: Replies
        do throws(RedisError) {
            replies = try session.redis.commands(patience: wait.patience) { $0.command("PING") }
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { throw CoordinationError(reason, error.message) }
            throw CoordinationError(error)
        }
        if let text = replies.first?.error {
            throw CoordinationError(session.redis.serverError(text, doing: "PING"))
        }
        return (Instant.now.nanoseconds &- started.nanoseconds) / 1_000
    }

    /// Ends every wait in progress.
    public func cancelWaits() {
        session.cancelScope.cancel()
    }

    /// Ends waits, gives back what is held, and closes.
    public func close() throws(CoordinationError) {
        let session = session
        try session.close()
        try session.quorum?.close(session)
    }
}
