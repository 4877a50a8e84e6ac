// distcoord job list

import ArgumentParser
import DistCoord

struct JobListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List jobs of a queue.",
        usage: """
            distcoord job list QUEUE [--state S] [--task T] [--filter 'error~text age>1h'] [--limit 100] [--offset 0]
            """,
        discussion: """
            Examples:
              distcoord job list thumbs --state dead --filter 'error~timeout age<1d'
              distcoord job list thumbs --state dead -o json | jq -r '.[].error.message'

            Without --state all that have not ended, and dead ones. 'ended' are all whose result or error is kept \
            still. Waiting jobs are listed in the order in which they will be claimed, delayed ones by their time, \
            dead ones the latest first. Long payloads are cut; 'job show' has them whole.
            """)

    @OptionGroup var place: QueuePlace

    @Option(name: .shortAndLong, help: "Where the jobs are; again for more.")
    var state: [ListedState] = []

    @OptionGroup var selection: JobSelection

    @Option(name: .long, help: ArgumentHelp("How many to leave out.", valueName: "number"))
    var offset = 0

    @Option(name: .long, help: ArgumentHelp("How many to list at most.", valueName: "number"))
    var limit = 100

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if offset < 0 { throw ValidationError("--offset \(offset): it is 0 or more") }
        if limit < 1 { throw ValidationError("--limit \(limit): it is 1 or more") }
    }

    func run() throws {
        let queue = try place.open(global.open())
        let now = Output.now()
        let states = state.isEmpty ? ListedState.live : state
        // Nothing more than is shown is asked for, unless most of it may be passed over.
        let pageSize = selection.isEmpty ? min(JobPages.largest, offset + limit) : JobPages.largest
        let jobs = try JobPages(queue: queue, states: states, pageSize: pageSize) { selection.admits($0, now: now) }
            .collect(offset: offset, limit: limit)
        try global.printList(
            jobs, heading: ["ID", "STATE", "TASK", "TRY", "AGE", "PAYLOAD", "NOTE"],
            row: { job in
                [
                    job.id.visible, job.state.rawValue, job.task.visible,
                    job.maxAttempts > 0 ? "\(job.attempt)/\(job.maxAttempts)" : String(job.attempt),
                    job.momentMilliseconds.map { Duration.milliseconds(max(0, now - $0)).brief } ?? "",
                    String(validating: job.payload, as: UTF8.self)?.clipped(32) ?? "\(job.payload.count) bytes",
                    job.note(now: now).clipped(60),
                ]
            }, json: { $0.json(queue: place.queue) })
    }
}

/// Which jobs of a list are meant.
struct JobSelection: ParsableArguments {
    @Option(name: .shortAndLong, help: "Only jobs of that task.")
    var task: String?

    @Option(name: .long, help: ArgumentHelp(JobFilter.help, valueName: "terms"))
    var filter: [JobFilter] = []

    var isEmpty: Bool { task == nil && filter.isEmpty }

    func admits(_ job: JobInfo, now: Int64) -> Bool {
        (task == nil || job.task == task) && filter.allSatisfy { $0.admits(job, now: now) }
    }
}

/// Which list jobs are in.
enum ListedState: String, ExpressibleByArgument, CaseIterable {
    case waiting, delayed, active, blocked, dead, completed, cancelled, skipped, ended

    /// All that somebody may still do something about.
    static let live: [ListedState] = [.active, .waiting, .delayed, .blocked, .dead]

    /// The library's list, which for those that have ended is one.
    var list: JobState {
        switch self {
        case .waiting: .waiting
        case .delayed: .delayed
        case .active: .active
        case .blocked: .blocked
        case .dead: .dead
        case .completed, .cancelled, .skipped, .ended: .completed
        }
    }

    func admits(_ job: JobInfo) -> Bool { list != .completed || self == .ended || job.state.rawValue == rawValue }

    /// Whether a page that is not full is the last one.
    var isOrdered: Bool { list != .completed && list != .blocked }
}

/// Jobs of several lists, page after page.
struct JobPages {
    /// The library's limit.
    static let largest = 1000

    let queue: BlockingQueue
    let states: [ListedState]
    var pageSize = largest
    let admits: (JobInfo) -> Bool

    func collect(offset: Int, limit: Int) throws -> [JobInfo] {
        var result: [JobInfo] = []
        var leftOut = 0
        try each { job in
            if leftOut < offset {
                leftOut += 1
                return true
            }
            result.append(job)
            return result.count < limit
        }
        return result
    }

    /// Calls for each job until it is told to stop.
    func each(_ body: (JobInfo) throws -> Bool) throws {
        for state in states {
            var place = 0
            while true {
                let page = try queue.jobs(state.list, offset: place, limit: pageSize)
                for job in page where state.admits(job) && admits(job) {
                    if try !body(job) { return }
                }
                if page.isEmpty || (state.isOrdered && page.count < pageSize) { break }
                place += pageSize
            }
        }
    }
}
