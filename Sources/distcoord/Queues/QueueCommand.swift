// distcoord queue

import ArgumentParser

struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Push jobs, look at queues, pause, limit and purge them.",
        discussion: """
            Examples:
              find . -name '*.jpg' | distcoord queue push thumbs --lines
              distcoord queue show thumbs
            """,
        subcommands: [
            QueuePushCommand.self, QueueShowCommand.self, QueuePauseCommand.self, QueueResumeCommand.self,
            QueueLimitCommand.self, QueuePurgeCommand.self,
        ])
}
