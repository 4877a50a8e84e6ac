// distcoord election run, campaign

import ArgumentParser
import DistCoord
import Glibc

struct ElectionRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Stand for election, and run a command while leading.",
        usage: "distcoord election run NAME [--forever] [--lease 10s] [--value TEXT] [--wait 10s | -n] -- COMMAND ...",
        discussion: """
            Examples:
              distcoord election run cron-master -- ./cron-loop.sh
              distcoord election run api --forever --value "$(hostname):8080" -- ./serve.sh

            Elsewhere the same command stands by. When the command ends it stands down, and the exit status is the \
            command's. The command finds DISTCOORD_ELECTION_NAME, DISTCOORD_TERM (a number that grows with every \
            leadership), DISTCOORD_FENCE (the same) and DISTCOORD_LEASE_EXPIRES in its environment. If the leadership \
            is lost it is stopped, and the status is 79; --step-down is the time that it has for that before anybody \
            else can lead.

            With --forever it stands again after each end of the command and each loss, also when the server was away, \
            until it gets a signal.
            """)

    @OptionGroup var candidate: CandidateOptions

    @Flag(name: .long, help: "Stand again when the leadership or the command has ended.")
    var forever = false

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var child: ChildOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let limit = try waiting.limit()
        let client = try global.open()
        let run = HeldRun(
            contested: try candidate.open(client), client: client, signals: signals, limit: limit, child: child.plan,
            connection: global.connection)
        if forever { try run.runAgainAndAgain() } else { try run.run() }
    }
}

struct ElectionCampaignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign",
        abstract: "Stand for election, print the term on winning, and lead until stopped.",
        usage: "distcoord election campaign NAME [--lease 10s] [--value TEXT] [--wait 10s | -n] [-E N]",
        discussion: """
            Example: distcoord election campaign api --value "$(hostname):8080" --lease 5s

            For programs that start and stop their work themselves; 'election run' does it for a command. It stands \
            down when it gets a signal, and when nobody reads its stdout any more. Exit status 79: the leadership was \
            lost.
            """)

    @OptionGroup var candidate: CandidateOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let limit = try waiting.limit()
        let client = try global.open()
        defer { Closing.close(client) }
        let candidacy = try candidate.open(client)
        _ = try candidacy.obtain(heeding: signals, limit)
        defer { Closing.attempt { _ = try? candidacy.giveBack() } }
        if global.printsJSON {
            try Output.line(
                .object([
                    ("election", .string(candidate.name)), ("term", .int(candidacy.election.term)),
                    ("value", .string(orNull: candidate.value)),
                ]))
        } else {
            try Output.line(String(candidacy.election.term))
        }
        try lead(candidacy, signals)
    }

    /// Returns by throwing: the leadership is lost, or a signal came, or stdout has no reader any more.
    private func lead(_ candidacy: Candidacy, _ signals: Signals) throws {
        let loss = candidacy.lossDescriptor
        while candidacy.election.state == .leader {
            while let signal = signals.next() {
                if signal.number == SIGTSTP { Signals.stopSelf() }
                if signal.isTermination { throw Ended(status: ExitStatus.signalled(signal.number)) }
            }
            var ready = [
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: loss, events: Int16(POLLIN), revents: 0),
                // No event is asked for: what is told all the same is that the reader is gone.
                pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
            ]
            // Without a descriptor that would tell it the loss is looked for.
            _ = poll(&ready, nfds_t(ready.count), loss < 0 ? 200 : -1)
            if ready[2].revents & Int16(POLLERR | POLLHUP) != 0 {
                throw Ended(status: ExitStatus.signalled(SIGPIPE))
            }
        }
        throw Complaint("\(candidacy.title): lost", status: ExitStatus.lost)
    }
}
