// distcoord job cancel, promote, delete

import ArgumentParser
import DistCoord

struct JobCancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a job; one that runs is asked to stop.",
        usage: "distcoord job cancel ID ... [--reason TEXT] [--queue QUEUE]",
        discussion: """
            Example: distcoord job cancel "$id" --reason 'no longer wanted'

            A job that waits has ended with this. A job that runs goes on until its worker heeds it: a command under \
            'worker run' gets SIGTERM; 'job wait' tells its end. Exit status 1: one is not known, or has ended already.
            """)

    @Argument(help: ArgumentHelp("The jobs' ids.", valueName: "id"))
    var ids: [String]

    @Option(name: .long, help: ArgumentHelp("Why; shown with the job.", valueName: "text"))
    var reason: String?

    @OptionGroup var place: JobPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        try forEach(ids) { id in
            let queue = try place.find(client, id)
            let (answer, stillRuns) = try queue.cancelJob(id, reason: reason)
            switch answer {
            case .ok: if stillRuns { global.note("job '\(id)': runs; its worker is asked to stop it") }
            case .expired: throw Complaint("job '\(id)': has ended already", status: ExitStatus.no)
            default: throw unknown(id, in: queue)
            }
        }
    }
}

struct JobPromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Make a delayed job ready now.",
        usage: "distcoord job promote ID ... [--queue QUEUE]",
        discussion: """
            Example: distcoord job promote "$id"

            Exit status 1: one is not known, or not delayed.
            """)

    @Argument(help: ArgumentHelp("The jobs' ids.", valueName: "id"))
    var ids: [String]

    @OptionGroup var place: JobPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        try forEach(ids) { id in
            let queue = try place.find(client, id)
            if try queue.promote(id) != .ok {
                throw Complaint("job '\(id)': no delayed job in queue '\(queue.name)'", status: ExitStatus.no)
            }
        }
    }
}

struct JobDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a job for good; one that has not run is cancelled first.",
        usage: "distcoord job delete ID ... [-y] [--queue QUEUE]",
        discussion: """
            Example: distcoord job delete "$id" -y

            Of a job that has ended its result or error is deleted. Exit status 1: one is not known, or runs.
            """)

    @Argument(help: ArgumentHelp("The jobs' ids.", valueName: "id"))
    var ids: [String]

    @OptionGroup var place: JobPlace
    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        try confirmation.demand(ids.count == 1 ? "job '\(ids[0])': delete it?" : "delete \(ids.count) jobs?")
        try forEach(ids) { id in
            let queue = try place.find(client, id)
            guard let job = try queue.inspect(id) else { throw unknown(id, in: queue) }
            let state: JobState
            switch job.state {
            case .active:
                throw Complaint(
                    "job '\(id)': runs", hint: "'distcoord job cancel' asks it to stop", status: ExitStatus.no)
            case .completed, .cancelled, .skipped: state = .completed
            default: state = job.state
            }
            // It may have moved on since it was looked at.
            if try queue.purge(state, id, olderThan: .zero).answer != .ok {
                throw Complaint("job '\(id)': no longer \(job.state.rawValue)", status: ExitStatus.no)
            }
        }
    }
}

/// Does it for each job, also when it fails for one: then each failure is told, and the last one's status is given.
func forEach(_ ids: [String], _ body: (String) throws -> Void) throws {
    var last: Complaint?
    for id in ids {
        do {
            try body(id)
        } catch let complaint as Complaint {
            if let last { Output.note(last.message) }
            last = complaint
        }
    }
    if let last { throw last }
}
