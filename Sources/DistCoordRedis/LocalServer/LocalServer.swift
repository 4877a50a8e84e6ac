// The private server behind `local:NAME`: started when first needed, shared by all processes of the user, stopped when idle.
//
// Three file locks (flock) make this safe, whoever is killed whenever:
//   SOCKET.lock       Shared while a client joins, from before it connects until the server has answered it. Exclusive while
//                     one starts the server, and while the watcher looks whether nobody is connected and stops it. So nobody
//                     joins a server that is about to stop, and no two processes start one.
//   DATA/server.lock  Held by the server process for as long as it lives: it is inherited, the kernel gives it back. Two
//                     servers never share a data folder, even where processes disagree about the runtime folder. The file
//                     tells where the server's socket is.
//   DATA/watch.lock   Held by the watcher. Whoever joins and finds it free starts another watcher.

import Glibc

/// Starts and finds private servers.
public enum LocalServer {
    /// Makes sure that the server runs and answers.
    ///
    /// By itself this does not keep the server alive; a connection does. The server stops after `DISTCOORD_LOCAL_IDLE`
    /// seconds (60; 0 for never; as it was in the environment of the process that started it) without any.
    ///
    /// - Returns: The path of its socket.
    public static func ensure(
        name: String, deadline: Instant, shouldStop: StopQuestion?
    ) throws(RedisError) -> String {
        let joined = try join(
            name: name, deadline: deadline, shouldStop: shouldStop, environment: .process)
        Glibc.close(joined.descriptor)
        return joined.socketPath
    }

    /// Connects to the server, starting it if needed.
    ///
    /// - Returns: A non-blocking socket, owned by the caller. The server has seen it, and will not stop while it is open.
    static func connect(name: String, deadline: Instant, shouldStop: StopQuestion?) throws(RedisError) -> Int32 {
        try join(name: name, deadline: deadline, shouldStop: shouldStop, environment: .process)
            .descriptor
    }

    /// The same in an environment of the caller's choice.
    static func join(
        name: String, deadline: Instant, shouldStop: StopQuestion?, environment: LocalServerEnvironment
    ) throws(RedisError) -> JoinedServer {
        let checked = try AddressText.localName(Array(name.utf8)[...])
        let joining = LocalServerJoining(
            name: checked, folders: try LocalServerFolders(name: checked, environment: environment),
            environment: environment,
            attempt: ConnectionAttempt(deadline: deadline, shouldStop: shouldStop))
        return try joining.run()
    }
}

/// Where the variables come from that decide on folders, programs and the idle time.
struct LocalServerEnvironment {
    let variable: (String) -> String?

    /// That of this process.
    static var process: LocalServerEnvironment {
        LocalServerEnvironment { name in getenv(name).map { String(cString: $0) } }
    }
}

/// A connection to a private server.
struct JoinedServer {
    let descriptor: Int32
    let socketPath: String
}

/// One attempt to join, and what it needs on its way.
private struct LocalServerJoining {
    let name: String
    let folders: LocalServerFolders
    let environment: LocalServerEnvironment
    let attempt: ConnectionAttempt

    private enum Start {
        case joined(JoinedServer)
        /// The server for this data folder has its socket somewhere else.
        case elsewhere(String)
        /// A server process has the data folder but does not listen: it is starting or stopping.
        case busy
    }

    func run() throws(RedisError) -> JoinedServer {
        while true {
            if let joined = try join(folders.socketPath) { return joined }
            switch try start() {
            case .joined(let joined): return joined
            case .elsewhere(let path):
                if let joined = try join(path) { return joined }
            case .busy: break
            }
            guard Instant.now < attempt.deadline else { throw lateness() }
            try pause(20)
        }
    }

    // MARK: Joining

    /// Joins the server that listens at a path, if one does.
    private func join(_ path: String) throws(RedisError) -> JoinedServer? {
        guard let lock = try FileLock.open(path + ".lock", creating: path == folders.socketPath) else { return nil }
        try acquire(lock, .shared)
        defer { lock.release() }
        guard let descriptor = try connect(path) else { return nil }
        guard try isReady(descriptor) else {
            Glibc.close(descriptor)
            return nil
        }
        LocalServerProcess.watchIfUnwatched(descriptor, socketPath: path, folders: folders, environment: environment)
        return JoinedServer(descriptor: descriptor, socketPath: path)
    }

    private func connect(_ path: String) throws(RedisError) -> Int32? {
        do throws(ConnectionFailure) {
            return try attempt.connect(toSocketAt: path)
        } catch {
            if error.meansNobodyListens { return nil }
            throw error.redisError(reaching: ServerAddress(endpoint: .local(name: name)))
        }
    }

    /// Waits until the server has answered a PING with something other than that it is still loading its data.
    ///
    /// - Returns: False when it ended the connection instead. Closes the descriptor when it throws.
    private func isReady(_ descriptor: Int32) throws(RedisError) -> Bool {
        do throws(RedisError) {
            while true {
                guard let answer = try ping(descriptor) else { return false }
                if !answer.starts(with: "-LOADING".utf8) { return true }
                try pause(20)
                guard Instant.now < attempt.deadline else { throw lateness() }
            }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// The line that answers a PING, or nil when the connection ended.
    private func ping(_ descriptor: Int32) throws(RedisError) -> [UInt8]? {
        // Fourteen bytes into the empty buffer of a new socket: they fit.
        let command = Array("*1\r\n$4\r\nPING\r\n".utf8)
        let sent = command.withUnsafeBytes { SocketCalls.send(descriptor, $0.baseAddress, $0.count) }
        guard case .moved(command.count) = sent else { return nil }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256)
        while answer.last != UInt8(ascii: "\n"), answer.count < 4_096 {
            switch chunk.withUnsafeMutableBytes({ SocketCalls.receive(descriptor, $0.baseAddress, $0.count) }) {
            case .moved(let count): answer.append(contentsOf: chunk.prefix(count))
            case .ended, .failed: return nil
            case .wouldBlock:
                let isThere = try SocketCalls.wait(
                    descriptor, for: Int16(POLLIN), until: attempt.deadline,
                    shouldStop: attempt.shouldStop)
                guard isThere else { throw lateness() }
            }
        }
        return answer
    }

    // MARK: Starting

    private func start() throws(RedisError) -> Start {
        guard let lock = try FileLock.open(folders.socketPath + ".lock", creating: true) else { return .busy }
        try acquire(lock, .exclusive)
        defer { lock.release() }
        // Somebody else may have started it while this process waited for the lock.
        if let descriptor = try connect(folders.socketPath) {
            guard try isReady(descriptor) else {
                Glibc.close(descriptor)
                return .busy
            }
            return .joined(JoinedServer(descriptor: descriptor, socketPath: folders.socketPath))
        }
        guard let life = try FileLock.open(folders.lifePath, creating: true) else { return .busy }
        guard try life.tryAcquire(.exclusive) else {
            let path = LocalServerRecord.read(folders.lifePath)?.socketPath
            return path.flatMap { $0 == folders.socketPath ? nil : .elsewhere($0) } ?? .busy
        }
        do throws(RedisError) {
            try LocalServerProcess.start(name: name, folders: folders, life: life, environment: environment)
        } catch {
            life.release()
            throw error
        }
        // From here on the server process has the lock; releasing it here would release it there.
        life.forget()
        while true {
            if let descriptor = try connect(folders.socketPath) {
                if try isReady(descriptor) {
                    return .joined(JoinedServer(descriptor: descriptor, socketPath: folders.socketPath))
                }
                Glibc.close(descriptor)
            }
            if try isDead() { throw LocalServerProcess.deathNotice(name: name, folders: folders) }
            guard Instant.now < attempt.deadline else { throw lateness() }
            try pause(5)
        }
    }

    /// Whether no server process has the data folder.
    private func isDead() throws(RedisError) -> Bool {
        guard let life = try FileLock.open(folders.lifePath, creating: false) else { return true }
        let isFree = try life.tryAcquire(.shared)
        life.release()
        return isFree
    }

    // MARK: Waiting

    private func acquire(_ lock: FileLock, _ mode: FileLock.Mode) throws(RedisError) {
        while try !lock.tryAcquire(mode) {
            guard Instant.now < attempt.deadline else { throw lateness() }
            try pause(5)
        }
    }

    private func pause(_ milliseconds: Int64) throws(RedisError) {
        do throws(ConnectionFailure) {
            try attempt.pause(milliseconds: milliseconds)
        } catch {
            throw error.redisError(reaching: ServerAddress(endpoint: .local(name: name)))
        }
    }

    private func lateness() -> RedisError {
        RedisError(
            .unreachable,
            "cannot reach local:\(name): the private server did not answer in time at \(folders.socketPath); see its log,"
                + " \(folders.logPath)")
    }
}
