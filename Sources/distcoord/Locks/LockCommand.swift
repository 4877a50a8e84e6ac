// distcoord lock, distcoord lock run

import ArgumentParser
import DistCoord

struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Run a command while holding locks, see who holds what, take it away.",
        usage: """
            distcoord lock NAME ... [--lease 10s] [--wait 10s | -n] -- COMMAND ...
            distcoord lock show NAME
            distcoord lock list [--stale]
            """,
        discussion: """
            Example: distcoord lock deploy --wait 5m -- ./deploy.sh
            'lock NAME' is short for 'lock run NAME'.
            """,
        subcommands: [
            LockRunCommand.self, LockAcquireCommand.self, LockReleaseCommand.self, LockExtendCommand.self,
            LockShowCommand.self, LockListCommand.self, LockStatsCommand.self, LockBreakCommand.self,
        ], defaultSubcommand: LockRunCommand.self)
}

struct LockRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command while holding a lock, or several.",
        usage: "distcoord lock NAME ... [-s | -x] [--lease 10s] [--wait 10s | -n] [-E N] [--on-lost term|kill|warn] "
            + "-- COMMAND ...",
        discussion: """
            Example: distcoord lock deploy --wait 5m -- ./deploy.sh

            Several names are taken in one step, all or none. -s and -x take the read-write lock NAME, for reading and \
            for writing; it is another thing than the plain lock NAME.

            The exit status is the command's. Signals go to the command and all it has started. It finds \
            DISTCOORD_LOCK_NAME (several names on a line each), DISTCOORD_LOCK_TOKEN (the owner id, if one was given), \
            DISTCOORD_FENCE (a number that grows with every grant) and DISTCOORD_LEASE_EXPIRES (unless renewed, which \
            happens all the time) in its environment. If the lock is lost it is stopped, and the status is 79.

            Ended by SIGKILL this program can stop nothing any more: the lease ends, and the command goes on without \
            it. Let what the command writes to refuse a fence smaller than the last.
            """)

    // The parser takes one list of words per command: this one has the names and, after them, what stands after "--".
    @Argument(
        help: ArgumentHelp("The lock's name; several are taken at once. The command, after --.", valueName: "name"))
    var words: [String]

    @OptionGroup var side: SideOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Hold it in this name, under which 'lock release' and 'lock extend' reach it.", valueName: "id"))
    var owner: String?

    @Flag(name: .long, help: "Take it when it is free although others wait: more throughput, waits without a bound.")
    var unfair = false

    @OptionGroup var tracing: TracingOptions
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var loss: LossOptions
    @OptionGroup var shell: ShellOptions
    @OptionGroup var global: GlobalOptions

    private var command: ArraySlice<String> { CommandLine.arguments.drop { $0 != "--" }.dropFirst() }

    private var names: [String] { words.dropLast(command.count) }

    func validate() throws {
        if names.isEmpty { throw ValidationError("no name was given; it stands before --") }
        try shell.demand(Array(command))
        if names.count > 1, side.side != nil { throw ValidationError("-s and -x take one name") }
        if names.count > 1, owner != nil { throw ValidationError("--owner takes one name") }
        if unfair, side.side != nil { throw ValidationError("--unfair is for plain locks, not for -s and -x") }
    }

    func run() throws {
        let signals = try Signals()
        let options = LockOptions(
            lease: try lease.duration(), owner: owner, fair: !unfair, tracing: tracing.isOn)
        let client = try global.open(logging: tracing.level)
        try HeldRun(
            contested: try contested(client, options), client: client, signals: signals, limit: try waiting.limit(),
            child: loss.plan(shell.arguments(Array(command))), connection: global.connection
        ).run()
    }

    private func contested(_ client: BlockingClient, _ options: LockOptions) throws(DistCoordError) -> any Contested {
        guard names.count == 1, let name = names.first else {
            return ContestedLock(lock: try BlockingLock(client, allOf: names, options), names: names)
        }
        if let side = side.side {
            return ContestedSide(
                lock: try BlockingReadWriteLock(client, name, options), side: side, owner: owner)
        }
        return ContestedLock(lock: try BlockingLock(client, name, options), names: names, owner: owner)
    }
}

/// The side of a read-write lock.
enum Side { case read, write }

struct SideOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Of the read-write lock: shared with other readers.")
    var shared = false

    @Flag(name: [.customShort("x"), .long], help: "Of the read-write lock: for one writer.")
    var exclusive = false

    func validate() throws {
        if shared, exclusive { throw ValidationError("-s and -x exclude each other") }
    }

    /// Nothing for a plain lock.
    var side: Side? { shared ? .read : exclusive ? .write : nil }
}

struct TracingOptions: ParsableArguments {
    @Flag(name: .customLong("trace"), help: "Say on stderr when it was acquired and released, and how long that took.")
    var isOn = false

    /// What the library must at least be heard at.
    var level: LogLevel { isOn ? .info : .off }
}

/// A lock, or several at once.
struct ContestedLock: Contested {
    let lock: BlockingLock
    let names: [String]
    var owner: String?

    var title: String {
        (names.count == 1 ? "lock " : "locks ") + names.map { "'\($0)'" }.joined(separator: ", ")
    }

    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let answer = try lock.acquire(waitMilliseconds: waitMilliseconds)
        return (answer, answer == .ok ? lock : nil)
    }

    func cancel() { lock.cancel() }

    func obstacle(_ answer: Answer) -> String? {
        guard let info = try? lock.inspect() else { return nil }
        return "held by \(info.title) for \(info.held.brief) (lease \(info.leaseLeft.brief), \(info.waiters) waiting)"
    }

    var variables: [(name: String, value: String)] {
        // Names have no line breaks in them.
        [("DISTCOORD_LOCK_NAME", names.joined(separator: "\n"))] + tokenVariable(owner)
    }
}

extension LockInfo {
    /// The holder, and in whose name it holds.
    var title: String { owner.map { "\(holder) as '\($0)'" } ?? holder }
}

/// One side of a read-write lock.
struct ContestedSide: Contested {
    let lock: BlockingReadWriteLock
    let side: Side
    var owner: String?

    var title: String { "read-write lock '\(lock.name)'" }

    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let (answer, hold) =
            switch side {
            case .read: try lock.read(waitMilliseconds: waitMilliseconds)
            case .write: try lock.write(waitMilliseconds: waitMilliseconds)
            }
        return (answer, hold)
    }

    func cancel() { lock.cancel() }

    func obstacle(_ answer: Answer) -> String? {
        guard let status = try? lock.inspect() else { return nil }
        if status.writers > 0 { return "a writer is inside (\(status.waiters) waiting)" }
        return status.readers > 0 ? "readers are inside: \(status.readers) (\(status.waiters) waiting)" : nil
    }

    var variables: [(name: String, value: String)] { [("DISTCOORD_LOCK_NAME", lock.name)] + tokenVariable(owner) }
}

private func tokenVariable(_ owner: String?) -> [(name: String, value: String)] {
    owner.map { [("DISTCOORD_LOCK_TOKEN", $0)] } ?? []
}
