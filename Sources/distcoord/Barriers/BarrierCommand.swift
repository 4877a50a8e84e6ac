// distcoord barrier

import ArgumentParser
import DistCoord

struct BarrierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "barrier",
        abstract: "Wait until a number of parties have arrived.",
        discussion: """
            Example: distcoord barrier wait release-42 --parties 4 --timeout 60

            Reset and abort are for all who wait. See also 'latch', 'event' and 'double-barrier'.
            """,
        subcommands: [
            BarrierWaitCommand.self, BarrierShowCommand.self, BarrierResetCommand.self, BarrierAbortCommand.self,
        ])
}

struct BarrierWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Arrive and wait for the others; print the order of arrival, from 0.",
        discussion: """
            Examples:
              distcoord barrier wait release-42 --parties 4 --timeout 60
              distcoord barrier wait release-42 --parties 4 --action './switch-over.sh'

            The last party to arrive runs the action, once, while all others still wait; its stdout is this command's \
            stderr. When it fails the barrier is broken for all. All should give the same.

            One party that times out or is interrupted breaks the barrier for all who wait with it: exit status 75 \
            (130 when interrupted). 'barrier reset' makes it whole again.
            """)

    @Argument(help: "The barrier's name.")
    var name: String

    @Option(name: .shortAndLong, help: "How many wait for each other.")
    var parties: Int

    @Option(
        name: .long,
        help: ArgumentHelp("Run by 'sh -c', once, by the last to arrive, before anybody goes on.", valueName: "text"))
    var action: String?

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let client = try global.open()
        let barrier = try BlockingBarrier(client, name, parties: parties)
        let wait = try waiting.milliseconds()
        let action = action.map { BarrierAction($0, signals) }
        func cancel() {
            barrier.cancel()
            action?.cancel()
        }
        let (outcome, signal) = try Waiting.run(heeding: signals, cancel: cancel) {
            guard let action else { return try barrier.wait(waitMilliseconds: wait) }
            return try barrier.wait(waitMilliseconds: wait, action: action.run)
        }
        switch outcome.answer {
        case .ok:
            let arrival = outcome.arrival
            if global.printsJSON {
                try Output.line(
                    .object([
                        ("barrier", .string(name)), ("index", .int(arrival.index)),
                        ("generation", .int(arrival.generation)),
                    ]))
            } else {
                try Output.line(String(arrival.index))
            }
        case .timedOut:
            throw Complaint(
                "barrier '\(name)': not all \(parties) parties arrived in time; it is broken now",
                hint: "'distcoord barrier reset \(name)' makes it whole again", status: waiting.conflictExitCode)
        default:
            if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
            if let failure = action?.failure {
                throw Complaint(
                    "barrier '\(name)': the action failed (\(failure)); it is broken now",
                    hint: "'distcoord barrier reset \(name)' makes it whole again", status: waiting.conflictExitCode)
            }
            throw Complaint(
                "barrier '\(name)': broken: a party gave up, or it was aborted or reset",
                hint: "'distcoord barrier reset \(name)' makes it whole again", status: waiting.conflictExitCode)
        }
    }
}

/// The number of parties matters to those who wait only.
private func open(_ global: GlobalOptions, _ name: String) throws -> BlockingBarrier {
    try BlockingBarrier(global.open(), name, parties: 1)
}

struct BarrierShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how a barrier stands. Exit status 1: broken.",
        discussion: "Example: distcoord barrier show release-42")

    @Argument(help: "The barrier's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let status = try open(global, name).inspect()
        if global.printsJSON {
            try Output.line(
                .object([
                    ("barrier", .string(name)), ("waiting", .int(status.waiting)),
                    ("generation", .int(status.generation)), ("broken", .bool(status.isBroken)),
                ]))
        } else {
            try Output.table([
                ("barrier", name), ("waiting", String(status.waiting)), ("generation", String(status.generation)),
                ("state", status.isBroken ? "broken" : "whole"),
            ])
        }
        try endUnlessSuccess(status.isBroken ? ExitStatus.no : ExitStatus.success)
    }
}

struct BarrierResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Make a barrier empty and whole again; those who wait find it broken.",
        discussion: "Example: distcoord barrier reset release-42")

    @Argument(help: "The barrier's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws { try open(global, name).reset() }
}

struct BarrierAbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Break a barrier for all who wait and all who arrive until it is reset.",
        discussion: "Example: distcoord barrier abort release-42")

    @Argument(help: "The barrier's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws { try open(global, name).abort() }
}
