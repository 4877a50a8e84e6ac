// distcoord queue purge

import ArgumentParser
import DistCoord

struct QueuePurgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete all jobs in a state.",
        usage: "distcoord queue purge QUEUE --state dead [--older-than 7d] [-y]",
        discussion: """
            Example: distcoord queue purge thumbs --state dead --older-than 7d -y

            Jobs that have not run are cancelled first, so whoever waits for them is told. 'ended' is what is kept of \
            jobs that have ended: their results and errors. Prints how many were deleted.
            """)

    @OptionGroup var place: QueuePlace

    @Option(name: .long, help: "Which jobs.")
    var state: Purgeable

    @Option(
        name: .long,
        help: ArgumentHelp("Only those that died, ended or were pushed before that time ago.", valueName: "duration"))
    var olderThan: WrittenDuration?

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let handle = try place.open(global.open())
        let which = olderThan.map { " older than \($0.duration.brief)" } ?? ""
        try confirmation.demand("\(place.title): delete all \(state.rawValue) jobs\(which)?")
        // "Not found" means none, which is no failure here.
        let (_, count) = try handle.purge(state.state, nil, olderThan: olderThan?.duration ?? .zero)
        if global.printsJSON {
            try Output.line(.object([("queue", .string(place.queue)), ("deleted", .int(count))]))
        } else {
            try Output.line(String(count))
        }
    }
}

/// Jobs of which all can be deleted.
enum Purgeable: String, ExpressibleByArgument, CaseIterable {
    case dead, waiting, delayed, blocked, ended

    var state: JobState {
        switch self {
        case .dead: .dead
        case .waiting: .waiting
        case .delayed: .delayed
        case .blocked: .blocked
        case .ended: .completed
        }
    }
}
