// A child process: how it is started, and how all that came of it is reached by a signal.

import CLinux
import Glibc
import Synchronization

/// Why a command could not be started, with the status that shells give for it.
struct SpawnFailure: Error {
    let message: String
    let status: Int32
}

struct ChildProcess {
    let pid: pid_t
    /// False when the child shares our group, which the terminal has in its foreground.
    let hasOwnGroup: Bool

    /// What the child gets as its standard descriptors; nothing means ours.
    struct Streams {
        var input: Int32?
        var output: Int32?
        var error: Int32?
    }

    /// Whether this process belongs to the foreground of its terminal. A child must stay in that group then: in one of
    /// its own the terminal would stop it as soon as it reads, if only a password.
    static var isInForeground: Bool {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return false }
        defer { close(terminal) }
        return tcgetpgrp(terminal) == getpgrp()
    }

    /// Starts a command, found by PATH, without a shell; in a directory, which is there, or in ours.
    static func start(
        _ command: [String], environment: [String], directory: String? = nil, streams: Streams = Streams(),
        ownGroup: Bool, signals: Signals
    ) throws(SpawnFailure) -> ChildProcess {
        guard let program = command.first, !program.isEmpty else {
            throw SpawnFailure(message: "no command was given", status: ExitStatus.usage)
        }
        if (command + environment).contains(where: { $0.utf8.contains(0) }) {
            throw SpawnFailure(message: "an argument contains a NUL character", status: ExitStatus.usage)
        }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (source, target) in [
            (streams.input, STDIN_FILENO), (streams.output, STDOUT_FILENO), (streams.error, STDERR_FILENO),
        ] {
            if let source { posix_spawn_file_actions_adddup2(&actions, source, target) }
        }

        if let directory { _ = clinux_add_directory(&actions, directory) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var flags = Int32(POSIX_SPAWN_SETSIGMASK)
        var mask = signals.originalMask
        posix_spawnattr_setsigmask(&attributes, &mask)
        if ownGroup {
            flags |= Int32(POSIX_SPAWN_SETPGROUP)
            posix_spawnattr_setpgroup(&attributes, 0)
            // Out of the terminal's reach it has no reason to ignore what a shell has background commands ignore, and
            // must heed what is passed on to it.
            flags |= Int32(POSIX_SPAWN_SETSIGDEF)
            var heeded = sigset_t()
            sigemptyset(&heeded)
            sigaddset(&heeded, SIGINT)
            sigaddset(&heeded, SIGQUIT)
            posix_spawnattr_setsigdefault(&attributes, &heeded)
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var pid: pid_t = 0
        var failure = spawn(command, environment, &pid, &actions, &attributes)
        if failure == ENOEXEC {
            // A script without "#!" is one for sh, as for every shell and execvp.
            failure = spawn(["/bin/sh"] + command, environment, &pid, &actions, &attributes)
        }
        switch failure {
        case 0: return ChildProcess(pid: pid, hasOwnGroup: ownGroup)
        case ENOENT, ENOTDIR:
            throw SpawnFailure(message: "\(program): command not found", status: ExitStatus.notFound)
        default:
            throw SpawnFailure(
                message: "\(program): cannot be run: \(String(cString: strerror(failure)))",
                status: ExitStatus.notExecutable)
        }
    }

    private static func spawn(
        _ command: [String], _ environment: [String], _ pid: inout pid_t,
        _ actions: inout posix_spawn_file_actions_t, _ attributes: inout posix_spawnattr_t
    ) -> Int32 {
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        guard let program = arguments.first ?? nil else { return ENOMEM }
        return descriptorLock.withLock { _ in
            posix_spawnp(&pid, program, &actions, &attributes, arguments, variables)
        }
    }

    /// How a child ended.
    enum End {
        case exited(Int32)
        case signalled(Int32)

        /// From what waitpid(2) tells.
        init(waitStatus status: Int32) {
            let signal = status & 0x7f
            self = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
        }

        /// As a shell's `$?`.
        var status: Int32 {
            switch self {
            case .exited(let status): status
            case .signalled(let number): ExitStatus.signalled(number)
            }
        }

        /// What kind of failure it is.
        var words: String {
            switch self {
            case .exited(let status): "exit \(status)"
            case .signalled(let number): "signal \(number)"
            }
        }
    }

    /// Nothing while it runs.
    func reap() -> End? {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid ? End(waitStatus: status) : nil
    }

    /// Waits for its end. Signals are for the caller's other threads.
    func awaitEnd() -> End {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return .exited(ExitStatus.ourFault) }
        }
        return End(waitStatus: status)
    }

    /// The child and what it has started: its group, or, when it shares ours with strangers, its family alone.
    var members: [pid_t] { hasOwnGroup ? [-pid] : Self.family(of: pid) }

    /// The child and its descendants.
    static func family(of pid: pid_t) -> [pid_t] {
        var members = [pid]
        var index = 0
        while index < members.count {
            members += children(of: members[index])
            index += 1
        }
        return members
    }

    /// What the first thread of the process has started; others seldom start something.
    private static func children(of pid: pid_t) -> [pid_t] {
        guard let text = ProcessGroup.contents(ofFile: "/proc/\(pid)/task/\(pid)/children") else { return [] }
        return text.split(separator: " ").compactMap { pid_t($0) }
    }
}
