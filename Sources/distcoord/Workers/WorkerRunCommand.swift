// distcoord worker run

import ArgumentParser
import DistCoord
import Glibc
import Synchronization

struct WorkerRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command for each job of queues.",
        usage: "distcoord worker run QUEUE[=WEIGHT] ... [-j N] [--burst] [--lease 30s] -- COMMAND ...",
        discussion: """
            Examples:
              distcoord worker run thumbs -j 4 -- ./thumb.sh
              distcoord worker run urgent=10 usual=1 --capabilities gpu -- ./task.sh

            The command gets the payload on stdin, and what it prints is the result. Status 0 completes the job; 75 \
            gives it back, to be tried again after a second, and counts no attempt; any other fails the attempt: 'exit \
            3' or 'signal 9' is the kind of the error, the end of its stderr says what went wrong.

            It finds DISTCOORD_JOB_ID, DISTCOORD_QUEUE, DISTCOORD_TASK, DISTCOORD_ATTEMPT, DISTCOORD_MAX_ATTEMPTS, \
            DISTCOORD_FENCE, DISTCOORD_WORKER, DISTCOORD_CONTENT_TYPE and DISTCOORD_BATCH in its environment; headers \
            as DISTCOORD_HEADER_NAME, a trace context also as TRACEPARENT, TRACESTATE and BAGGAGE.

            For a step of a workflow it also finds DISTCOORD_RUN, DISTCOORD_STEP, DISTCOORD_ROUND, for one of a map \
            DISTCOORD_INDEX and DISTCOORD_ITEM, results of what it needs as files in DISTCOORD_INPUTS, and in \
            DISTCOORD_FAILED what ended badly. Steps that programs define for the shell ask for the capability \
            lang:shell.

            It says how far it is by a line '::progress PERCENT TEXT' on stderr, which 'job show' shows: \
            echo "::progress 40 resizing" >&2

            It gets SIGTERM, and after --kill-after SIGKILL, when its job is cancelled, out of time, or its lease is \
            lost.

            SIGTERM and SIGINT to the worker: takes no further job, lets running ones finish for --grace, then stops \
            them and gives them back; a second signal does that at once. SIGUSR1 and SIGTSTP: takes no further job. \
            SIGUSR2: says on stderr how it is.
            """)

    @Argument(
        help: ArgumentHelp(
            "Queues; of several one of weight 10 is asked first ten times as often as one of 1.",
            valueName: "queue[=weight]"))
    var queues: [WrittenQueue]

    @Option(name: .shortAndLong, help: "How many jobs run at the same time.")
    var jobs: Int = 1

    @Flag(name: .shortAndLong, help: "End when there is no job left to claim; those to be run later are left.")
    var burst = false

    @Option(name: .long, help: "How the worker is called. Default: the label and a number.")
    var name: String?

    @Option(name: .long, help: ArgumentHelp("Takes the jobs of that pool beside those of none.", valueName: "name"))
    var pool: String?

    @Option(name: .long, help: ArgumentHelp("What it has, for example gpu,ssd; 'linux' is added.", valueName: "names"))
    var capabilities: String?

    @Flag(name: .long, help: "Has a queue of its own under its --name: jobs of 'queue push --worker'.")
    var ownQueue = false

    @Flag(name: .long, help: "Takes from other workers' own queues when there is nothing else; with --own-queue.")
    var steal = false

    @Option(name: .long, help: ArgumentHelp("How many jobs are claimed ahead of those that run.", valueName: "number"))
    var prefetch = 0

    @Option(
        name: [.long, .customLong("ttl")],
        help: ArgumentHelp(
            "How long a job stays claimed if this process dies; renewed while it lives. Default: 30s.",
            valueName: "duration"))
    var lease: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long running jobs may take to finish after SIGTERM. Default: 30s.", valueName: "duration"))
    var grace: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("From SIGTERM to SIGKILL for a job that is stopped. Default: 5s.", valueName: "duration"))
    var killAfter: WrittenDuration?

    @Flag(
        name: .long,
        help: "Runs steps of pipelines (see 'distcoord workflow submit'); other jobs are left without a COMMAND.")
    var steps = false

    @OptionGroup var shape: QueueShape

    @OptionGroup var command: OptionalCommandOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...1024).contains(jobs) { throw ValidationError("-j \(jobs): 1 to 1024 jobs can run at the same time") }
        if steal, !ownQueue { throw ValidationError("--steal goes with --own-queue") }
        if ownQueue, name == nil {
            throw ValidationError("--own-queue goes with --name, by which jobs are pushed for it")
        }
        if !steps { try command.demand() }
    }

    func run() throws {
        let signals = try Signals()
        let client = try global.open()
        let worker = try BlockingWorker(
            client, queues.map { WorkerQueue($0.name, weight: $0.weight, partitions: shape.partitions) },
            WorkerOptions(
                name: name, concurrency: jobs, prefetch: prefetch, lease: lease?.duration,
                capabilities: (capabilities.map {
                    $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                } ?? []) + (steps ? [StepCommand.capability] : []),
                pool: pool, ownsQueue: ownQueue, steals: steal))
        let control = try WorkerControl(worker, title: "worker '\(worker.name)'")
        let settings = WorkerSettings(
            command: command.arguments, killAfter: killAfter?.duration.wholeMilliseconds ?? 5000,
            isQuiet: global.connection.quiet, steps: steps ? StepSettings(place: worker.name, global) : nil)
        if burst { worker.drain() }
        var slots: [WorkerSlot] = []
        for _ in 0..<jobs { slots.append(try WorkerSlot(control, settings, signals)) }
        for slot in slots { try startThread { slot.run() } }
        let atOnce = attend(slots, worker, control, signals)
        // Nothing runs any more; this ends the registration. A server that is away must not hold us up.
        Closing.attempt { _ = try? worker.shutdown(grace: .zero) }
        try report(control)
        if let failure = control.failure.withLock({ $0 }) { throw failure }
        if let atOnce { throw Ended(status: ExitStatus.signalled(atOnce.number)) }
    }

    /// Heeds signals until all slots have ended. Gives the signal that asked a second time, if one did.
    private func attend(
        _ slots: [WorkerSlot], _ worker: BlockingWorker, _ control: WorkerControl, _ signals: Signals
    ) -> ReceivedSignal? {
        let grace = grace?.duration.wholeMilliseconds ?? 30_000
        var graceEnds: Int64?
        var second: ReceivedSignal?
        func enter(_ phase: WorkerPhase) {
            control.enter(phase)
            for slot in slots { slot.poke() }
        }
        while control.running.load(ordering: .acquiring) > 0 {
            var ready = [
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control.ended.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&ready, 2, pollTimeout(until: graceEnds))
            if ready[1].revents != 0 {
                // A slot has ended; its byte is read so that the next poll waits.
                JobProcess.drainByte(control.ended.readEnd)
            }
            while let signal = signals.next() {
                switch signal.number {
                case SIGCHLD: for slot in slots { slot.poke() }
                case SIGUSR1, SIGTSTP: enter(.quiet)
                case SIGUSR2:
                    Output.note("\(control.title): \(worker.counts.running) running, \(control.words)")
                case SIGTERM, SIGINT, SIGHUP, SIGQUIT:
                    if graceEnds == nil {
                        graceEnds = monotonicMilliseconds() + grace
                        enter(.finishing)
                    } else if second == nil {
                        second = signal
                        enter(.givingBack)
                    }
                default: break
                }
            }
            if control.phase == .finishing, graceEnds == nil {
                // A slot found that the worker cannot go on.
                graceEnds = monotonicMilliseconds() + grace
                enter(.finishing)
            }
            if let ends = graceEnds, monotonicMilliseconds() >= ends, control.phase != .givingBack {
                enter(.givingBack)
            }
            // Once jobs are being given back only their slots' own deadlines count.
            if control.phase == .givingBack { graceEnds = .max }
        }
        return second
    }

    private func report(_ control: WorkerControl) throws {
        let tally = control.tally.withLock { $0 }
        if global.printsJSON {
            try Output.line(
                .object([
                    ("worker", .string(control.source.name)),
                    ("queues", .array(queues.map { .string($0.name) })), ("completed", .int(tally.completed)),
                    ("failed", .int(tally.failed)), ("released", .int(tally.released)),
                    ("cancelled", .int(tally.cancelled)), ("lost", .int(tally.lost)),
                ]))
        } else {
            global.note("\(control.title): \(control.words)")
        }
    }
}

/// `QUEUE` or `QUEUE=WEIGHT`. A name that itself ends like that is written with its weight.
struct WrittenQueue: ExpressibleByArgument {
    let name: String
    let weight: Int

    init?(argument: String) {
        if let end = argument.lastIndex(of: "="), let weight = Int(argument[argument.index(after: end)...]) {
            guard (0...1000).contains(weight) else { return nil }
            (name, self.weight) = (String(argument[..<end]), weight)
        } else {
            (name, weight) = (argument, 1)
        }
    }
}
