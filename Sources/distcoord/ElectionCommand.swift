// distcoord election

import ArgumentParser
import DistCoord

struct ElectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "election",
        abstract: "Run a command on one machine of many, or see which one it is.",
        discussion: "Example: distcoord election run cron-master -- ./cron-loop.sh",
        subcommands: [ElectionRunCommand.self, ElectionLeaderCommand.self])
}

struct ElectionRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Stand for election, and run a command while leading.",
        usage: "distcoord election run NAME [--lease 10s] [--value TEXT] [--wait 10s | -n] -- COMMAND ...",
        discussion: """
            Example: distcoord election run cron-master -- ./cron-loop.sh

            Elsewhere the same command stands by. When the command ends it stands down, and the exit status is the \
            command's. The command finds DISTCOORD_ELECTION_NAME, DISTCOORD_TERM (a number that grows with every \
            leadership), DISTCOORD_FENCE (the same) and DISTCOORD_LEASE_EXPIRES in its environment. If the leadership \
            is lost it is stopped, and the status is 79.
            """)

    @Argument(help: "The election's name.")
    var name: String

    @Option(name: .long, help: "What others see when this candidate leads. Default: the label.")
    var value: String?

    @OptionGroup var lease: LeaseOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var child: ChildOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let lease = try lease.duration()
        let client = try global.open()
        let election = try BlockingElection(client, name, lease: lease, value: value)
        try HeldRun(
            contested: Candidacy(election: election, lease: lease), client: client, signals: signals,
            limit: try waiting.limit(), child: child.plan, connection: global.connection
        ).run()
    }
}

/// A leadership, before and after it is won.
private struct Candidacy: Contested, Held {
    let election: BlockingElection
    let lease: Duration

    var title: String { "election '\(election.name)'" }

    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let answer = try election.campaign(waitMilliseconds: waitMilliseconds)
        return (answer, answer == .ok ? self : nil)
    }

    func cancel() { election.cancel() }

    func obstacle() -> String? {
        guard let leader = try? election.leader() else { return nil }
        return "\(leader.label) leads in term \(leader.term) (\(leader.candidates) waiting)"
    }

    var variables: [(name: String, value: String)] {
        [("DISTCOORD_ELECTION_NAME", election.name), ("DISTCOORD_TERM", String(election.term))]
    }

    var fence: UInt64 { election.term }
    var leaseLeft: Duration { lease }
    var lossDescriptor: Int32 { election.lossDescriptor }
    func giveBack() throws(DistCoordError) -> Answer { try election.resign() }
}

struct ElectionLeaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Print the leader's value. Exit status 1: nobody leads.",
        discussion: "Example: distcoord election leader cron-master --json")

    @Argument(help: "The election's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        let leader = try BlockingElection(client, name, lease: .seconds(10), value: nil).leader()
        if global.printsJSON {
            try Output.line(json(leader))
        } else if let leader {
            try Output.line(leader.value)
        } else {
            global.note("election '\(name)': nobody leads")
        }
        try endUnlessSuccess(leader == nil ? ExitStatus.no : ExitStatus.success)
    }

    private func json(_ leader: Leader?) -> JSONValue {
        .object([
            ("election", .string(name)), ("value", leader.map { .string($0.value) } ?? .null),
            ("label", leader.map { .string($0.label) } ?? .null), ("term", leader.map { .int($0.term) } ?? .null),
            ("since", leader.map { .string(Output.moment($0.sinceMillisecondsSince1970)) } ?? .null),
            ("lease_left_seconds", leader.map { .number($0.leaseLeft.inSeconds) } ?? .null),
            ("candidates", .int(leader?.candidates ?? 0)),
        ])
    }
}
