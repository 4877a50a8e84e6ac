// distcoord topic

import ArgumentParser
import DistCoord

struct TopicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic",
        abstract: "Messages that are kept, read by everybody from anywhere, or shared among a group's consumers.",
        discussion: """
            Examples:
              distcoord topic publish orders '{"id": 1}'
              distcoord topic subscribe orders --after 0
              distcoord topic consume orders billing -- ./bill.sh

            A subscription reads all messages from a position on. In a group each message goes to one consumer, and to \
            another if that dies or fails.
            """,
        subcommands: [
            TopicPublishCommand.self, TopicSubscribeCommand.self, TopicConsumeCommand.self, TopicShowCommand.self,
            TopicSeekCommand.self, TopicTrimCommand.self, TopicDeleteGroupCommand.self,
        ])
}

/// A place in a topic.
struct PositionOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("After the message of that id; 0: with the oldest kept.", valueName: "id"))
    var after: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "With the first published then or later: 2030-01-01T08:00Z, or @seconds.", valueName: "moment"))
    var since: WrittenMoment?

    func validate() throws {
        if after != nil, since != nil { throw ValidationError("--after and --since exclude each other") }
    }

    /// Nothing when no flag says one.
    var position: TopicPosition? {
        if let after { return after == "0" ? .oldest : .after(after) }
        return since.map { .since($0.millisecondsSince1970) }
    }
}

struct TopicPublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish a message; print its id.",
        usage: """
            distcoord topic publish TOPIC MESSAGE [--max-messages N|all] [--max-age 7d|forever]
            ... | distcoord topic publish TOPIC -
            ... | distcoord topic publish TOPIC --lines
            """,
        discussion: """
            Examples:
              distcoord topic publish orders '{"id": 1}'
              distcoord topic publish --lines orders < urls

            The message is the argument, or all of stdin for '-' or without an argument. With --lines each line of \
            stdin is a message, and how many were published is printed at the end. What is kept is for those to say \
            who publish.
            """)

    @Argument(help: "The topic's name.")
    var topic: String

    @Argument(help: "The message; - for stdin.")
    var message: String?

    @Flag(name: .long, help: "One message for each line of stdin.")
    var lines = false

    @Option(
        name: .long, help: ArgumentHelp("How many are kept, or all. Default: 100000.", valueName: "number"))
    var maxMessages: WrittenLimit?

    @Option(
        name: .long, help: ArgumentHelp("How long they are kept, or forever. Default: 7d.", valueName: "duration"))
    var maxAge: WrittenAge?

    @OptionGroup var global: GlobalOptions

    /// Messages in one call.
    private static let linesPerCall = 1000

    func validate() throws {
        if lines, message != nil { throw ValidationError("--lines takes the messages from stdin; no MESSAGE then") }
        if !lines, message == nil, StandardInput.isTerminal {
            throw ValidationError("no message: give it as an argument, or on stdin with -")
        }
    }

    func run() throws {
        var options = TopicOptions()
        if let maxMessages { options.maxMessages = maxMessages.count }
        if let maxAge { options.maxAge = maxAge.duration }
        let handle = try BlockingTopic(global.open(), topic, options)
        if lines { return try publishLines(handle) }
        let id = try handle.publish(try StandardInput.content(unless: message))
        if global.printsJSON {
            try Output.line(.object([("topic", .string(topic)), ("id", .string(id))]))
        } else {
            try Output.line(id)
        }
    }

    private func publishLines(_ handle: BlockingTopic) throws {
        var published = 0
        var failure: DistCoordError?
        do {
            try StandardInput.eachGroup(ofLines: Self.linesPerCall) { lines in
                let (count, why) = handle.publishMany(lines)
                published += count
                if let why { throw why }
            }
        } catch let error as DistCoordError {
            failure = error
        }
        if global.printsJSON {
            try Output.line(.object([("topic", .string(topic)), ("published", .int(published))]))
        } else {
            try Output.line(String(published))
        }
        if let failure { throw failure }
    }
}

/// A duration, or `forever`.
struct WrittenAge: ExpressibleByArgument {
    /// Nothing for ever.
    let duration: Duration?

    init?(argument: String) {
        if argument == "forever" {
            duration = nil
        } else if let written = WrittenDuration(argument: argument) {
            duration = written.duration
        } else {
            return nil
        }
    }
}

struct TopicSubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe",
        abstract: "Print the messages of a topic, a line for each.",
        usage: "distcoord topic subscribe TOPIC [--after ID | --since MOMENT] [--count N] [--wait 10s | -n] [--json]",
        discussion: """
            Examples:
              distcoord topic subscribe orders
              distcoord topic subscribe orders --after 0 -n > all
              distcoord topic subscribe orders --since 2026-11-21T08:00Z --json

            Without a position only what is published from now on. -n ends behind the last message; the 'id' of --json \
            is a position to go on from. How many were no longer kept is told on stderr, with --json in 'missed'.
            """)

    @Argument(help: "The topic's name.")
    var topic: String

    @OptionGroup var position: PositionOptions
    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let subscription = try BlockingTopic(global.open(), topic).subscribe(
            position.position ?? .new, capacity: nil)
        try Streaming(title: "topic '\(topic)'", signals: signals, options: stream).run(
            cancel: subscription.cancel, take: subscription.take,
            use: MessagePrinter(kind: "topic", global: global).show)
    }
}
