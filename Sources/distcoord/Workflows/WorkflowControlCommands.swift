// distcoord workflow pause, resume, stop and delete

import ArgumentParser
import DistCoord

struct WorkflowPauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Have nothing new begin; steps that run go on. Exit status 1: it is not known, or has ended.",
        discussion: "Example: distcoord workflow pause \"$run\" -Q etl")

    @OptionGroup var address: RunAddress
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let run = try address.open(global.open())
        try address.expect(run.pause(), "it has ended")
    }
}

struct WorkflowResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on after a pause, or take up again a run that failed or was stopped.",
        discussion: """
            Example: distcoord workflow resume "$run" -Q etl

            What succeeded or was skipped stays as it is, all else runs (again). Exit status 1: the run is not known, \
            or has succeeded.
            """)

    @OptionGroup var address: RunAddress
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let run = try address.open(global.open())
        try address.expect(run.resume(), "it has succeeded; there is nothing to take up")
    }
}

struct WorkflowStopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop a run: what waits is cancelled, what runs is asked to stop, what always runs does so.",
        discussion: """
            Example: distcoord workflow stop "$run" -Q etl --reason "wrong data"

            It returns before the run has ended; 'workflow watch' waits for that. Exit status 1: it is not known, or \
            has ended.
            """,
        aliases: ["cancel"])

    @OptionGroup var address: RunAddress

    @Option(name: .long, help: "Why, for those who look at the run.")
    var reason: String?

    @Flag(name: .long, help: "Not even what always runs.")
    var atOnce = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let run = try address.open(global.open())
        try address.expect(run.stop(reason: reason, atOnce: atOnce), "it has ended")
    }
}

struct WorkflowDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Forget a run that has ended, and all that belongs to it.",
        discussion: "Example: distcoord workflow delete \"$run\" -Q etl -y")

    @OptionGroup var address: RunAddress
    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let run = try address.open(global.open())
        try confirmation.demand("forget run '\(run.id)' with its results and artifacts?")
        do {
            _ = try run.delete()
        } catch {
            guard error.code == .conflict else { throw error }
            throw Complaint(error.message, hint: "'workflow stop' ends it", status: ExitStatus.no)
        }
    }
}

extension RunAddress {
    /// - Parameter ended: What "expired" means here.
    fileprivate func expect(_ answer: Answer, _ ended: String) throws {
        switch answer {
        case .ok: return
        case .expired: throw Complaint("run '\(try id())': \(ended)", status: ExitStatus.no)
        default: throw try missing()
        }
    }
}
