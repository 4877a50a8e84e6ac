// distcoord worker

import ArgumentParser

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run a command for each job of queues; list who works.",
        discussion: "Example: distcoord worker run thumbs -j 4 -- ./thumb.sh",
        subcommands: [WorkerRunCommand.self, WorkerListCommand.self])
}
