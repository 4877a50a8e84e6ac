// distcoord election

import ArgumentParser
import DistCoord

struct ElectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "election",
        abstract: "Run a command on one machine of many, see which one it is, or end its leadership.",
        discussion: """
            Examples:
              distcoord election run cron-master -- ./cron-loop.sh
              distcoord election leader cron-master
              distcoord election observe cron-master --json
            """,
        subcommands: [
            ElectionRunCommand.self, ElectionCampaignCommand.self, ElectionLeaderCommand.self,
            ElectionObserveCommand.self, ElectionResignCommand.self, ElectionEvictCommand.self,
        ])
}

/// How a candidate stands.
struct CandidateOptions: ParsableArguments {
    @Argument(help: "The election's name.")
    var name: String

    @Option(name: .long, help: "What others see when this candidate leads. Default: the label.")
    var value: String?

    @OptionGroup var lease: LeaseOptions

    @Option(
        name: .long,
        help: ArgumentHelp("How often the lease is renewed. Default: a third of it.", valueName: "duration"))
    var renewal: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long before its end a leader steps down that could not renew. Default: a tenth of the lease.",
            valueName: "duration"))
    var stepDown: WrittenDuration?

    func open(_ client: BlockingClient) throws -> Candidacy {
        let lease = try lease.duration()
        let election = try BlockingElection(
            client, name,
            ElectionOptions(lease: lease, value: value, renewal: renewal?.duration, stepDown: stepDown?.duration))
        return Candidacy(election: election, lease: lease)
    }
}

/// A leadership, before and after it is won.
struct Candidacy: Contested, Held {
    let election: BlockingElection
    let lease: Duration

    var title: String { "election '\(election.name)'" }

    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let answer = try election.campaign(waitMilliseconds: waitMilliseconds)
        return (answer, answer == .ok ? self : nil)
    }

    func cancel() { election.cancel() }

    func obstacle(_ answer: Answer) -> String? {
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

extension BlockingElection {
    /// One that never stands.
    convenience init(observing name: String, _ client: BlockingClient) throws(DistCoordError) {
        try self.init(client, name, ElectionOptions())
    }
}
