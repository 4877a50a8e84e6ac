// distcoord worker

import ArgumentParser
import DistCoord
import Glibc
import Synchronization

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run a command for each job of a queue.",
        discussion: "Example: distcoord worker run thumbs -j 4 -- ./thumb.sh",
        subcommands: [WorkerRunCommand.self])
}

struct WorkerRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command for each job of a queue.",
        usage: "distcoord worker run QUEUE [-j N] [--burst] [--lease 30s] -- COMMAND ...",
        discussion: """
            Example: distcoord worker run thumbs -j 4 -- ./thumb.sh

            The command gets the payload on stdin, and what it prints is the result. Status 0 completes the job; 75 \
            gives it back, to be tried again after a second; any other fails the attempt, and the end of its stderr \
            is the job's error. It finds DISTCOORD_JOB_ID, DISTCOORD_QUEUE, DISTCOORD_TASK, DISTCOORD_ATTEMPT and \
            DISTCOORD_FENCE in its environment.

            SIGTERM and SIGINT: takes no further job, lets running ones finish for --grace, then stops them and gives \
            them back; a second signal does that at once. SIGUSR1 and SIGTSTP: takes no further job. A job whose lease \
            is lost is stopped.
            """)

    @Argument(help: "The queue's name.")
    var queue: String

    @Option(name: .shortAndLong, help: "How many jobs run at the same time.")
    var jobs: Int = 1

    @Flag(name: .shortAndLong, help: "End when there is no job left to claim.")
    var burst = false

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

    @Option(name: [.customShort("c"), .customLong("command")], help: "Run this text by 'sh -c'.")
    var shellCommand: String?

    @Argument(parsing: .postTerminator, help: "The command, after --. No shell is in between.")
    var command: [String] = []

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...1024).contains(jobs) { throw ValidationError("-j \(jobs): 1 to 1024 jobs can run at the same time") }
        if shellCommand != nil, !command.isEmpty {
            throw ValidationError("give either -c or a command after --, not both")
        }
        if shellCommand == nil, command.isEmpty {
            throw ValidationError("no command was given; write it after --, for example: -- ./thumb.sh")
        }
    }

    func run() throws {
        let signals = try Signals()
        let handle = try BlockingQueue(global.open(), queue, lease: lease?.duration)
        let control = try WorkerControl(queue: handle)
        let settings = WorkerSettings(
            command: shellCommand.map { ["/bin/sh", "-c", $0] } ?? command, isBurst: burst,
            killAfter: killAfter?.duration.wholeMilliseconds ?? 5000, isQuiet: global.quiet)
        var slots: [WorkerSlot] = []
        for _ in 0..<jobs { slots.append(try WorkerSlot(control, settings, signals)) }
        for slot in slots { try startThread { slot.run() } }
        let atOnce = attend(slots, control, signals)
        try report(control)
        if let failure = control.failure.withLock({ $0 }) { throw failure }
        if let atOnce { throw Ended(status: ExitStatus.signalled(atOnce.number)) }
    }

    /// Heeds signals until all slots have ended. Gives the signal that asked a second time, if one did.
    private func attend(_ slots: [WorkerSlot], _ control: WorkerControl, _ signals: Signals) -> ReceivedSignal? {
        let grace = grace?.duration.wholeMilliseconds ?? 30_000
        var graceEnds: Int64?
        var second: ReceivedSignal?
        func enter(_ phase: WorkerPhase) {
            control.enter(phase)
            for slot in slots { slot.poke() }
        }
        while control.running.load(ordering: .acquiring) > 0 {
            let mustCancel = control.phase != .claiming && control.claiming.load(ordering: .acquiring) > 0
            // The library ends only waits in progress, and a slot may be just short of its wait: hence again and again.
            if mustCancel { control.queue.cancel() }
            var ready = [
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control.ended.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let timeout = pollTimeout(until: graceEnds)
            _ = poll(&ready, 2, mustCancel ? (timeout < 0 ? 20 : min(timeout, 20)) : timeout)
            if ready[1].revents != 0 {
                // A slot has ended; its byte is read so that the next poll waits.
                var byte: UInt8 = 0
                _ = read(control.ended.readEnd, &byte, 1)
            }
            while let signal = signals.next() {
                switch signal.number {
                case SIGCHLD: for slot in slots { slot.poke() }
                case SIGUSR1, SIGTSTP: enter(.quiet)
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
                    ("queue", .string(queue)), ("completed", .int(tally.completed)), ("failed", .int(tally.failed)),
                    ("released", .int(tally.released)), ("lost", .int(tally.lost)),
                ]))
        } else {
            let lost = tally.lost > 0 ? ", \(tally.lost) lost" : ""
            global.note(
                "worker '\(queue)': \(tally.completed) completed, \(tally.failed) failed, "
                    + "\(tally.released) given back\(lost)")
        }
    }
}
