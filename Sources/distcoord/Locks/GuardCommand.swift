// distcoord guard: the guardian of another process.

import ArgumentParser
import DistCoord
import Glibc

/// Not for people: the library starts it, as `distcoord_options_set_guardian` says.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Wait for the end of a process, then give back what it still holds.",
        discussion: """
            Example: distcoord guard --pid 4121 --client 0WZrZb6FGUSVwJnyu10o8A

            The library starts it for programs that ask for a guardian.
            """,
        shouldDisplay: false)

    @Option(name: .long, help: ArgumentHelp("The process.", valueName: "number"))
    var pid: Int64

    @Option(name: .long, help: ArgumentHelp("The identity of its client.", valueName: "id"))
    var client: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        // What is sent to the whole group of the process is no reason to leave before it: it ends soon, and so do we.
        for number in Signals.terminations { signal(number, SIG_IGN) }
        let (answer, _) = try global.open().runGuardian(pid: pid, clientID: client)
        if answer != .ok { throw Ended(status: ExitStatus.of(answer)) }
    }
}
