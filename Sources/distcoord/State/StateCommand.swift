// distcoord state

import ArgumentParser
import DistCoord

struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Values, counters and lists under keys that all share, with versions, expiry and watching.",
        discussion: """
            Examples:
              distcoord state set api/url http://10.0.0.7:8080
              url=$(distcoord state get api/url)
              distcoord state add visits
              distcoord state ls api/
              distcoord state watch --prefix api/ --json

            A --scope is a set of keys of its own. A value that begins with '-' stands after '--'.
            """,
        subcommands: [
            StateGetCommand.self, StateSetCommand.self, StateCompareAndSetCommand.self, StateAddCommand.self,
            StateAppendCommand.self, StateItemsCommand.self, StateDeleteCommand.self, StateExpireCommand.self,
            StateListCommand.self, StateClearCommand.self, StateWatchCommand.self,
        ])
}

/// Where the keys are.
struct StateScope: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Whose keys. Default: those of the scope 'default'.", valueName: "name"))
    var scope: String?

    func open(_ client: BlockingClient) throws -> BlockingState { try BlockingState(client, scope: scope) }
}

/// One key.
struct StatePlace: ParsableArguments {
    @Argument(help: "The key.")
    var key: String

    @OptionGroup var scope: StateScope

    var title: String { "state '\(key)'" }

    func open(_ client: BlockingClient) throws -> BlockingState { try scope.open(client) }

    var missing: Complaint { Complaint("\(title): not there", status: ExitStatus.no) }

    func changed(_ version: UInt64, from expected: UInt64) -> Complaint {
        let now = version == 0 ? "it is not there" : "it has version \(version)"
        let wanted = expected == 0 ? "that it is not there" : "version \(expected)"
        return Complaint("\(title): \(now); \(wanted) was asked for", status: ExitStatus.temporary)
    }
}

/// A value, and how long it lives.
struct StateContent: ParsableArguments {
    @Argument(help: "The value; - for stdin.")
    var value: String?

    @Option(name: .long, help: ArgumentHelp("It is gone after that time. Default: it stays.", valueName: "duration"))
    var ttl: WrittenDuration?

    @Flag(name: .long, help: "It is gone when what was there before would have been.")
    var keepTtl = false

    func validate() throws {
        if ttl != nil, keepTtl { throw ValidationError("--ttl and --keep-ttl exclude each other") }
        if value == nil, StandardInput.isTerminal {
            throw ValidationError("no value: give it as an argument, '' for an empty one, or on stdin with -")
        }
    }

    func bytes() throws -> [UInt8] { try StandardInput.content(unless: value) }

    var timeToLive: TimeToLive { keepTtl ? .kept : ttl?.life ?? .unlimited }
}

extension WrittenDuration {
    var life: TimeToLive { .limited(duration) }
}
