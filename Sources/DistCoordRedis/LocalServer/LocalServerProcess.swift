// The server process of `local:` and the shell script that watches over it.

import Glibc

/// Starts the processes of a private server.
enum LocalServerProcess {
    /// Starts redis-server together with its watcher. Returns as soon as both are on their way.
    ///
    /// - Parameter life: The lock of the data folder, held exclusively; the server inherits it.
    static func start(
        name: String, folders: LocalServerFolders, life: FileLock, environment: LocalServerEnvironment
    ) throws(RedisError) {
        let programs = Programs(environment)
        guard let server = programs.find("redis-server") ?? programs.find("valkey-server") else {
            throw RedisError(
                .unreachable,
                "cannot reach local:\(name): redis-server was not found in PATH; install redis-server (Debian: apt install redis-server)"
            )
        }
        let record = LocalServerRecord(socketPath: folders.socketPath, idleSeconds: try idleSeconds(environment))
        try SmallFile.write(record.text, to: life.descriptor, path: folders.lifePath)
        try SmallFile.replace(folders.configPath, with: configuration(folders))
        try SmallFile.replace(folders.watchScriptPath, with: watchScript)
        // A new file, so that the lock does not depend on the watcher of an earlier server, which may need a while to notice
        // that its server has ended.
        unlink(folders.watchLockPath)
        guard let watch = try FileLock.open(folders.watchLockPath, creating: true) else { return }
        _ = try watch.tryAcquire(.exclusive)
        try spawnWatcher(
            folders: folders, record: record, life: life, watch: watch, server: [server, folders.configPath],
            environment: programs.minimalEnvironment)
        watch.forget()
    }

    /// Starts another watcher when the server's own has been killed. Does nothing when that is not possible: the server
    /// serves all the same.
    ///
    /// - Parameter connection: A socket connected to the server.
    static func watchIfUnwatched(
        _ connection: Int32, socketPath: String, folders: LocalServerFolders, environment: LocalServerEnvironment
    ) {
        guard let record = LocalServerRecord.read(folders.lifePath), record.socketPath == socketPath,
            record.idleSeconds > 0,
            let process = peerProcess(connection)
        else { return }
        do throws(RedisError) {
            guard let watch = try FileLock.open(folders.watchLockPath, creating: true) else { return }
            guard try watch.tryAcquire(.exclusive) else { return }
            let programs = Programs(environment)
            guard programs.find("flock") != nil else { return }
            try SmallFile.replace(folders.watchScriptPath, with: watchScript)
            try spawnWatcher(
                folders: folders, record: record, life: nil, watch: watch, server: [String(process)],
                environment: programs.minimalEnvironment)
            watch.forget()
        } catch {
            return
        }
    }

    /// Why a server that was just started is no more.
    static func deathNotice(name: String, folders: LocalServerFolders) -> RedisError {
        let lines = SmallFile.read(folders.logPath)?.split(separator: "\n") ?? []
        // Below a fatal configuration error, redis-server repeats the line it does not like; the reason comes last.
        let last = lines.last.map { ": \($0)" } ?? ""
        return RedisError(
            .unreachable,
            "cannot reach local:\(name): redis-server ended at once; its log \(folders.logPath) ends with\(last)")
    }

    private static func idleSeconds(_ environment: LocalServerEnvironment) throws(RedisError) -> Int {
        guard let text = environment.variable("DISTCOORD_LOCAL_IDLE"), !text.isEmpty else { return 60 }
        guard let seconds = AddressText.integer(Array(text.utf8)[...]) else {
            throw AddressText.error("DISTCOORD_LOCAL_IDLE is '\(text)'; expected a number of seconds, 0 for never")
        }
        return seconds
    }

    /// The process at the other end of a unix socket; nil when it is in another process namespace.
    private static func peerProcess(_ connection: Int32) -> Int32? {
        // struct ucred: process, user, group.
        var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, credentials.0 > 0 else {
            return nil
        }
        return credentials.0
    }

    // MARK: Files

    private static func configuration(_ folders: LocalServerFolders) -> String {
        """
        # Written by libdistcoord at each start.
        port 0
        unixsocket \(quoted(folders.socketPath))
        unixsocketperm 700
        dir \(quoted(folders.dataFolder))
        daemonize no
        supervised no
        appendonly yes
        appendfsync everysec
        save ""
        stop-writes-on-bgsave-error no
        maxmemory-policy noeviction

        """
    }

    /// A text as redis.conf wants it.
    private static func quoted(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if AddressText.isNameByte(byte) || byte == UInt8(ascii: "/") {
                result.append(byte)
            } else {
                result.append(contentsOf: [
                    UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
                ])
            }
        }
        result.append(UInt8(ascii: "\""))
        return String(decoding: result, as: UTF8.self)
    }

    // Clients are counted as sockets in the server's descriptor table, of which the listening one is the first: that needs
    // no redis-cli, does not count the watcher itself, and does not hang when the server does. Asking the kernel to list
    // unix sockets would miss clients in other network namespaces.
    private static let watchScript = """
        # Written by libdistcoord. Starts a private redis-server (or takes over one that runs), and stops it when it has had no
        # client for a while.
        #   $1  lock file that joining clients hold
        #   $2  seconds without a client after which to stop; 0 for never
        #   $3  seconds between two looks
        #   $4  process to watch, or redis-server's path
        #   $5  configuration to start redis-server with
        # Descriptor 7 is the lock that the server keeps while it lives, 8 the one that the watcher keeps; no program that is run
        # meanwhile may outlive the watcher with it.
        lock=$1 idle=$2 step=$3

        # When the process was started, which tells it from a later one with the same number. Nothing when it has ended.
        born() {
            { read -r line < "/proc/$pid/stat"; } 2> /dev/null || return 0
            set -- ${line##*) }
            [ "$1" = Z ] || echo "${20}"
        }

        sockets() {
            ls -l "/proc/$pid/fd" 2> /dev/null | grep -c socket:
        }

        watch() {
            if [ -n "$2" ]; then
                "$1" "$2" 8>&- &
                pid=$!
            else
                pid=$1
            fi
            exec 7>&-
            [ "$idle" -gt 0 ] || return 0
            if ! command -v flock > /dev/null; then
                echo "flock(1) was not found: this server will not be stopped when idle; install util-linux" >&2
                return 0
            fi
            exec 9>> "$lock"
            cd /
            birth=$(born)
            quiet=0
            while sleep "$step" 8>&- 9>&- && [ -n "$birth" ] && [ "$(born)" = "$birth" ]; do
                if [ "$(sockets)" != 1 ]; then
                    quiet=0
                    continue
                fi
                quiet=$((quiet + step))
                [ "$quiet" -ge "$idle" ] || continue
                # Somebody who is joining has the lock. Nobody joins while it is held here, until the server is gone.
                flock -n 9 || continue
                if [ "$(sockets)" = 1 ]; then
                    kill "$pid"
                    tries=0
                    while [ "$(born)" = "$birth" ] && [ "$tries" -lt 100 ]; do
                        sleep 0.1 8>&- 9>&-
                        tries=$((tries + 1))
                    done
                fi
                flock -u 9
                quiet=0
            done
        }

        # In the background, and so nobody's child: hosts are not bothered with a process that they did not start.
        watch "$4" "$5" &

        """

    // MARK: Processes

    private static func spawnWatcher(
        folders: LocalServerFolders, record: LocalServerRecord, life: FileLock?, watch: FileLock, server: [String],
        environment: [String]
    ) throws(RedisError) {
        let step = max(1, min(10, record.idleSeconds / 6))
        let arguments =
            ["sh", folders.watchScriptPath, record.socketPath + ".lock", String(record.idleSeconds), String(step)]
            + server
        var inherited = [(descriptor: watch.descriptor, number: Int32(8))]
        if let life { inherited.append((life.descriptor, 7)) }
        truncateIfLong(folders.logPath)
        try DetachedProcess.run(
            "/bin/sh", arguments, environment: environment, logPath: folders.logPath, inherited: inherited)
    }

    /// Keeps the log from growing for ever.
    private static func truncateIfLong(_ path: String) {
        var status = stat()
        if stat(path, &status) == 0, status.st_size > 1_048_576 { truncate(path, 0) }
    }
}
