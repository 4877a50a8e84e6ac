// distcoord queue push

import ArgumentParser
import DistCoord

struct QueuePushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Push a job, and print its id.",
        usage: """
            distcoord queue push QUEUE PAYLOAD
            ... | distcoord queue push QUEUE -
            ... | distcoord queue push QUEUE --lines [--buffered]
            """,
        discussion: """
            Examples:
              id=$(distcoord queue push thumbs a.jpg --priority 5)
              distcoord queue push mails anna --at 2030-01-01T08:00Z --unique anna
              distcoord queue push --lines fetch < urls > ids
              distcoord queue push report all --after "$(cat ids)" --on-failure run

            The payload is the argument, or all of stdin for '-' or without an argument. With --lines each line of \
            stdin is a job. TRACEPARENT, TRACESTATE and BAGGAGE of the environment go along as headers.

            Exit status 1: a job was not pushed, because its --id is known, or a job of --after is not, or the \
            --unique key is taken: then the id of the job that has it is printed.
            """)

    @OptionGroup var place: QueuePlace

    @Argument(help: "The job's payload; - for stdin.")
    var payload: String?

    @Flag(name: [.long, .customLong("stdin")], help: "One job for each line of stdin.")
    var lines = false

    @Flag(
        name: .long,
        help:
            "With --lines: print ids at once, send the jobs in the background, tell at the end which were not accepted."
    )
    var buffered = false

    @Option(name: .long, help: "The job's id. Default: a generated one.")
    var id: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Not to be run before that time.", valueName: "duration"))
    var delay: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("Not to be run before then: 2030-01-01T08:00Z, or @seconds.", valueName: "moment"))
    var at: WrittenMoment?

    @Option(name: .long, help: ArgumentHelp("Only one job of that key waits or runs.", valueName: "key"))
    var unique: String?

    @Option(
        name: .long,
        help: "If that key is taken: refuse this job, replace the one that waits, or extend its delay.")
    var uniqueMode: UniqueMode?

    @Option(
        name: .long,
        help: ArgumentHelp("Not before that job has ended; several on lines of their own, or again.", valueName: "id"))
    var after: [String] = []

    @Option(name: .long, help: "If a job of --after does not complete: fail, skip or run this one.")
    var onFailure: DependencyPolicy?

    @Option(name: .long, help: ArgumentHelp("The batch that it belongs to.", valueName: "id"))
    var batch: String?

    @OptionGroup var flags: JobFlags
    @OptionGroup var global: GlobalOptions

    /// Jobs in one call; ids appear on stdout after each.
    private static let linesPerCall = 1000

    func validate() throws {
        if lines, payload != nil { throw ValidationError("--lines takes the payloads from stdin; no PAYLOAD then") }
        if lines, id != nil { throw ValidationError("--id is for one job; --lines pushes many") }
        if lines, unique != nil { throw ValidationError("--unique is for one job; --lines pushes many") }
        if buffered, !lines { throw ValidationError("--buffered goes with --lines") }
        if delay != nil, at != nil { throw ValidationError("--delay and --at exclude each other") }
        if uniqueMode != nil, unique == nil { throw ValidationError("--unique-mode goes with --unique") }
        if onFailure != nil, after.isEmpty { throw ValidationError("--on-failure goes with --after") }
        if !lines, payload == nil, StandardInput.isTerminal {
            throw ValidationError("no payload: give it as an argument, or on stdin with -")
        }
    }

    private var options: PushOptions {
        var options = flags.options
        TraceContext.add(to: &options.headers)
        options.id = id
        options.delay = delay?.duration ?? .zero
        options.dueMillisecondsSince1970 = at?.millisecondsSince1970
        options.uniqueKey = unique
        options.whenTaken = (uniqueMode ?? .refuse).choice
        options.after = after.flatMap { $0.split(separator: "\n").map(String.init) }
        options.whenDependencyFails = (onFailure ?? .fail).choice
        options.batch = batch
        return options
    }

    func run() throws {
        let signals = buffered ? try Signals() : nil
        let handle = try place.open(global.open())
        let printer = IDPrinter(queue: place.queue, printsJSON: global.printsJSON)
        if let signals { return try BufferedPush(queue: handle, options: options, printer: printer).run(signals) }
        if lines { return try pushLines(handle, printer) }
        let bytes = try StandardInput.content(unless: payload)
        let (pushed, existed) = try handle.push(bytes, options)
        if existed, pushed == id {
            throw Complaint("\(place.title): job '\(pushed)' is known already", status: ExitStatus.no)
        }
        try printer.show([pushed])
        if existed {
            throw Complaint(
                "\(place.title): the unique key '\(unique ?? "")' is taken by job '\(pushed)'", status: ExitStatus.no)
        }
    }

    private func pushLines(_ handle: BlockingQueue, _ printer: IDPrinter) throws {
        let options = options
        try StandardInput.eachGroup(ofLines: Self.linesPerCall) { lines in
            do {
                try printer.show(try handle.pushMany(lines, options))
            } catch let error as DistCoordError {
                // Whoever reads the ids must know of those that are in the queue for all that.
                try printer.show(error.pushedIDs)
                throw error
            }
        }
    }
}

/// Prints ids of jobs, each on a line of its own.
struct IDPrinter: Sendable {
    let queue: String
    let printsJSON: Bool

    func show(_ ids: [String]) throws {
        if ids.isEmpty { return }
        let text = ids.map { id in
            printsJSON ? JSONValue.object([("id", .string(id)), ("queue", .string(queue))]).text + "\n" : id + "\n"
        }
        try Output.write(Array(text.joined().utf8))
    }
}

enum UniqueMode: String, ExpressibleByArgument, CaseIterable {
    case refuse, replace, extend

    var choice: PushOptions.WhenTaken {
        switch self {
        case .refuse: .refuse
        case .replace: .replace
        case .extend: .extend
        }
    }
}

enum DependencyPolicy: String, ExpressibleByArgument, CaseIterable {
    case fail, skip, run

    var choice: PushOptions.WhenDependencyFails {
        switch self {
        case .fail: .fail
        case .skip: .skip
        case .run: .run
        }
    }
}
