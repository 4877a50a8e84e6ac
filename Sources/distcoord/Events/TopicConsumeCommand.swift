// distcoord topic consume

import ArgumentParser
import DistCoord

struct TopicConsumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume",
        abstract: "Be one of the consumers of a group: run a command for each message, or print it.",
        usage: "distcoord topic consume TOPIC GROUP [--count N] [-n] [--lease 10s] [--attempts N] [-- COMMAND ...]",
        discussion: """
            Examples:
              distcoord topic consume orders billing -- ./bill.sh
              distcoord topic consume orders audit --json >> audit.log
              distcoord topic consume orders billing -n --attempts 5 -c 'jq .id'

            The command gets the message on stdin, and DISTCOORD_TOPIC, DISTCOORD_GROUP, DISTCOORD_CONSUMER, \
            DISTCOORD_MESSAGE_ID, DISTCOORD_PUBLISHED and DISTCOORD_DELIVERIES (from 1) in its environment. Status 0: \
            the message is done. Any other: it is delivered again after --retry-after, to whichever consumer, unless \
            it has been delivered --attempts times. Without a command messages are printed, and done when they are.

            What this consumer holds when it dies goes to another when its lease ends: a message may be delivered more \
            than once. A new group begins with the oldest message that is kept.

            SIGTERM and SIGINT: takes no further message, lets a running command finish for --grace, then stops it and \
            gives its message back; a second signal does that at once.
            """)

    @OptionGroup var place: TopicGroup

    @Option(name: .long, help: "How the consumer is called. Default: a generated name.")
    var name: String?

    @OptionGroup var lease: LeaseOptions

    @Flag(name: .long, help: "A new group begins with the next message that is published.")
    var fromNew = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many messages it holds at most. Default: 64; with a command, 1.", valueName: "number"))
    var prefetch: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "After how long what is held goes to another although its consumer lives. Default: never.",
            valueName: "duration"))
    var ackTimeout: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("When a message may come again after a failure. Default: 1s.", valueName: "duration"))
    var retryAfter: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "After so many deliveries a message whose command fails is given up. Default: never.",
            valueName: "number"))
    var attempts: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("How long a command may take to finish after SIGTERM. Default: 30s.", valueName: "duration"))
    var grace: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("From SIGTERM to SIGKILL for a command that is stopped. Default: 5s.", valueName: "duration")
    )
    var killAfter: WrittenDuration?

    @OptionGroup var stream: StreamOptions
    @OptionGroup var shell: ShellOptions

    @Argument(parsing: .postTerminator, help: "The command, after --. No shell is in between.")
    var command: [String] = []

    @OptionGroup var global: GlobalOptions

    private var arguments: [String] { shell.arguments(command) }

    func validate() throws {
        try shell.validate(command)
        if let attempts, attempts < 1 { throw ValidationError("--attempts \(attempts): at least 1") }
        if arguments.isEmpty, attempts != nil || retryAfter != nil || grace != nil || killAfter != nil {
            throw ValidationError("--attempts, --retry-after, --grace and --kill-after go with a command")
        }
    }

    func run() throws {
        let signals = try Signals()
        let options = ConsumerOptions(
            name: name, lease: try lease.duration(), prefetch: prefetch ?? (arguments.isEmpty ? 64 : 1),
            fromNew: fromNew, acknowledgeTimeout: ackTimeout?.duration)
        let topic = try BlockingTopic(global.open(), place.topic)
        guard let consumer = try BlockingConsumer.join(topic, place.group, options).consumer else {
            throw Complaint(
                "\(place.title): a living consumer is called '\(name ?? "")'", status: stream.conflictExitCode)
        }
        // What it holds then goes to others at once. A server that is away must not hold us up.
        defer { Closing.attempt { try? consumer.close() } }
        if arguments.isEmpty { return try print(consumer, signals) }
        let plan = ChildPlan(
            arguments: arguments, grace: killAfter?.duration ?? ChildPlan.usualGrace,
            finishing: grace?.duration ?? .seconds(30))
        try MessageCommand(
            place: place, consumer: consumer, signals: signals, plan: plan, stream: stream,
            retryAfter: retryAfter?.duration ?? .seconds(1), attempts: attempts, global: global
        ).run()
    }

    private func print(_ consumer: BlockingConsumer, _ signals: Signals) throws {
        let printer = MessagePrinter(kind: "topic", global: global)
        try Streaming(title: place.title, signals: signals, options: stream).run(cancel: consumer.cancel) { [place] in
            while true {
                let (answer, message) = try consumer.next(waitMilliseconds: $0)
                if let message { return .item(message) }
                if answer != .lost { return .nothing(answer) }
                Output.note("\(place.title): the lease was lost; joining anew")
            }
        } use: { [place] (message: Message) in
            try printer.show(message)
            if try consumer.acknowledge(message.id) != .ok {
                Output.note("\(place.title): message \(message.id) was not held any more; it may come again")
            }
        }
    }
}
