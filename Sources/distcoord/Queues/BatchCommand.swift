// distcoord batch

import ArgumentParser
import DistCoord
import Glibc

struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Count jobs together, and wait for all of them.",
        discussion: """
            Example:
              batch=$(distcoord batch create thumbs)
              ls *.jpg | distcoord queue push thumbs --lines --batch "$batch" > ids
              distcoord batch seal thumbs "$batch"
              distcoord batch wait thumbs "$batch" --timeout 1h
            """,
        subcommands: [BatchCreateCommand.self, BatchSealCommand.self, BatchWaitCommand.self, BatchShowCommand.self])
}

struct BatchCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Print the id of a new batch. It exists from its first job on.",
        discussion: "Example: batch=$(distcoord batch create thumbs)")

    @OptionGroup var place: QueuePlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let batch = try BlockingBatch(place.open(global.open()))
        if global.printsJSON {
            try Output.line(.object([("batch", .string(batch.id)), ("queue", .string(place.queue))]))
        } else {
            try Output.line(batch.id)
        }
    }
}

/// A batch that is there.
struct BatchPlace: ParsableArguments {
    @OptionGroup var place: QueuePlace

    @Argument(help: "The batch's id.")
    var batch: String

    func open(_ client: BlockingClient) throws -> BlockingBatch { try BlockingBatch(place.open(client), id: batch) }

    var missing: Complaint {
        Complaint("batch '\(batch)': not known in queue '\(place.queue)'", status: ExitStatus.no)
    }

    func json(_ counts: BatchCounts) -> JSONValue {
        .object([
            ("batch", .string(batch)), ("queue", .string(place.queue)), ("sealed", .bool(counts.isSealed)),
            ("done", .bool(counts.isDone)), ("total", .int(counts.total)), ("completed", .int(counts.completed)),
            ("failed", .int(counts.failed)), ("cancelled", .int(counts.cancelled)),
        ])
    }
}

struct BatchSealCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Say that all jobs of a batch have been pushed.",
        discussion: """
            Example: distcoord batch seal thumbs "$batch"

            It is done when the last of them has ended; further pushes into it are refused.
            """)

    @OptionGroup var place: BatchPlace
    @OptionGroup var global: GlobalOptions

    func run() throws { try place.open(global.open()).seal() }
}

struct BatchShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how far a batch is. Exit status 1: it is not known.",
        discussion: "Example: distcoord batch show thumbs \"$batch\" --json")

    @OptionGroup var place: BatchPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard let counts = try place.open(global.open()).wait(milliseconds: 0).counts else { throw place.missing }
        if global.printsJSON { return try Output.line(place.json(counts)) }
        try Output.table([
            ("batch", place.batch), ("queue", place.place.queue), ("total", String(counts.total)),
            ("completed", String(counts.completed)), ("failed", String(counts.failed)),
            ("cancelled", String(counts.cancelled)), ("sealed", counts.isSealed ? "yes" : "no"),
            ("done", counts.isDone ? "yes" : "no"),
        ])
    }
}

struct BatchWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until a batch is sealed and all its jobs have ended.",
        usage: "distcoord batch wait QUEUE BATCH [--timeout 1h] [--progress auto]",
        discussion: """
            Example: distcoord batch wait thumbs "$batch" --timeout 1h

            How far it is shows on stderr, on a terminal as a bar. Exit status 1: some jobs failed or were cancelled, \
            or the batch is not known; 75: not done in time.
            """)

    @OptionGroup var place: BatchPlace
    @OptionGroup var waiting: WaitOptions

    @Option(name: .long, help: "How to show progress.")
    var progress: ProgressForm = .auto

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let batch = try place.open(global.open())
        let milliseconds = try waiting.milliseconds()
        let deadline = milliseconds < 0 ? Int64.max : monotonicMilliseconds() + milliseconds
        var bar = BatchProgress(progress, isQuiet: global.connection.quiet, title: place.place.queue)
        while true {
            let left = max(0, deadline - monotonicMilliseconds())
            let (answer, counts) = try batch.wait(milliseconds: min(left, bar.interval))
            guard let counts else { throw place.missing }
            let isDone = answer == .ok
            bar.show(counts, isLast: isDone)
            if isDone { return try finish(counts) }
            if monotonicMilliseconds() >= deadline {
                bar.end()
                if global.printsJSON { try Output.line(place.json(counts)) }
                let open = counts.open == 1 ? "1 job has not ended" : "\(counts.open) jobs have not ended"
                let why = counts.isSealed ? open : "it is not sealed"
                throw Complaint("batch '\(place.batch)': not done: \(why)", status: waiting.conflictExitCode)
            }
        }
    }

    private func finish(_ counts: BatchCounts) throws {
        if global.printsJSON { try Output.line(place.json(counts)) }
        try endUnlessSuccess(counts.completed == counts.total ? ExitStatus.success : ExitStatus.no)
    }
}

extension BatchCounts {
    /// Those that have not ended.
    var open: Int { total - completed - failed - cancelled }
    var isDone: Bool { isSealed && open <= 0 }

    var words: String {
        var text = "\(completed) of \(total) completed"
        if failed > 0 { text += ", \(failed) failed" }
        if cancelled > 0 { text += ", \(cancelled) cancelled" }
        return text
    }
}
