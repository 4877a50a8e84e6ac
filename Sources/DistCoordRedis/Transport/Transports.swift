// From an address to a transport.

import Glibc

/// Makes transports.
public enum Transports {
    /// Connects, and for TLS shakes hands.
    ///
    /// Blocks until connected or the deadline. Looking up a host name is the exception: getaddrinfo cannot be interrupted
    /// and keeps its own time, in the worst case that of the system's resolver (see resolv.conf). IP addresses are not
    /// looked up.
    ///
    /// - Parameters:
    ///   - address: Where to.
    ///   - deadline: When to give up.
    ///   - shouldStop: Becomes readable to give up at once, which throws `cancelled`; -1 for none.
    /// - Throws: `unreachable`, `cancelled`, `system`, or `invalidAddress` when a file that the address names is of no use.
    public static func connect(
        to address: ServerAddress, deadline: Instant, shouldStop: StopQuestion?
    ) throws(RedisError) -> any Transport {
        let attempt = ConnectionAttempt(deadline: deadline, shouldStop: shouldStop)
        switch address.endpoint {
        case .local(let name):
            return SocketTransport(
                descriptor: try LocalServer.connect(
                    name: name, deadline: deadline, shouldStop: shouldStop))
        case .unix(let path):
            do throws(ConnectionFailure) {
                return SocketTransport(descriptor: try attempt.connect(toSocketAt: path))
            } catch {
                throw error.redisError(reaching: address)
            }
        case .tcp(let host, let port):
            let descriptor: Int32
            do throws(ConnectionFailure) {
                descriptor = try attempt.connect(toHost: host, port: port)
            } catch {
                throw error.redisError(reaching: address)
            }
            guard let settings = address.tls else { return SocketTransport(descriptor: descriptor) }
            let transport = try TLSTransport(
                descriptor: descriptor, host: host, settings: settings, serverDescription: address.description)
            try transport.handshake(deadline: deadline, shouldStop: shouldStop)
            return transport
        }
    }
}

/// Why a socket could not be connected.
enum ConnectionFailure: Error {
    /// With this errno.
    case system(Int32)
    /// getaddrinfo's text.
    case unknownHost(String)
    case timedOut
    /// An error that is not about the server.
    case other(RedisError)

    /// Whether nobody listens at a unix socket's path.
    var meansNobodyListens: Bool {
        if case .system(let number) = self { number == ECONNREFUSED || number == ENOENT } else { false }
    }

    func redisError(reaching address: ServerAddress) -> RedisError {
        let server = address.description
        switch self {
        case .timedOut:
            return RedisError(
                .unreachable,
                "cannot reach \(server): no answer in time; check host, port and firewalls in DISTCOORD_URL or REDIS_URL"
            )
        case .unknownHost(let text):
            return RedisError(
                .unreachable,
                "cannot reach \(server): cannot look up the host: \(text); check DISTCOORD_URL or REDIS_URL")
        case .system(let number):
            let reason = TransportError.reason(number)
            switch number {
            case EMFILE, ENFILE, ENOMEM, ENOBUFS:
                return RedisError(
                    .system, "cannot open a socket: \(reason); raise the limit (ulimit -n) or close something")
            case EACCES, EPERM:
                return RedisError(
                    .unreachable, "cannot reach \(server): \(reason); check the permissions of the socket, or firewalls"
                )
            default:
                return RedisError(
                    .unreachable,
                    "cannot reach \(server): \(reason); set DISTCOORD_URL or REDIS_URL, or start redis-server")
            }
        case .other(let error):
            return error
        }
    }
}

/// The making of one connected non-blocking socket.
struct ConnectionAttempt {
    let deadline: Instant
    let shouldStop: StopQuestion?

    /// Connects to a unix socket.
    ///
    /// A full backlog makes connect(2) fail at once for unix sockets, without anything to poll for: that is tried again
    /// until the deadline.
    func connect(toSocketAt path: String) throws(ConnectionFailure) -> Int32 {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: target.sun_path) else { throw .system(ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: bytes) }
        while true {
            do throws(ConnectionFailure) {
                return try withUnsafeBytes(of: &target) { bytes throws(ConnectionFailure) in
                    try connect(family: AF_UNIX, bytes, until: deadline)
                }
            } catch {
                guard case .system(EAGAIN) = error else { throw error }
                guard Instant.now < deadline else { throw .timedOut }
                try pause(milliseconds: 10)
            }
        }
    }

    /// Connects to the first of the host's addresses that answers.
    func connect(toHost host: String, port: UInt16) throws(ConnectionFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &list)
        guard failure == 0, let first = list else {
            if failure == EAI_SYSTEM { throw .system(errno) }
            throw .unknownHost(gai_strerror(failure).map { String(cString: $0) } ?? "error \(failure)")
        }
        defer { freeaddrinfo(first) }

        var entries: [UnsafeMutablePointer<addrinfo>] = []
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next {
            entries.append(entry)
            next = entry.pointee.ai_next
        }
        var lastFailure = ConnectionFailure.unknownHost("it has no address")
        for (index, entry) in entries.enumerated() {
            guard let target = entry.pointee.ai_addr else { continue }
            // An address that swallows packets gets its share of the time, not what the others need.
            let share = deadline == .never ? Int64.max : deadline.milliseconds() / Int64(entries.count - index)
            let end = index == entries.count - 1 ? deadline : min(deadline, Instant.now.advanced(milliseconds: share))
            do throws(ConnectionFailure) {
                let bytes = UnsafeRawBufferPointer(start: target, count: Int(entry.pointee.ai_addrlen))
                let descriptor = try connect(family: entry.pointee.ai_family, bytes, until: end)
                keepAlive(descriptor)
                return descriptor
            } catch {
                if case .other = error { throw error }
                lastFailure = error
            }
        }
        throw lastFailure
    }

    private func connect(
        family: Int32, _ target: UnsafeRawBufferPointer, until end: Instant
    ) throws(ConnectionFailure) -> Int32 {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(family, Int32(type), 0)
        guard descriptor >= 0 else { throw .system(errno) }
        do throws(ConnectionFailure) {
            try connect(descriptor, target, until: end)
            return descriptor
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private func connect(
        _ descriptor: Int32, _ target: UnsafeRawBufferPointer, until end: Instant
    ) throws(ConnectionFailure) {
        guard let address = target.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { throw .system(EINVAL) }
        if Glibc.connect(descriptor, address, socklen_t(target.count)) == 0 { return }
        let number = errno
        // An interrupted connect goes on in the background, like one that would block.
        guard number == EINPROGRESS || number == EINTR else { throw .system(number) }
        guard try wait(descriptor, for: Int16(POLLOUT), until: end) else { throw .timedOut }
        var outcome: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size) == 0 else { throw .system(errno) }
        guard outcome == 0 else { throw .system(outcome) }
    }

    private func wait(_ descriptor: Int32, for events: Int16, until end: Instant) throws(ConnectionFailure) -> Bool {
        do throws(RedisError) {
            return try SocketCalls.wait(descriptor, for: events, until: end, shouldStop: shouldStop)
        } catch {
            throw .other(error)
        }
    }

    /// Sleeps, but not beyond the deadline, nor when interrupted.
    func pause(milliseconds: Int64) throws(ConnectionFailure) {
        _ = try wait(-1, for: 0, until: min(deadline, Instant.now.advanced(milliseconds: milliseconds)))
    }

    /// Small commands go out at once, and a peer that vanished without a word is noticed after half a minute, whether
    /// something was being sent to it (user timeout) or not (keep-alive).
    private func keepAlive(_ descriptor: Int32) {
        let tcp = Int32(IPPROTO_TCP)
        SocketCalls.set(descriptor, level: tcp, option: TCP_NODELAY, to: 1)
        SocketCalls.set(descriptor, level: SOL_SOCKET, option: SO_KEEPALIVE, to: 1)
        SocketCalls.set(descriptor, level: tcp, option: TCP_KEEPIDLE, to: 15)
        SocketCalls.set(descriptor, level: tcp, option: TCP_KEEPINTVL, to: 5)
        SocketCalls.set(descriptor, level: tcp, option: TCP_KEEPCNT, to: 3)
        SocketCalls.set(descriptor, level: tcp, option: TCP_USER_TIMEOUT, to: 30_000)
    }
}
