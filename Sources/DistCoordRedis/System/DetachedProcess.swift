// Starting a process that takes nothing along from its host: no descriptors, no signal settings, no terminal.

import CLinux
import Glibc

/// Processes of their own.
public enum DetachedProcess {
    /// Starts with the given actions, attributes, arguments and environment; returns an errno number.
    typealias Start = (
        UnsafePointer<posix_spawn_file_actions_t>, UnsafePointer<posix_spawnattr_t>, [UnsafeMutablePointer<CChar>?],
        [UnsafeMutablePointer<CChar>?]
    ) -> Int32

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
        var process = pid_t()
        let number = withSettings(arguments, environment, output: logPath, inherited) {
            posix_spawn(&process, path, $0, $1, $2, $3)
        }
        guard number == 0 else { throw failure(path, number) }
        // Fails when the host ignores SIGCHLD or waits for all children in another thread: then it is not ours to
        // collect.
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Starts a program that is nobody's child: a host that waits for all its children neither sees nor awaits it.
    ///
    /// - Parameters:
    ///   - arguments: The program, looked for on PATH, and its arguments.
    ///   - environment: Its whole environment.
    /// - Returns: Its process number.
    public static func startOrphan(_ arguments: [String], environment: [String]) throws(RedisError) -> Int32 {
        guard let program = arguments.first else { throw failure("a program without a name", ENOENT) }
        var process = pid_t()
        let number = withSettings(arguments, environment, output: "/dev/null", []) {
            clinux_spawn_orphan(&process, program, $0, $1, $2, $3)
        }
        guard number == 0 else { throw failure(program, number) }
        return process
    }

    /// The environment of this process, as posix_spawn wants it.
    public static var environment: [String] {
        var result: [String] = []
        var entry = clinux_environment()
        while let text = entry?.pointee {
            result.append(String(cString: text))
            entry = entry?.successor()
        }
        return result
    }

    /// Runs `start` with what both ways of starting have in common; an errno number when that cannot be had.
    static func withSettings(
        _ arguments: [String], _ environment: [String], output: String,
        _ inherited: [(descriptor: Int32, number: Int32)], _ start: Start
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { return ENOMEM }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { return ENOMEM }
        defer { posix_spawnattr_destroy(&attributes) }

        // Hosts in C often open descriptors without close-on-exec. In the program they would keep alive what they
        // belong to, and sockets among them would look like clients.
        let kept = inherited.map(\.descriptor)
        for descriptor in numbers(in: "/proc/self/fd") where descriptor > 2 && !kept.contains(descriptor) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for (descriptor, number) in inherited {
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }

        // A session of its own keeps Ctrl-C and hang-ups of the host's terminal away. The calling thread may have
        // blocked all signals, and the host may ignore some; the program must hear SIGTERM.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID, which Swift does not import; the same number in glibc and musl.
        let newSession: Int32 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | newSession))

        return withStrings(arguments) { arguments in
            withStrings(environment) { environment in
                start(&actions, &attributes, arguments, environment)
            }
        }
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
