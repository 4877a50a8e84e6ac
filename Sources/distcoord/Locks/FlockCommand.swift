// distlock: this program, called through a link of that name, takes flock's flags. A script that used flock for one
// machine then excludes over all that share a server.

import ArgumentParser
import DistCoord

struct FlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distlock",
        abstract: "flock for many machines: run a command while holding a lock on a Redis server.",
        usage: """
            distlock [-s | -x] [-n | -w SECONDS] [-E N] NAME COMMAND ...
            distlock [-s | -x] [-n | -w SECONDS] [-E N] NAME -c TEXT
            """,
        discussion: """
            Example: distlock -n /var/lock/backup ./backup.sh || echo "somebody else does it"

            What flock locks by a file, this locks by the mere name, on the server of DISTCOORD_URL, else REDIS_URL, \
            else redis://localhost:6379. It is the read-write lock of that name: 'distcoord lock -x NAME' takes the \
            same one, 'distcoord lock NAME' another.

            The exit status is the command's, or that of -E when the lock was not had. Unlike flock this program stays \
            while the command runs: it renews the lock's lease, and when it is lost it stops the command; the status \
            is 79 then. File descriptors can be locked by flock only.
            """,
        version: "distlock \(Library.version)")

    /// Messages begin with the program's name, those of the argument parser too.
    static var _errorPrefix: String { "distlock: " }

    @Flag(name: .shortAndLong, help: "Shared with others that say so too.")
    var shared = false

    @Flag(name: [.customShort("x"), .customShort("e"), .long], help: "Not shared (default).")
    var exclusive = false

    @Flag(name: [.customShort("n"), .customLong("nb"), .customLong("nonblock")], help: "Do not wait.")
    var nonblock = false

    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("wait"), .customLong("timeout")],
        help: ArgumentHelp("How long to wait. Default: for ever.", valueName: "seconds"))
    var wait: WrittenDuration?

    @Option(
        name: [.customShort("E", allowingJoined: true), .customLong("conflict-exit-code")],
        help: ArgumentHelp("Exit status when it was not had.", valueName: "number"))
    var conflictExitCode: Int32 = 1

    @Flag(name: [.customShort("o"), .customLong("close")], help: "Has no effect: the command never inherits the lock.")
    var close = false

    @Option(name: [.customShort("c"), .customLong("command")], help: "Run this text by 'sh -c'.")
    var shellCommand: String?

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The lock's name.")
    var name: String

    @Argument(parsing: .captureForPassthrough, help: "The command, or -c and a text.")
    var command: [String] = []

    func validate() throws {
        guard (0...255).contains(conflictExitCode) else {
            throw ValidationError("-E \(conflictExitCode): an exit status is a number from 0 to 255")
        }
        if shared, exclusive { throw ValidationError("-s and -x exclude each other") }
        if arguments.isEmpty {
            throw ValidationError("no command was given; this program locks for one, not a file descriptor")
        }
        if command.first == "-c" || command.first == "--command", command.count != 2 {
            throw ValidationError("-c takes exactly one text")
        }
        if shellCommand != nil, !command.isEmpty { throw ValidationError("give either -c or a command, not both") }
    }

    /// As flock has it, -c may also follow the name.
    private var arguments: [String] {
        if let shellCommand { return ChildPlan.shell(shellCommand) }
        if command.count == 2, command[0] == "-c" || command[0] == "--command" { return ChildPlan.shell(command[1]) }
        return command
    }

    func run() throws {
        let signals = try Signals()
        let client = try connection.open()
        let options = LockOptions(tracing: connection.verbose > 0)
        let lock = try BlockingReadWriteLock(client, name, options)
        let limit = WaitLimit(
            milliseconds: nonblock ? 0 : wait?.duration.wholeMilliseconds ?? -1, conflictStatus: conflictExitCode)
        try HeldRun(
            contested: ContestedSide(lock: lock, side: shared ? .read : .write), client: client, signals: signals,
            limit: limit, child: ChildPlan(arguments: arguments), connection: connection
        ).run()
    }
}
