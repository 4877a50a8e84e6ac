// The flags of commands that run another one.

import ArgumentParser
import DistCoord

/// A command as a text for the shell. What may stand after `--` instead is an argument of its own.
struct ShellOptions: ParsableArguments {
    @Option(name: [.customShort("c"), .customLong("command")], help: "Run this text by 'sh -c'.")
    var text: String?

    func validate(_ command: [String]) throws {
        if text != nil, !command.isEmpty {
            throw ValidationError("give either -c or a command after --, not both")
        }
    }

    /// For where there must be a command.
    func demand(_ command: [String]) throws {
        try validate(command)
        if text == nil, command.isEmpty {
            throw ValidationError("no command was given; write it after --, for example: -- make deploy")
        }
    }

    /// Empty when no command was given.
    func arguments(_ command: [String]) -> [String] { text.map(ChildPlan.shell) ?? command }
}

/// A command, which must be given.
struct CommandOptions: ParsableArguments {
    @OptionGroup var shell: ShellOptions

    @Argument(parsing: .postTerminator, help: "The command, after --. No shell is in between.")
    var command: [String] = []

    func validate() throws { try shell.demand(command) }

    var arguments: [String] { shell.arguments(command) }
}

/// A command, which the caller of `demand` must be given.
struct OptionalCommandOptions: ParsableArguments {
    @OptionGroup var shell: ShellOptions

    @Argument(parsing: .postTerminator, help: "The command, after --. No shell is in between.")
    var command: [String] = []

    func validate() throws { try shell.validate(command) }

    func demand() throws { try shell.demand(command) }

    var arguments: [String] { shell.arguments(command) }
}

/// What becomes of the command when the lease is lost.
enum OnLost: String, ExpressibleByArgument, CaseIterable {
    case term, kill, warn
}

struct LossOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "When the lease is lost: stop the command gently (term), at once (kill), or only say so (warn).")
    var onLost: OnLost = .term

    @Option(
        name: .long,
        help: ArgumentHelp("From SIGTERM to SIGKILL after a lost lease. Default: 5s.", valueName: "duration"))
    var killAfter: WrittenDuration?

    func plan(_ arguments: [String]) -> ChildPlan {
        ChildPlan(arguments: arguments, onLost: onLost, grace: killAfter?.duration ?? ChildPlan.usualGrace)
    }
}

/// A command that runs while something is held.
struct ChildOptions: ParsableArguments {
    @OptionGroup var loss: LossOptions
    @OptionGroup var command: CommandOptions

    var plan: ChildPlan { loss.plan(command.arguments) }
}

/// A command to run, and what becomes of it when it is to end.
struct ChildPlan {
    static let usualGrace = Duration.seconds(5)

    var arguments: [String]
    var onLost = OnLost.term
    /// From SIGTERM to SIGKILL.
    var grace = usualGrace
    /// How long it may go on after a termination signal to us; by default it gets the signal itself.
    var finishing: Duration?

    static func shell(_ text: String) -> [String] { ["/bin/sh", "-c", text] }
}
