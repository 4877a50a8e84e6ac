// distcoord workflow

import ArgumentParser
import DistCoord

struct WorkflowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow",
        abstract: "Start runs of workflows on a queue; look at them, stop them, take them up again.",
        discussion: """
            Examples:
              run=$(distcoord workflow submit -Q etl -f etl.yaml)
              distcoord worker run etl --steps -j 4
              distcoord workflow watch "$run" -Q etl
              distcoord workflow resume "$run" -Q etl

            A run is on the server: no process needs to live for it to go on. Workers take its steps from the queue as \
            jobs, in any language: those of pipeline files are run by 'distcoord worker run QUEUE --steps'.

            Within a step the queue and the run are known.
            """,
        subcommands: [
            WorkflowSubmitCommand.self, WorkflowRunCommand.self, WorkflowListCommand.self, WorkflowShowCommand.self,
            WorkflowWatchCommand.self, WorkflowResultCommand.self, WorkflowGraphCommand.self,
            WorkflowPauseCommand.self, WorkflowResumeCommand.self, WorkflowStopCommand.self,
            WorkflowDeleteCommand.self,
        ])
}

/// The queue that runs belong to.
struct RunQueue: ParsableArguments {
    @Option(
        name: [.customShort("Q"), .long],
        help: ArgumentHelp("The run's queue. Default: $DISTCOORD_QUEUE, set within steps.", valueName: "name"))
    var queue: String?

    func name() throws -> String {
        if let queue { return queue }
        if let name = Environment.value("DISTCOORD_QUEUE"), !name.isEmpty { return name }
        throw Complaint("the run's queue is not known; -Q names it", status: ExitStatus.usage)
    }

    func open(_ client: BlockingClient) throws -> BlockingQueue { try BlockingQueue(client, name(), lease: nil) }
}

/// A run that is there.
struct RunAddress: ParsableArguments {
    @OptionGroup var place: RunQueue

    @Argument(help: "The run's id. Default: $DISTCOORD_RUN, set within steps.")
    var run: String?

    func id() throws -> String {
        if let run { return run }
        if let id = Environment.value("DISTCOORD_RUN"), !id.isEmpty { return id }
        throw Complaint("the run's id is not known; give it as an argument", status: ExitStatus.usage)
    }

    func open(_ client: BlockingClient) throws -> BlockingRun { try BlockingRun(queue: place.open(client), id: id()) }

    func missing() throws -> Complaint {
        Complaint("run '\(try id())': not known in queue '\(try place.name())'", status: ExitStatus.no)
    }

    func summary(_ run: BlockingRun) throws -> RunSummary {
        guard let summary = try run.wait(milliseconds: 0).summary else { throw try missing() }
        return summary
    }
}
