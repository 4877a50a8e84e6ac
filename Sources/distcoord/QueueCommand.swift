// distcoord queue

import ArgumentParser
import DistCoord
import Glibc

struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Push jobs, and count them.",
        discussion: "Example: find . -name '*.jpg' | distcoord queue push thumbs --lines",
        subcommands: [QueuePushCommand.self, QueueShowCommand.self])
}

struct QueuePushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Push a job, and print its id.",
        usage: """
            distcoord queue push QUEUE PAYLOAD
            ... | distcoord queue push QUEUE -
            ... | distcoord queue push QUEUE --lines
            """,
        discussion: """
            Example: id=$(distcoord queue push thumbs a.jpg --priority 5)

            The payload is the argument, or all of stdin for '-' or without an argument. With --lines each line of \
            stdin is a job. Exit status 1: a job of that --id is known already, nothing was pushed.
            """)

    @Argument(help: "The queue's name.")
    var queue: String

    @Argument(help: "The job's payload; - for stdin.")
    var payload: String?

    @Flag(name: [.long, .customLong("stdin")], help: "One job for each line of stdin.")
    var lines = false

    @Option(name: .shortAndLong, help: "What kind of work it is.")
    var task: String = ""

    @Option(name: .shortAndLong, help: "Higher goes first.")
    var priority: Int = 0

    @Option(name: .shortAndLong, help: ArgumentHelp("Not to be run before that time.", valueName: "duration"))
    var delay: WrittenDuration?

    @Option(name: .long, help: "The job's id. Default: a generated one.")
    var id: String?

    @Option(name: .long, help: "How many attempts there are in all.")
    var attempts: Int = 4

    @Option(
        name: .long,
        help: ArgumentHelp("Delay before the first retry; it doubles with each. Default: 1s.", valueName: "duration"))
    var backoff: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("How long the result is kept. Default: 10m.", valueName: "duration"))
    var resultTtl: WrittenDuration?

    @OptionGroup var global: GlobalOptions

    /// Jobs in one call; ids appear on stdout after each.
    private static let batch = 1000

    func validate() throws {
        if lines, payload != nil { throw ValidationError("--lines takes the payloads from stdin; no PAYLOAD then") }
        if lines, id != nil { throw ValidationError("--id is for one job; --lines pushes many") }
        if !lines, payload == nil, isatty(STDIN_FILENO) == 1 {
            throw ValidationError("no payload: give it as an argument, or on stdin with -")
        }
    }

    func run() throws {
        let handle = try BlockingQueue(global.open(), queue)
        if lines { return try pushLines(handle) }
        let bytes =
            if let payload, payload != "-" { Array(payload.utf8) } else { try StandardInput.all() }
        let (id, existed) = try handle.push(bytes, options)
        if existed {
            throw Complaint("queue '\(queue)': job '\(id)' is known already", status: ExitStatus.no)
        }
        try show([id])
    }

    private var options: PushOptions {
        let first = backoff?.duration ?? .seconds(1)
        return PushOptions(
            id: id, task: task, priority: priority, delay: delay?.duration ?? .zero, maxAttempts: attempts,
            firstBackoff: first, maxBackoff: max(first, .seconds(300)),
            resultLifetime: resultTtl?.duration ?? .seconds(600))
    }

    private func pushLines(_ handle: BlockingQueue) throws {
        var pending: [[UInt8]] = []
        func flush() throws {
            defer { pending.removeAll(keepingCapacity: true) }
            do {
                try show(try handle.pushMany(pending, options))
            } catch let error as DistCoordError {
                // Whoever reads the ids must know of those that are in the queue for all that.
                try show(error.pushedIDs)
                throw error
            }
        }
        try StandardInput.eachLine { line, moreIsReady in
            pending.append(line)
            // Together what is there together, but a slow producer's line goes at once.
            if pending.count >= Self.batch || !moreIsReady { try flush() }
        }
        try flush()
    }

    private func show(_ ids: [String]) throws {
        if ids.isEmpty { return }
        let text = ids.map { id in
            global.printsJSON
                ? JSONValue.object([("id", .string(id)), ("queue", .string(queue))]).text + "\n" : id + "\n"
        }
        try Output.write(Array(text.joined().utf8))
    }
}

struct QueueShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Count the jobs of a queue by state.",
        discussion: "Example: distcoord queue show thumbs --json")

    @Argument(help: "The queue's name.")
    var queue: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let counts = try BlockingQueue(global.open(), queue).count()
        let rows: [(String, Int)] = [
            ("waiting", counts.waiting), ("delayed", counts.delayed), ("active", counts.active), ("dead", counts.dead),
            ("completed", counts.completed), ("failed", counts.failed), ("claimers", counts.claimers),
        ]
        if global.printsJSON {
            try Output.line(.object([("queue", .string(queue))] + rows.map { ($0.0, .int($0.1)) }))
        } else {
            try Output.table([("queue", queue)] + rows.map { ($0.0, String($0.1)) })
        }
    }
}
