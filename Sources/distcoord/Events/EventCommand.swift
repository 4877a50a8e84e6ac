// distcoord event

import ArgumentParser
import DistCoord

struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "A flag that others wait for; messages to all who listen on a channel.",
        discussion: """
            Examples:
              distcoord event wait migrated --timeout 10m && ./start.sh
              distcoord event set migrated
              distcoord event subscribe deploys &
              distcoord event publish deploys 'web 42'

            Messages of channels reach those who listen at that time; those of a 'topic' are kept.
            """,
        subcommands: [
            EventSetCommand.self, EventClearCommand.self, EventShowCommand.self, EventWaitCommand.self,
            EventPublishCommand.self, EventSubscribeCommand.self,
        ])
}

struct EventSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set an event; all who wait for it go on.",
        discussion: """
            Example: distcoord event set migrated

            It stays set until 'event clear'; an event that nobody uses for a day is forgotten.
            """)

    @Argument(help: "The event's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws { try BlockingEvent(global.open(), name).set() }
}

struct EventClearCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Clear an event; who waits from now on waits.",
        discussion: "Example: distcoord event clear migrated")

    @Argument(help: "The event's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws { try BlockingEvent(global.open(), name).clear() }
}

struct EventShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell whether an event is set. Exit status 1: it is not.",
        discussion: "Example: distcoord event show migrated")

    @Argument(help: "The event's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let isSet = try BlockingEvent(global.open(), name).isSet()
        if global.printsJSON {
            try Output.line(.object([("event", .string(name)), ("set", .bool(isSet))]))
        } else {
            try Output.line(isSet ? "set" : "not set")
        }
        try endUnlessSuccess(isSet ? ExitStatus.success : ExitStatus.no)
    }
}

struct EventWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until an event is set.",
        usage: "distcoord event wait NAME [--wait 10s | -n] [-E N]",
        discussion: """
            Example: distcoord event wait migrated --timeout 10m

            It also ends when the event is cleared at once after it was set.
            """)

    @Argument(help: "The event's name.")
    var name: String

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let wait = try waiting.milliseconds()
        let event = try BlockingEvent(global.open(), name)
        let (answer, signal) = try Waiting.run(heeding: signals, cancel: event.cancel) {
            try event.wait(waitMilliseconds: wait)
        }
        if answer == .ok { return }
        if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
        throw Complaint("event '\(name)': not set in time", status: waiting.conflictExitCode)
    }
}
