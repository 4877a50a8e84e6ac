// distcoord election resign, evict

import ArgumentParser
import DistCoord

struct ElectionResignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resign",
        abstract: "Have one's own candidate stand down; the next one leads at once. Exit status 1: it does not lead.",
        usage: "distcoord election resign NAME --value TEXT",
        discussion: """
            Example: distcoord election resign api --value "$(hostname):8080"

            Ends the leadership if the leader has that value. The program that leads finds it lost: 'election run' \
            stops its command.
            """)

    @Argument(help: "The election's name.")
    var name: String

    @Option(name: .long, help: "The value with which the candidate stands.")
    var value: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let election = try BlockingElection(observing: name, global.open())
        // The term keeps it from ending somebody else's leadership that has begun meanwhile.
        guard let leader = try election.leader(), leader.value == value, try election.evict(term: leader.term) == .ok
        else { throw Complaint("election '\(name)': '\(value)' does not lead", status: ExitStatus.no) }
    }
}

struct ElectionEvictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evict",
        abstract: "Take the leadership away from whoever has it; the next candidate leads at once.",
        usage: "distcoord election evict NAME [--term N] [-y]",
        discussion: """
            Example: distcoord election evict cron-master --term 1763719012345678 -y

            The old leader notices at its next renewal, at the latest after a third of its lease. Until then it may go \
            on writing: only a receiver that refuses small terms is safe. Exit status 1: nobody leads, or not in that \
            term.
            """)

    @Argument(help: "The election's name.")
    var name: String

    @Option(name: .long, help: ArgumentHelp("Only in this term.", valueName: "number"))
    var term: UInt64?

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let election = try BlockingElection(observing: name, global.open())
        guard let leader = try election.leader(), term == nil || term == leader.term else { throw nobody }
        try confirmation.demand(
            "election '\(name)' is led by \(leader.label.visible) ('\(leader.value.visible)', term \(leader.term)). "
                + "Take it away?")
        // Not from somebody else who has won while the question was on the screen.
        if try election.evict(term: leader.term) != .ok { throw nobody }
    }

    private var nobody: Complaint {
        Complaint(
            "election '\(name)': " + (term.map { "no leader in term \($0)" } ?? "nobody leads"), status: ExitStatus.no)
    }
}
