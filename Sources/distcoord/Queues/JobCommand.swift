// distcoord job

import ArgumentParser

struct JobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Look at jobs, wait for them, cancel, retry and delete them.",
        discussion: """
            Examples:
              distcoord job wait "$id" --timeout 5m
              distcoord job list thumbs --state dead -o json | jq -r '.[].error.message'
              distcoord job retry thumbs --filter 'error~timeout'

            How a job says how far it is: 'distcoord worker run --help'.
            """,
        subcommands: [
            JobShowCommand.self, JobListCommand.self, JobWaitCommand.self, JobCancelCommand.self, JobRetryCommand.self,
            JobPromoteCommand.self, JobDeleteCommand.self,
        ])
}
