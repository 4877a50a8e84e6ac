// Starting a process that takes nothing along from its host: no descriptors, no signal settings, no terminal.

import Glibc

/// Processes of their own.
enum DetachedProcess {
    /// Runs a program that puts itself into the background, and waits until it has.
    ///
    /// - Parameters:
    ///   - path: The program.
    ///   - arguments: Its arguments, beginning with its name.
    ///   - environment: Its whole environment.
    ///   - logPath: Where its output goes.
    ///   - inherited: Descriptors (of at least 10) to hand over, and their numbers in the program.
    static func run(
        _ path: String, _ arguments: [String], environment: [String], logPath: String,
        inherited: [(descriptor: Int32, number: Int32)]
    ) throws(RedisError) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { throw failure(path, ENOMEM) }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { throw failure(path, ENOMEM) }
        defer { posix_spawnattr_destroy(&attributes) }

        // Hosts in C often open descriptors without close-on-exec. In the server they would keep alive what they belong to,
        // and sockets among them would look like clients.
        let kept = inherited.map(\.descriptor)
        for descriptor in numbers(in: "/proc/self/fd") where descriptor > 2 && !kept.contains(descriptor) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for (descriptor, number) in inherited {
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }

        // A session of its own keeps Ctrl-C and hang-ups of the host's terminal away. The calling thread may have blocked all
        // signals, and the host may ignore some; the server must hear SIGTERM.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID, which Swift does not import; the same number in glibc and musl.
        let newSession: Int32 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | newSession))

        var process = pid_t()
        let number = withStrings(arguments) { arguments in
            withStrings(environment) { environment in
                posix_spawn(&process, path, &actions, &attributes, arguments, environment)
            }
        }
        guard number == 0 else { throw failure(path, number) }
        // Fails when the host ignores SIGCHLD or waits for all children in another thread: then it is not ours to collect.
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    private static func failure(_ path: String, _ number: Int32) -> RedisError {
        RedisError(.system, "cannot run \(path): \(TransportError.reason(number)); raise the process limit (ulimit -u)")
    }

    private static func withStrings(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        guard copies.allSatisfy({ $0 != nil }) else { return ENOMEM }
        return body(copies + [nil])
    }

    /// The entries of a folder (such as /proc/self/fd) that are numbers.
    static func numbers(in path: String) -> [Int32] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var result: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { result.append(number) }
        }
        return result
    }
}

/// Programs of this machine, found through an environment.
struct Programs {
    private let environment: LocalServerEnvironment
    private let searchPath: [String]

    init(_ environment: LocalServerEnvironment) {
        self.environment = environment
        var folders = (environment.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(
            String.init
        )
        .filter { $0.utf8.first == UInt8(ascii: "/") }
        // Where systems keep servers, which the PATH of users often leaves out.
        for folder in ["/usr/local/sbin", "/usr/sbin"] where !folders.contains(folder) { folders.append(folder) }
        searchPath = folders
    }

    /// The path of a program, or nil.
    func find(_ name: String) -> String? {
        searchPath.lazy.map { "\($0)/\(name)" }.first { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
        }
    }

    /// Only what programs need to be found and loaded: a library that the host has preloaded has no business in the server.
    var minimalEnvironment: [String] {
        var result = ["PATH=\(searchPath.joined(separator: ":"))", "LC_ALL=C"]
        for name in ["HOME", "LD_LIBRARY_PATH"] {
            if let value = environment.variable(name) { result.append("\(name)=\(value)") }
        }
        return result
    }
}
