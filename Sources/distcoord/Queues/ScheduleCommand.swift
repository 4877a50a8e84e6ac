// distcoord schedule

import ArgumentParser
import DistCoord

struct ScheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Push jobs again and again, by interval or cron line.",
        discussion: """
            Examples:
              distcoord schedule set backup jobs --cron '0 4 * * *' --tz Europe/Berlin all
              distcoord schedule set beat jobs --every 30s ''
              distcoord schedule next '0 4 * * mon-fri' --tz Europe/Berlin

            The server keeps them: each tick is one job, whoever looks, as long as anybody works on the queue.
            """,
        subcommands: [
            ScheduleSetCommand.self, ScheduleListCommand.self, ScheduleRemoveCommand.self, ScheduleNextCommand.self,
        ])
}

struct ScheduleSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set a schedule; setting what is set already changes nothing.",
        usage: """
            distcoord schedule set NAME QUEUE --every 30s PAYLOAD
            distcoord schedule set NAME QUEUE --cron 'M H D M W' [--tz ZONE] PAYLOAD
            """,
        discussion: """
            Examples:
              distcoord schedule set backup jobs --cron '0 4 * * *' --tz Europe/Berlin all
              distcoord schedule set beat jobs --every 30s --missed skip ''

            A cron line is minute, hour, day of month, month, day of week; with six fields the first is the second. \
            Each is *, a number, a name, a range, a step such as */15, or several with commas; L is the month's last \
            day. Also @hourly, @daily, @weekly, @monthly, @yearly.
            """)

    @Argument(help: "The schedule's name in the queue.")
    var name: String

    @OptionGroup var place: QueuePlace

    @Argument(help: "The jobs' payload; - for stdin.")
    var payload: String?

    @Option(name: .long, help: ArgumentHelp("A job every so often.", valueName: "duration"))
    var every: WrittenDuration?

    @Option(name: .long, help: ArgumentHelp("A job whenever the line says.", valueName: "line"))
    var cron: String?

    @Option(name: .long, help: ArgumentHelp("Time zone of the cron line. Default: UTC.", valueName: "zone"))
    var tz: String?

    @Option(name: .long, help: ArgumentHelp("When it begins. Default: when it is first set.", valueName: "moment"))
    var start: WrittenMoment?

    @Option(name: .long, help: "Of ticks that nobody was there for, run one job for all, or skip them.")
    var missed: MissedPolicy = .run

    @OptionGroup var flags: JobFlags
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if (every == nil) == (cron == nil) { throw ValidationError("give either --every or --cron") }
        if tz != nil, cron == nil { throw ValidationError("--tz goes with --cron; an interval has no time zone") }
        if payload == nil, StandardInput.isTerminal {
            throw ValidationError("no payload: give it as an argument, '' for an empty one, or on stdin with -")
        }
    }

    func run() throws {
        let handle = try place.open(global.open())
        let bytes = try StandardInput.content(unless: payload)
        let moments: Schedule.Moments =
            every.map { .every($0.duration) } ?? .cron(cron ?? "", timeZone: tz ?? "UTC")
        let schedule = Schedule(
            moments, startMillisecondsSince1970: start?.millisecondsSince1970, whenMissed: missed.choice)
        try handle.setSchedule(name, schedule, bytes, flags.options)
    }
}

enum MissedPolicy: String, ExpressibleByArgument, CaseIterable {
    case run, skip

    var choice: Schedule.WhenMissed {
        switch self {
        case .run: .runOnce
        case .skip: .skip
        }
    }
}

struct ScheduleListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the schedules of a queue by their next tick.",
        discussion: "Example: distcoord schedule list jobs --json")

    @OptionGroup var place: QueuePlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let schedules = try place.open(global.open()).schedules()
        try global.printList(
            schedules, heading: ["NAME", "WHEN", "NEXT", "LAST", "JOBS", "TASK", "MISSED"],
            row: {
                [
                    $0.name, $0.rhythm, $0.nextMoment, $0.lastMillisecondsSince1970.map(Output.moment) ?? "never",
                    String($0.runs), $0.task.visible, $0.whenMissed == .skip ? "skip" : "run",
                ]
            }, json: \.json)
    }
}

struct ScheduleRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "End a schedule; jobs that it has pushed stay. Exit status 1: there is none.",
        usage: "distcoord schedule remove NAME QUEUE",
        discussion: "Example: distcoord schedule remove backup jobs")

    @Argument(help: "The schedule's name in the queue.")
    var name: String

    @OptionGroup var place: QueuePlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        if try place.open(global.open()).removeSchedule(name) != .ok {
            throw Complaint("\(place.title): no schedule '\(name)'", status: ExitStatus.no)
        }
    }
}

struct ScheduleNextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Print the next moments that a cron line names, in UTC. Asks no server.",
        usage: "distcoord schedule next 'M H D M W' [--tz ZONE] [--count 5] [--after MOMENT]",
        discussion: """
            Example: distcoord schedule next '0 4 * * mon-fri' --tz Europe/Berlin --count 5

            Exit status 1: there is none in the next 20 years.
            """)

    @Argument(help: "The cron line; 'schedule set --help' tells how it is written.")
    var line: String

    @Option(name: .long, help: ArgumentHelp("Its time zone.", valueName: "zone"))
    var tz = "UTC"

    @Option(name: .long, help: ArgumentHelp("How many moments.", valueName: "number"))
    var count = 1

    @Option(name: .long, help: ArgumentHelp("After then. Default: now.", valueName: "moment"))
    var after: WrittenMoment?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...1000).contains(count) { throw ValidationError("--count \(count): 1 to 1000 moments") }
    }

    func run() throws {
        var moments: [Int64] = []
        var last = after?.millisecondsSince1970 ?? Output.now()
        while moments.count < count, let next = try Schedule.nextMoment(line, tz, after: last) {
            moments.append(next)
            last = next
        }
        if global.printsJSON {
            try Output.line(.array(moments.map { .string(Output.moment($0)) }))
        } else {
            for moment in moments { try Output.line(Output.moment(moment)) }
        }
        if moments.isEmpty {
            throw Complaint("cron line '\(line)': no moment in the next 20 years", status: ExitStatus.no)
        }
    }
}

extension ScheduleInfo {
    /// When it ticks, for people.
    var rhythm: String {
        switch moments {
        case .every(let interval): "every \(interval.precise)"
        case .cron(let line, let timeZone): "\(line) \(timeZone)"
        }
    }

    var nextMoment: String { nextMillisecondsSince1970.map(Output.moment) ?? "never" }

    var json: JSONValue {
        var cron: String?
        var zone: String?
        var every: Duration?
        switch moments {
        case .every(let interval): every = interval
        case .cron(let line, let timeZone): (cron, zone) = (line, timeZone)
        }
        return .object([
            ("name", .string(name)), ("every_seconds", every.map { .number($0.inSeconds) } ?? .null),
            ("cron", .string(orNull: cron)), ("time_zone", .string(orNull: zone)),
            ("missed", whenMissed == .skip ? "skip" : "run"), ("task", .string(task)),
            ("next", .string(orNull: nextMillisecondsSince1970.map(Output.moment))),
            ("last", .string(orNull: lastMillisecondsSince1970.map(Output.moment))), ("jobs", .int(runs)),
        ])
    }
}
