// distcoord sem

import ArgumentParser
import DistCoord

struct SemaphoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sem",
        abstract: "Run a command while holding permits, of which there is a number for all.",
        usage: """
            distcoord sem NAME -j N [--count K] [--lease 10s] [--wait 10s | -n] -- COMMAND ...
            distcoord sem show NAME
            distcoord sem resize NAME N
            """,
        discussion: """
            Example: distcoord sem downloads -j 4 -- curl -O https://example.org/big
            'sem NAME' is short for 'sem run NAME'.
            """,
        subcommands: [SemaphoreRunCommand.self, SemaphoreShowCommand.self, SemaphoreResizeCommand.self],
        defaultSubcommand: SemaphoreRunCommand.self)
}

struct SemaphoreRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command while holding permits.",
        usage: "distcoord sem NAME -j N [--count K] [--lease 10s] [--wait 10s | -n] [-E N] -- COMMAND ...",
        discussion: """
            Example: distcoord sem downloads -j 4 -- curl -O https://example.org/big

            Who comes first says by -j how many permits there are, for all; 'sem resize' changes it. The exit status \
            is the command's. It finds DISTCOORD_SEMAPHORE_NAME, DISTCOORD_PERMITS, DISTCOORD_FENCE and \
            DISTCOORD_LEASE_EXPIRES in its environment. If the permits are lost it is stopped, and the status is 79.
            """)

    @Argument(help: "The semaphore's name.")
    var name: String

    @Option(
        name: [.customShort("j"), .customLong("slots")],
        help: ArgumentHelp("How many permits there are, for all.", valueName: "number"))
    var permits: Int

    @Option(name: .long, help: ArgumentHelp("How many of them this command takes.", valueName: "number"))
    var count = 1

    @OptionGroup var tracing: TracingOptions
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var child: ChildOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let options = LockOptions(lease: try lease.duration(), tracing: tracing.isOn)
        let client = try global.open(logging: tracing.level)
        let semaphore = try BlockingSemaphore(client, name, permits: permits, options)
        try HeldRun(
            contested: ContestedPermits(semaphore: semaphore, count: count), client: client, signals: signals,
            limit: try waiting.limit(), child: child.plan, connection: global.connection
        ).run()
    }
}

/// Permits of a semaphore.
struct ContestedPermits: Contested {
    let semaphore: BlockingSemaphore
    let count: Int

    var title: String { "semaphore '\(semaphore.name)'" }

    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let (answer, hold) = try semaphore.acquire(count, waitMilliseconds: waitMilliseconds)
        return (answer, hold)
    }

    func cancel() { semaphore.cancel() }

    func obstacle(_ answer: Answer) -> String? {
        guard let status = try? semaphore.inspect() else { return nil }
        return "\(status.used) of \(status.permits) permits are taken (\(status.waiters) waiting)"
    }

    var variables: [(name: String, value: String)] {
        [("DISTCOORD_SEMAPHORE_NAME", semaphore.name), ("DISTCOORD_PERMITS", String(count))]
    }
}

struct SemaphoreShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how many permits are taken. Exit status 1: none is free.",
        discussion: "Example: distcoord sem show downloads --json")

    @Argument(help: "The semaphore's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    /// What nobody has said yet the library answers as we say it: by the largest number, which nobody needs, it shows.
    private static let unknown = 1_000_000_000

    func run() throws {
        let status = try BlockingSemaphore(
            try global.open(), name, permits: Self.unknown, LockOptions()
        ).inspect()
        let permits = status.permits == Self.unknown ? nil : status.permits
        if global.printsJSON {
            try Output.line(
                .object([
                    ("semaphore", .string(name)), ("permits", permits.map { .int($0) } ?? .null),
                    ("used", .int(status.used)), ("waiting", .int(status.waiters)),
                ]))
        } else {
            try Output.table([
                ("semaphore", name), ("permits", permits.map { String($0) } ?? "not known yet"),
                ("used", String(status.used)), ("waiting", String(status.waiters)),
            ])
        }
        try endUnlessSuccess(status.used < status.permits ? ExitStatus.success : ExitStatus.no)
    }
}

struct SemaphoreResizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resize",
        abstract: "Change how many permits there are. Nobody loses any.",
        usage: "distcoord sem resize NAME N",
        discussion: "Example: distcoord sem resize downloads 8")

    @Argument(help: "The semaphore's name.")
    var name: String

    @Argument(help: "How many permits there are to be.")
    var permits: Int

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try BlockingSemaphore(try global.open(), name, permits: permits, LockOptions()).resize(permits)
    }
}
