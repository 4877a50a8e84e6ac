// distcoord election

import ArgumentParser
import DistCoord
import Glibc

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
        let client = try global.open()
        let lease = try lease.duration()
        let election = try BlockingElection(client, name, lease: lease, value: value)
        let wait = try waiting.milliseconds()
        let (answer, signal) = try Waiting.run(heeding: signals, cancel: election.cancel) {
            try election.campaign(waitMilliseconds: wait)
        }
        if let signal = signal ?? signals.pendingTermination() {
            if answer == .ok { _ = try election.resign() }
            throw Ended(status: ExitStatus.signalled(signal.number))
        }
        guard answer == .ok else { throw lostVote(election) }

        let result: (status: Int32, stoppedByLoss: Bool)
        do {
            result = try Supervisor(signals: signals, options: child) {
                Output.note("election '\(name)': leadership lost; \(child.onLost.consequence)")
            }.run(environment: environment(election, lease), lossDescriptor: election.lossDescriptor)
        } catch {
            _ = try? election.resign()
            throw Complaint("election '\(name)': \(error.message)", status: error.status)
        }
        try finish(election, result)
    }

    private func environment(_ election: BlockingElection, _ lease: Duration) -> [String] {
        let term = String(election.term)
        return Environment.forChild([
            ("DISTCOORD_ELECTION_NAME", name), ("DISTCOORD_TERM", term), ("DISTCOORD_FENCE", term),
            ("DISTCOORD_LEASE_EXPIRES", Output.moment(Output.now() + lease.wholeMilliseconds)),
        ])
    }

    private func finish(_ election: BlockingElection, _ result: (status: Int32, stoppedByLoss: Bool)) throws {
        // Nothing is left to give up, and a server that is away would hold us up.
        if result.stoppedByLoss { throw Ended(status: ExitStatus.lost) }
        do {
            let answer = try election.resign()
            if answer == .lost, child.onLost != .warn {
                Output.note(
                    "election '\(name)': leadership lost just before the command ended with status \(result.status)")
                throw Ended(status: ExitStatus.lost)
            }
        } catch let error as DistCoordError {
            global.note("election '\(name)': could not stand down: \(error.message); the lease ends the leadership")
        }
        try endUnlessSuccess(result.status)
    }

    private func lostVote(_ election: BlockingElection) -> any Error {
        let message =
            if let leader = try? election.leader() {
                "election '\(name)': \(leader.label) leads in term \(leader.term) (\(leader.candidates) waiting)"
            } else {
                "election '\(name)': not won in time"
            }
        return Complaint(message, status: waiting.conflictExitCode)
    }
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
