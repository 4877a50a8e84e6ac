// distcoord election leader, observe

import ArgumentParser
import DistCoord

struct ElectionLeaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Print the leader's value. Exit status 1: nobody leads.",
        discussion: "Example: distcoord election leader cron-master --json")

    @Argument(help: "The election's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let leader = try BlockingElection(observing: name, global.open()).leader()
        if global.printsJSON {
            try Output.line(LeaderText.json(name, leader))
        } else if let leader {
            try Output.line(leader.value)
        } else {
            global.note("election '\(name)': nobody leads")
        }
        try endUnlessSuccess(leader == nil ? ExitStatus.no : ExitStatus.success)
    }
}

struct ElectionObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe",
        abstract: "Print who leads, now and at each change: the term and the value.",
        usage: "distcoord election observe NAME [--count N] [--wait 10s | -n] [-E N] [--json]",
        discussion: """
            Examples:
              distcoord election observe cron-master
              distcoord election observe api | while read -r term value; do ./route; done

            A line for each change, also of the leader's value; '0' alone while nobody leads. Changes that come faster \
            than they are read are seen as one; the latest never gets lost. With --json each line is an object.
            """)

    @Argument(help: "The election's name.")
    var name: String

    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let watch = try BlockingElection(observing: name, global.open()).watch()
        try Streaming(title: "election '\(name)'", signals: signals, options: stream).run(watch) {
            [name, printsJSON = global.printsJSON] leader in
            if printsJSON { return try Output.line(LeaderText.json(name, leader)) }
            try Output.line(leader.map { "\($0.term) \($0.value.visible)" } ?? "0")
        }
    }
}

private enum LeaderText {
    static func json(_ name: String, _ leader: Leader?) -> JSONValue {
        .object([
            ("election", .string(name)), ("value", leader.map { .string($0.value) } ?? .null),
            ("label", leader.map { .string($0.label) } ?? .null), ("term", leader.map { .int($0.term) } ?? .null),
            ("since", leader.map { .string(Output.moment($0.sinceMillisecondsSince1970)) } ?? .null),
            ("lease_left_seconds", leader.map { .number($0.leaseLeft.inSeconds) } ?? .null),
            ("candidates", .int(leader?.candidates ?? 0)),
        ])
    }
}
