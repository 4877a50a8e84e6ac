// distcoord limit

import ArgumentParser
import DistCoord

struct LimitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Run commands no more often than so many times in a period, over all machines.",
        discussion: """
            Examples:
              distcoord limit run api --limit 10/1s -- curl -fsS https://api.example/items
              distcoord limit acquire mails --limit 100/h --key "$user" -n || exit
              distcoord limit show api --limit 10/1s

            All who use a name should give the same --limit; each command goes by its own.
            """,
        subcommands: [LimitRunCommand.self, LimitAcquireCommand.self, LimitShowCommand.self, LimitResetCommand.self])
}

/// How the permits come back.
enum LimitAlgorithm: String, ExpressibleByArgument, CaseIterable {
    case tokenBucket = "token-bucket"
    case slidingWindow = "sliding-window"
}

/// Which limiter, and what it lets through.
struct LimitPlace: ParsableArguments {
    @Argument(help: "The limiter's name.")
    var name: String

    @Option(name: .long, help: ArgumentHelp("How many in a period: 10/1s, 100/h, 20/10s.", valueName: "rate"))
    var limit: WrittenRate

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many may come at once after a quiet time. Default: as many as the limit.", valueName: "number"))
    var burst: Int?

    @Option(
        name: .long,
        help: "A bucket of tokens that fills up evenly, or never more than the limit in any span of a period.")
    var algorithm: LimitAlgorithm = .tokenBucket

    @OptionGroup var owner: LimitKey

    var title: String { "limit '\(name)'" + (owner.key.map { ", key '\($0)'" } ?? "") }

    func validate() throws {
        if limit.count == 0 { throw ValidationError("--limit none: a limiter has a limit") }
        if burst != nil, algorithm == .slidingWindow { throw ValidationError("--burst is for a token bucket") }
    }

    func open(_ client: BlockingClient) throws -> BlockingLimiter {
        let rate: RateLimit =
            switch algorithm {
            case .tokenBucket: .tokenBucket(limit: limit.count, per: limit.period, burst: burst)
            case .slidingWindow: .slidingWindow(limit: limit.count, per: limit.period)
            }
        return try BlockingLimiter(client, name, rate)
    }
}

struct LimitKey: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Whose permits: each key has its own. Default: those of the limiter itself.", valueName: "text"))
    var key: String?
}

/// How many permits are taken, and how long they are waited for.
struct PermitOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How many permits it takes.", valueName: "number"))
    var permits = 1

    @OptionGroup var waiting: WaitOptions

    /// Takes them, and tells how long that was waited for; without them the command ends.
    ///
    /// - Parameter tell: Also told after how long there would have been room.
    func acquire(
        _ place: LimitPlace, _ limiter: BlockingLimiter, heeding signals: Signals,
        tell: (_ isHad: Bool, _ time: Duration) throws -> Void = { _, _ in }
    ) throws {
        let wait = try waiting.milliseconds()
        let (outcome, signal) = try Waiting.run(heeding: signals, cancel: limiter.cancel) {
            try limiter.acquire(permits, key: place.owner.key, waitMilliseconds: wait)
        }
        // Taken in the moment of the signal they are used up: that is what a limit counts.
        if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
        try tell(outcome.answer == .ok, outcome.time)
        if outcome.answer == .ok { return }
        throw Complaint(
            "\(place.title): too many; there will be room in \(outcome.time.precise)",
            hint: wait == 0 ? "without -n it waits; --wait 30s limits that" : nil, status: waiting.conflictExitCode)
    }
}

struct LimitRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Wait for permits, then run a command.",
        usage: "distcoord limit run NAME --limit 10/1s [--key TEXT] [--wait 10s | -n] [-E N] -- COMMAND ...",
        discussion: """
            Example: distcoord limit run api --limit 10/1s -- ./call-api.sh

            Who waits gets its moment at once, in order of arrival. The exit status is the command's; 75 when there \
            was no room in time.
            """)

    @OptionGroup var place: LimitPlace
    @OptionGroup var permits: PermitOptions
    @OptionGroup var command: CommandOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        try permits.acquire(place, place.open(global.open()), heeding: signals)
        let result: Supervised
        do {
            result = try Supervisor(signals: signals, plan: ChildPlan(arguments: command.arguments)).run(
                environment: Environment.forChild([("DISTCOORD_LIMIT_NAME", place.name)]))
        } catch {
            throw Complaint("\(place.title): \(error.message)", status: error.status)
        }
        try endUnlessSuccess(result.end.status)
    }
}

struct LimitAcquireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acquire",
        abstract: "Wait for permits, and take them. Exit status 75: there was no room in time.",
        usage: "distcoord limit acquire NAME --limit 10/1s [--key TEXT] [--permits N] [--wait 10s | -n] [-E N]",
        discussion: """
            Example: distcoord limit acquire mails --limit 100/h --key "$user" -n || exit

            With --json it tells, in 'wait_seconds', how long it waited, or after how long there would have been room.
            """)

    @OptionGroup var place: LimitPlace
    @OptionGroup var permits: PermitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        try permits.acquire(place, place.open(global.open()), heeding: signals) { isHad, time in
            guard global.printsJSON else { return }
            try Output.line(
                .object([
                    ("limit", .string(place.name)), ("key", .string(orNull: place.owner.key)),
                    ("permits", .int(permits.permits)), ("acquired", .bool(isHad)),
                    ("wait_seconds", .number(time.inSeconds)),
                ]))
        }
    }
}

struct LimitShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how many permits there are now. Exit status 1: none.",
        usage: "distcoord limit show NAME --limit 10/1s [--key TEXT]",
        discussion: "Example: distcoord limit show api --limit 10/1s --json")

    @OptionGroup var place: LimitPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let status = try place.open(global.open()).inspect(key: place.owner.key)
        if global.printsJSON {
            try Output.line(
                .object([
                    ("limit", .string(place.name)), ("key", .string(orNull: place.owner.key)),
                    ("available", .int(status.available)), ("next_after_seconds", .number(status.nextAfter.inSeconds)),
                ]))
        } else {
            var rows = [("limit", place.name)]
            if let key = place.owner.key { rows.append(("key", key.visible)) }
            try Output.table(
                rows + [("available", String(status.available)), ("next after", status.nextAfter.precise)])
        }
        try endUnlessSuccess(status.available > 0 ? ExitStatus.success : ExitStatus.no)
    }
}

struct LimitResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget what was taken. Those who wait still do.",
        usage: "distcoord limit reset NAME [--key TEXT]",
        discussion: "Example: distcoord limit reset mails --key \"$user\"")

    @Argument(help: "The limiter's name.")
    var name: String

    @OptionGroup var owner: LimitKey
    @OptionGroup var global: GlobalOptions

    func run() throws {
        // The limit matters to those who take only.
        try BlockingLimiter(global.open(), name, .tokenBucket(limit: 1)).reset(key: owner.key)
    }
}
