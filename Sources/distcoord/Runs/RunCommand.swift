// distcoord run

import ArgumentParser
import DistCoord
import Glibc

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the steps of a pipeline file, here alone or on many machines together.",
        usage: "distcoord run [-f pipeline.yaml] [-j N] [--shard 2/5 | --index I --total N] [--capability gpu]",
        discussion: """
            Examples:
              distcoord run -f pipeline.yaml -j 4
              INSTANCE_INDEX=0 TOTAL_INSTANCES=3 distcoord run --id "$COMMIT"
              distcoord run --check && distcoord run --graph mermaid

            A file:
              steps:
                build: {run: make}
                test:
                  needs: [build]
                  matrix: {suite: [unit, end-to-end]}
                  run: make test-$MATRIX_SUITE
                clean: {needs: [test], always: true, run: make clean}

            Keys of a step: run, needs, requires, retries, backoff, timeout, when, matrix, map, policy, always, env, \
            dir, shell, group, artifacts (publish, fetch), priority, capability-timeout; for steps of other programs \
            language, task, arguments. At the top: name, steps, groups, env, timeout, fail-fast, shell, \
            capability-timeout. See distcoord(1).

            Alone it makes a run of its own each time. With INSTANCE_INDEX and TOTAL_INSTANCES, with the variables of \
            CI systems, or by flags, all instances work through one run together: each ends with the run's status. \
            Any may die, also the one that coordinates: what it had runs elsewhere within the lease.

            A step finds DISTCOORD_RUN, DISTCOORD_STEP, DISTCOORD_INSTANCE, DISTCOORD_ATTEMPT, DISTCOORD_FAILED and \
            MATRIX_... in its environment, results of what it needs as files in $DISTCOORD_INPUTS, and writes its own \
            to $DISTCOORD_RESULT.

            Ctrl-C stops the run everywhere, steps that always run excepted; a second one those as well. SIGTERM to \
            one of several instances has it leave; the run goes on.

            Exit status: 0 the run succeeded; 1 it failed, or somebody else stopped it; 78 the file or index and total \
            are wrong; 130 interrupted; others as for all commands.
            """)

    @OptionGroup var pipeline: PipelineFlags

    @Option(
        name: .shortAndLong,
        help: "How many steps run here at the same time. Default: 1 of several instances, alone a step per processor.")
    var jobs: Int?

    @OptionGroup var instance: InstanceFlags
    @OptionGroup var steps: StepFlags

    @Flag(name: .long, help: "Check the file, and end.")
    var check = false

    @Option(name: .long, help: "Print the graph, and end.")
    var graph: GraphForm?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let jobs, !(1...1024).contains(jobs) {
            throw ValidationError("-j \(jobs): 1 to 1024 steps can run at the same time")
        }
    }

    func run() throws {
        let read = try pipeline.read()
        let workflow = try read.workflow(pipeline.title)
        if let graph { return try Output.line(read.graph.text(graph)) }
        if check { return global.note("\(pipeline.title): \(workflow.count) steps and groups, nothing wrong") }
        let numbers = try InstanceNumbers.find(instance)
        try steps.makeLogDirectory()
        let signals = try Signals()
        let client = try global.open()
        let options = try instance.options(
            numbers, capabilities: steps.capabilities, failFast: pipeline.failFast || read.failFast)
        let place = try join(client, workflow, options, signals)
        if numbers != nil { global.note("\(place.title): instance \(options.index ?? 0) of \(options.total ?? 1)") }
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        try RunSession.perform(
            place, steps, read, jobs: jobs ?? (numbers == nil ? processors : 1), name: String(options.index ?? 0),
            client: client, global, signals)
    }

    /// An instance that was killed and started again finds itself still alive, until its lease is over.
    private func join(
        _ client: BlockingClient, _ workflow: BlockingWorkflow, _ options: InstanceOptions, _ signals: Signals
    ) throws -> InstancePlace {
        let patience = options.lease + .seconds(2)
        let deadline = monotonicMilliseconds() + patience.wholeMilliseconds
        while true {
            do {
                return try InstancePlace(BlockingInstance(client, workflow, options))
            } catch let error as DistCoordError where error.code == .exists {
                let now = monotonicMilliseconds()
                if now >= deadline {
                    let index = options.index ?? 0
                    throw Complaint(
                        "run '\(options.identity ?? "")': there is an instance \(index) already",
                        hint: "each instance has an index of its own", status: ExitStatus.badConfiguration)
                }
                try signals.pause(until: now + 250)
            }
        }
    }
}
