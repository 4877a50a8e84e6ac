// Where a private server has its socket and its data.

import Glibc

/// The folders and files of one private server.
struct LocalServerFolders {
    /// The socket, in the runtime folder: $XDG_RUNTIME_DIR/distcoord or /tmp/distcoord-UID.
    let socketPath: String
    /// The data: $XDG_DATA_HOME/distcoord/NAME, ~/.local/share/distcoord/NAME, or without a home NAME.data beside the socket.
    let dataFolder: String

    var lifePath: String { dataFolder + "/server.lock" }
    var watchLockPath: String { dataFolder + "/watch.lock" }
    var watchScriptPath: String { dataFolder + "/watch.sh" }
    var configPath: String { dataFolder + "/redis.conf" }
    var logPath: String { dataFolder + "/server.log" }

    /// Works out the folders and makes those that are missing.
    init(name: String, environment: LocalServerEnvironment) throws(RedisError) {
        // The base folder specification says to ignore relative paths.
        func folder(_ variable: String) -> String? {
            environment.variable(variable).flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
        }
        var runtime = "/tmp/distcoord-\(geteuid())"
        // After su or sudo the variable may still name the folder of the other user.
        if let base = folder("XDG_RUNTIME_DIR"), FolderState(base) == .ours { runtime = base + "/distcoord" }
        try LocalServerFolders.makePrivate(runtime)
        socketPath = "\(runtime)/\(name).sock"
        guard socketPath.utf8.count <= ServerAddress.longestSocketPath else {
            throw RedisError(
                .invalidAddress,
                "the socket's path '\(socketPath)' is longer than the \(ServerAddress.longestSocketPath) bytes the system allows;"
                    + " shorten XDG_RUNTIME_DIR or the name")
        }
        if let base = folder("XDG_DATA_HOME") ?? folder("HOME").map({ $0 + "/.local/share" }) {
            dataFolder = "\(base)/distcoord/\(name)"
        } else {
            dataFolder = "\(runtime)/\(name).data"
        }
        try LocalServerFolders.makeWithParents(dataFolder)
        guard FolderState(dataFolder) != .foreign else {
            throw RedisError(
                .system, "the folder '\(dataFolder)' belongs to another user; set XDG_DATA_HOME to one of your own")
        }
    }

    private enum FolderState {
        case missing, ours, foreign

        init(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else {
                self = .missing
                return
            }
            self = status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() ? .ours : .foreign
        }
    }

    /// Makes a folder that only this user can enter, and refuses one that somebody else has put there: in /tmp anybody could.
    private static func makePrivate(_ path: String) throws(RedisError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw cannotMake(path, errno, "XDG_RUNTIME_DIR") }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw cannotMake(path, errno, "XDG_RUNTIME_DIR") }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
            throw RedisError(
                .system,
                "'\(path)' is not a folder of this user, so a server in it could be anybody's; remove it or set XDG_RUNTIME_DIR"
            )
        }
        guard status.st_mode & 0o077 == 0 else {
            throw RedisError(.system, "the folder '\(path)' is open to other users; run chmod 700 on it")
        }
    }

    private static func makeWithParents(_ path: String) throws(RedisError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else {
            throw cannotMake(path, errno, "XDG_DATA_HOME")
        }
        try makeWithParents(String(path[..<slash]))
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw cannotMake(path, errno, "XDG_DATA_HOME") }
    }

    private static func cannotMake(_ path: String, _ number: Int32, _ variable: String) -> RedisError {
        RedisError(
            .system,
            "cannot make the folder '\(path)': \(TransportError.reason(number)); set \(variable) to a folder of your own"
        )
    }
}

/// What a server's lock file says about it: its socket and after how many idle seconds it is stopped.
struct LocalServerRecord {
    let socketPath: String
    let idleSeconds: Int

    var text: String { "\(socketPath)\n\(idleSeconds)\n" }

    init(socketPath: String, idleSeconds: Int) {
        self.socketPath = socketPath
        self.idleSeconds = idleSeconds
    }

    /// Nil for a file that is missing or not (yet) whole.
    static func read(_ path: String) -> LocalServerRecord? {
        guard let text = SmallFile.read(path) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, let socketPath = lines.first,
            let idleSeconds = lines.dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return LocalServerRecord(socketPath: String(socketPath), idleSeconds: idleSeconds)
    }
}

/// Files that fit into memory.
enum SmallFile {
    /// The last 64 KiB of a file; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        lseek(descriptor, max(0, lseek(descriptor, 0, SEEK_END) - buffer.count), SEEK_SET)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Puts a text in place of an open file's content.
    static func write(_ text: String, to descriptor: Int32, path: String) throws(RedisError) {
        let bytes = Array(text.utf8)
        var written = ftruncate(descriptor, 0) == 0 ? 0 : -1
        if written == 0 { written = pwrite(descriptor, bytes, bytes.count, 0) }
        guard written == bytes.count else {
            throw RedisError(.system, "cannot write '\(path)': \(TransportError.reason(written < 0 ? errno : ENOSPC))")
        }
    }

    /// Replaces a file as a whole: nobody ever reads half of it.
    static func replace(_ path: String, with text: String) throws(RedisError) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw RedisError(.system, "cannot write '\(temporary)': \(TransportError.reason(errno))")
        }
        defer { close(descriptor) }
        try write(text, to: descriptor, path: temporary)
        guard rename(temporary, path) == 0 else {
            throw RedisError(.system, "cannot write '\(path)': \(TransportError.reason(errno))")
        }
    }
}
