// distcoord queue pause, resume, limit

import ArgumentParser
import DistCoord

struct QueuePauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Let nobody claim from a queue until it is resumed.",
        discussion: """
            Example: distcoord queue pause thumbs

            Pushing goes on, and so do jobs that run. 'queue show' tells that it is paused.
            """)

    @OptionGroup var place: QueuePlace
    @OptionGroup var global: GlobalOptions

    func run() throws { try place.open(global.open()).pause() }
}

struct QueueResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "End the pause of a queue; waiting workers are given jobs at once.",
        discussion: "Example: distcoord queue resume thumbs")

    @OptionGroup var place: QueuePlace
    @OptionGroup var global: GlobalOptions

    func run() throws { try place.open(global.open()).resume() }
}

struct QueueLimitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Set the limits of a queue; they hold for all who use it.",
        usage: "distcoord queue limit QUEUE [--rate 100/s] [--key-limit N] [--history N] [--dead N|all]",
        discussion: """
            Examples:
              distcoord queue limit mails --rate 600/m
              distcoord queue limit mails --rate none --key-limit 2

            What is not given stays as it is; 'queue show' tells it.
            """)

    @OptionGroup var place: QueuePlace

    @Option(
        name: .long,
        help: ArgumentHelp("How many jobs are claimed in a time: 100/s, 10/m, 20/10s, none.", valueName: "rate"))
    var rate: WrittenRate?

    @Option(
        name: .long,
        help: ArgumentHelp("How many jobs of one concurrency key run at the same time.", valueName: "number"))
    var keyLimit: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("How many results and errors are kept at most.", valueName: "number"))
    var history: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("How many dead jobs stay listed at most, or all.", valueName: "number"))
    var dead: WrittenLimit?

    func validate() throws {
        if rate == nil, keyLimit == nil, history == nil, dead == nil {
            throw ValidationError("nothing to set: give --rate, --key-limit, --history or --dead")
        }
    }

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let handle = try place.open(global.open())
        if let rate {
            try handle.setRateLimit(
                rate.count == 0 ? nil : QueueSettings.RateLimit(rate.count, per: rate.period))
        }
        if let keyLimit { try handle.setKeyLimit(keyLimit) }
        if history != nil || dead != nil {
            // The library sets both together.
            let now = try handle.settings()
            try handle.setHistory(results: history ?? now.results, dead: dead.map(\.count) ?? now.dead)
        }
    }
}
