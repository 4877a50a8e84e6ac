// distcoord workflow submit and run

import ArgumentParser
import DistCoord

/// How a run is started.
struct SubmitFlags: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The run's id; one that is known starts nothing. Default: a new one.", valueName: "id"))
    var id: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "For how long what became of the run is kept after its end. Default: 7d.", valueName: "duration"))
    var retention: WrittenDuration?

    @Flag(name: .long, help: "Start nothing when there is a step that no worker who lives could run.")
    var checkWorkers = false

    func start(
        _ queue: BlockingQueue, _ workflow: BlockingWorkflow, failFast: Bool
    ) throws -> (existed: Bool, run: BlockingRun) {
        if checkWorkers {
            do {
                try workflow.checkCapabilities(queue)
            } catch {
                // The file itself has been found right.
                guard error.code == .notFound || error.code == .invalidArgument else { throw error }
                throw Complaint(error.message, status: ExitStatus.temporary)
            }
        }
        return try BlockingRun.start(
            queue, workflow,
            RunOptions(id: id, retention: retention?.duration ?? .seconds(7 * 86_400), failFast: failFast))
    }
}

struct WorkflowSubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Start a run of a pipeline file on a queue, and print its id.",
        discussion: """
            Example: distcoord workflow submit -Q etl -f etl.yaml --id "etl-$(date +%F)"

            Its steps are run by 'distcoord worker run QUEUE --steps', those of other languages by their programs. The \
            file's 'timeout' counts where somebody waits: with 'workflow run'. Exit status 1: there is a run with that \
            id already; 75: with --check-workers, a step that nobody could run.
            """)

    @OptionGroup var place: RunQueue
    @OptionGroup var pipeline: PipelineFlags
    @OptionGroup var start: SubmitFlags
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let read = try pipeline.read()
        let workflow = try read.workflow(pipeline.title)
        let queue = try place.open(global.open())
        let (existed, run) = try start.start(queue, workflow, failFast: pipeline.failFast || read.failFast)
        if global.printsJSON {
            try Output.line(
                .object([("run", .string(run.id)), ("queue", .string(queue.name)), ("started", .bool(!existed))]))
        } else {
            try Output.line(run.id)
        }
        if existed {
            throw Complaint("run '\(run.id)': it is there already; nothing was started", status: ExitStatus.no)
        }
    }
}

struct WorkflowRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a run on a queue, work on it, and wait for its end.",
        usage: "distcoord workflow run -Q QUEUE [-f pipeline.yaml] [-j N] [--id ID]",
        discussion: """
            Example: distcoord workflow run -Q etl -f etl.yaml -j 4 --id nightly

            What 'workflow submit' and 'worker run --steps' do, in one: other workers of the queue take part. A run \
            with that id that is there is gone on with. Ctrl-C stops the run everywhere; SIGTERM leaves it. Exit \
            status as 'distcoord run'.
            """)

    @OptionGroup var place: RunQueue
    @OptionGroup var pipeline: PipelineFlags

    @Option(name: .shortAndLong, help: "How many steps run here at the same time.")
    var jobs: Int = 1

    @OptionGroup var start: SubmitFlags
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var steps: StepFlags
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...1024).contains(jobs) { throw ValidationError("-j \(jobs): 1 to 1024 steps can run at the same time") }
    }

    func run() throws {
        let read = try pipeline.read()
        let workflow = try read.workflow(pipeline.title)
        try steps.makeLogDirectory()
        let signals = try Signals()
        let client = try global.open()
        let queue = try place.open(client)
        let worker = try BlockingWorker(
            client, [WorkerQueue(queue.name)],
            WorkerOptions(
                concurrency: jobs, prefetch: 0, lease: lease.duration(), capabilities: steps.capabilities))
        let (existed, run) = try start.start(queue, workflow, failFast: pipeline.failFast || read.failFast)
        let known = existed ? "it is there already; going on with it" : "started on queue '\(queue.name)'"
        global.note("run '\(run.id)': \(known)")
        defer { Closing.attempt { _ = try? worker.shutdown(grace: .zero) } }
        try RunSession.perform(
            SubmittedPlace(client, run, worker), steps, read, jobs: jobs, name: worker.name, client: client, global,
            signals)
    }
}
