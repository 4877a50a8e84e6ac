// distcoord latch

import ArgumentParser
import DistCoord

struct LatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latch",
        abstract: "Take a count down to zero, and wait for that.",
        discussion: """
            Examples:
              distcoord latch wait ready --count 3 --timeout 5m
              distcoord latch count-down ready --count 3

            Who comes first says the --count with which it begins; without it a command uses only a latch that is \
            there, or waits for it. A latch that is at zero stays so; a day after its last use it is forgotten.
            """,
        subcommands: [
            LatchCountDownCommand.self, LatchWaitCommand.self, LatchShowCommand.self, LatchResetCommand.self,
        ])
}

/// Which latch, and what it begins with.
struct LatchPlace: ParsableArguments {
    @Argument(help: "The latch's name.")
    var name: String

    @Option(name: .long, help: ArgumentHelp("What it begins with if it is not there yet.", valueName: "number"))
    var count: Int?

    var title: String { "latch '\(name)'" }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count \(count): at least 1") }
    }

    func open(_ client: BlockingClient) throws -> BlockingLatch {
        try BlockingLatch(client, name, count: count)
    }

    var missing: Complaint {
        Complaint("\(title): not there yet", hint: "--count says what it begins with", status: ExitStatus.no)
    }

    func json(_ count: Int) -> JSONValue {
        .object([("latch", .string(name)), ("count", .int(count)), ("open", .bool(count == 0))])
    }
}

struct LatchCountDownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count-down",
        abstract: "Take the count down; print what is left. Exit status 1: the latch is not there.",
        usage: "distcoord latch count-down NAME [--by N] [--count N]",
        discussion: "Example: distcoord latch count-down ready --count 3")

    @OptionGroup var place: LatchPlace

    @Option(name: .long, help: ArgumentHelp("By how much.", valueName: "number"))
    var by = 1

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (answer, left) = try place.open(global.open()).countDown(by: by)
        if answer != .ok { throw place.missing }
        if global.printsJSON { try Output.line(place.json(left)) } else { try Output.line(String(left)) }
    }
}

struct LatchWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until the count is zero.",
        usage: "distcoord latch wait NAME [--count N] [--wait 10s | -n] [-E N]",
        discussion: """
            Example: distcoord latch wait ready --count 3 --timeout 5m

            Exit status 75: not in time, or the latch was reset meanwhile.
            """)

    @OptionGroup var place: LatchPlace
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let wait = try waiting.milliseconds()
        let latch = try place.open(global.open())
        let (answer, signal) = try Waiting.run(heeding: signals, cancel: latch.cancel) {
            try latch.wait(waitMilliseconds: wait)
        }
        if answer == .ok { return }
        if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
        if answer == .broken {
            throw Complaint("\(place.title): was reset", status: waiting.conflictExitCode)
        }
        let now = try? latch.count()
        let left = now?.answer == .ok ? now.map { ": \($0.left) left" } : ": it is not there yet"
        throw Complaint("\(place.title): not at zero in time\(left ?? "")", status: waiting.conflictExitCode)
    }
}

struct LatchShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the count. Exit status 1: it is not zero, or the latch is not there.",
        discussion: "Example: distcoord latch show ready --json")

    @OptionGroup var place: LatchPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let (answer, count) = try place.open(global.open()).count()
        if answer != .ok { throw place.missing }
        if global.printsJSON { try Output.line(place.json(count)) } else { try Output.line(String(count)) }
        try endUnlessSuccess(count == 0 ? ExitStatus.success : ExitStatus.no)
    }
}

struct LatchResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Make a latch anew with a count; those who wait find it broken.",
        usage: "distcoord latch reset NAME --count N",
        discussion: "Example: distcoord latch reset ready --count 3")

    @OptionGroup var place: LatchPlace
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if place.count == nil { throw ValidationError("give --count, with which it begins") }
    }

    func run() throws { try place.open(global.open()).reset(place.count) }
}
