// distcoord event publish, subscribe

import ArgumentParser
import DistCoord

struct EventPublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish a message on a channel; print how many clients got it.",
        usage: """
            distcoord event publish CHANNEL MESSAGE
            ... | distcoord event publish CHANNEL -
            ... | distcoord event publish CHANNEL --lines
            """,
        discussion: """
            Examples:
              distcoord event publish deploys 'web 42'
              distcoord event publish --lines deploys < urls

            The message is the argument, or all of stdin for '-' or without an argument. With --lines each line of \
            stdin is a message; how many clients got them is not printed then.
            """)

    @Argument(help: "The channel's name.")
    var channel: String

    @Argument(help: "The message; - for stdin.")
    var message: String?

    @Flag(name: .long, help: "One message for each line of stdin.")
    var lines = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if lines, message != nil { throw ValidationError("--lines takes the messages from stdin; no MESSAGE then") }
        if !lines, message == nil, StandardInput.isTerminal {
            throw ValidationError("no message: give it as an argument, or on stdin with -")
        }
    }

    func run() throws {
        let client = try global.open()
        if lines {
            return try StandardInput.eachLine { line, _ in _ = try client.publish(channel, line) }
        }
        let receivers = try client.publish(channel, try StandardInput.content(unless: message))
        if global.printsJSON {
            try Output.line(.object([("channel", .string(channel)), ("receivers", .int(receivers))]))
        } else {
            try Output.line(String(receivers))
        }
    }
}

struct EventSubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe",
        abstract: "Print the messages of channels, a line for each.",
        usage: "distcoord event subscribe CHANNEL ... [--count N] [--wait 10s] [-E N] [--json]",
        discussion: """
            Examples:
              distcoord event subscribe deploys
              distcoord event subscribe deploys alerts --json
              distcoord event subscribe deploys --count 1 --timeout 5m

            Of several channels the name stands before each message, with a tab behind it. Messages that were missed, \
            because they came faster than they were read or the connection was lost, are counted on stderr; with \
            --json in 'missed' of the message after them.
            """)

    @Argument(help: "The channels' names.")
    var channels: [String]

    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let subscription = try BlockingSubscription(global.open(), capacity: nil)
        for channel in channels { try subscription.add(channel) }
        let printer = MessagePrinter(kind: "channel", isOneOfSeveral: channels.count > 1, global: global)
        let names = channels.map { "'\($0)'" }.joined(separator: ", ")
        try Streaming(title: "channel \(names)", signals: signals, options: stream).run(
            cancel: subscription.cancel, take: subscription.take, use: printer.show)
    }
}
