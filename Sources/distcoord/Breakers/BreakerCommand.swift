// distcoord breaker

public import ArgumentParser
public import DistCoord

struct BreakerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breaker",
        abstract: "Run a command unless it has failed too often lately, on whichever machine.",
        discussion: """
            Examples:
              distcoord breaker run billing -- curl -fsS https://billing.example/charge
              distcoord breaker show billing
              distcoord breaker open billing

            After --threshold failures within --sampling the breaker is open: nobody's command is run. After \
            --recovery it lets --trials commands through; if they succeed it closes, else it opens again.
            """,
        subcommands: [
            BreakerRunCommand.self, BreakerShowCommand.self, BreakerOpenCommand.self, BreakerCloseCommand.self,
            BreakerResetCommand.self, BreakerWatchCommand.self,
        ])
}

extension BreakerOptions.Fallback: ExpressibleByArgument {}

struct BreakerRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command if the breaker allows it; its status says whether it failed.",
        usage: "distcoord breaker run NAME [--threshold 5] [--sampling 5m] [--recovery 1m] [-E N] -- COMMAND ...",
        discussion: """
            Examples:
              distcoord breaker run billing -- curl -fsS https://billing.example/charge
              distcoord breaker run billing --threshold 3 --ignore 22 -- ./charge.sh

            The exit status is the command's; 75 when it was not run because the breaker is open. A command that was \
            interrupted, could not be started, or ended with a status of --ignore says nothing about what it called, \
            and does not count.
            """)

    @Argument(help: "The breaker's name.")
    var name: String

    @Option(name: .long, help: ArgumentHelp("How many failures open it.", valueName: "number"))
    var threshold: Int = 5

    @Option(
        name: .long, help: ArgumentHelp("Within which time they count together. Default: 5m.", valueName: "duration"))
    var sampling: WrittenDuration?

    @Option(name: .long, help: ArgumentHelp("How long it stays open. Default: 1m.", valueName: "duration"))
    var recovery: WrittenDuration?

    @Option(
        name: .long, help: ArgumentHelp("How many commands it tries then, all to succeed.", valueName: "number"))
    var trials: Int = 1

    @Option(
        name: .long,
        help: ArgumentHelp(
            "After how long an unfinished trial is taken for failed. Default: 1m.", valueName: "duration"))
    var trialTimeout: WrittenDuration?

    @Option(
        name: .long,
        help: "While the server cannot be reached: count in this process alone, be closed, or be open.")
    var fallback: BreakerOptions.Fallback = .local

    @Option(
        name: .long,
        help: ArgumentHelp("A status of the command that does not count; may be given again.", valueName: "status"))
    var ignore: [Int32] = []

    @Option(
        name: [.customShort("E"), .customLong("conflict-exit-code")],
        help: ArgumentHelp("Exit status when the breaker is open.", valueName: "number"))
    var conflictExitCode: Int32 = ExitStatus.temporary

    @OptionGroup var command: CommandOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (0...255).contains(conflictExitCode) else {
            throw ValidationError("-E \(conflictExitCode): an exit status is a number from 0 to 255")
        }
    }

    private var options: BreakerOptions {
        var options = BreakerOptions(failureThreshold: threshold, trials: trials, fallback: fallback)
        if let sampling { options.samplingDuration = sampling.duration }
        if let recovery { options.recoveryTimeout = recovery.duration }
        if let trialTimeout { options.trialTimeout = trialTimeout.duration }
        return options
    }

    func run() throws {
        let signals = try Signals()
        let client = try global.open()
        let breaker = try BlockingBreaker(client, name, options)
        // What was counted goes to the server. One that is away must not hold us up.
        defer {
            Closing.attempt {
                try? breaker.flush()
                try? client.close()
            }
        }
        let (answer, permit, retryAfter) = try breaker.allow()
        if answer != .ok { throw rejected(retryAfter) }
        let result: Supervised
        do {
            result = try Supervisor(signals: signals, plan: ChildPlan(arguments: command.arguments)).run(
                environment: Environment.forChild([("DISTCOORD_BREAKER_NAME", name)]))
        } catch {
            try? breaker.report(permit, .discarded)
            throw Complaint("breaker '\(name)': \(error.message)", status: error.status)
        }
        // Whatever becomes of that, the status is the command's.
        try? breaker.report(permit, outcome(result))
        try endUnlessSuccess(result.end.status)
    }

    private func outcome(_ result: Supervised) -> CallOutcome {
        if case .exited(0) = result.end { return .succeeded }
        if result.termination != nil || ignore.contains(result.end.status) { return .discarded }
        return .failed
    }

    private func rejected(_ retryAfter: Duration?) -> Complaint {
        Complaint(
            "breaker '\(name)': open; the command was not run",
            hint: retryAfter.map { "worth trying again in \($0.brief)" }
                ?? "'distcoord breaker show \(name)' tells why",
            status: conflictExitCode)
    }
}
