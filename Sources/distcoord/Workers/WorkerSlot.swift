// One of the jobs that a worker runs at the same time: claims, runs the command, tells how it ended.

import DistCoord
import Glibc
import Synchronization

final class WorkerSlot: Sendable {
    /// A command's way to say "not now": EX_TEMPFAIL.
    private static let tryLater: Int32 = 75
    /// When that job may come again.
    private static let later = Duration.seconds(1)

    private let control: WorkerControl
    private let settings: WorkerSettings
    private let signals: Signals
    /// Wakes the slot: a child has ended, or the phase has changed.
    private let pokes: Pipe

    init(_ control: WorkerControl, _ settings: WorkerSettings, _ signals: Signals) throws {
        self.control = control
        self.settings = settings
        self.signals = signals
        pokes = try Pipe()
        _ = fcntl(pokes.readEnd, F_SETFL, O_NONBLOCK)
        _ = fcntl(pokes.writeEnd, F_SETFL, O_NONBLOCK)
        control.running.add(1, ordering: .relaxed)
    }

    func poke() {
        var byte: UInt8 = 1
        // A full pipe means that the slot is to wake anyway.
        _ = write(pokes.writeEnd, &byte, 1)
    }

    func run() {
        var retries = Retries()
        loop: while true {
            switch control.phase {
            case .claiming: break
            case .quiet:
                pause(until: nil)
                continue loop
            case .finishing, .givingBack: break loop
            }
            do {
                switch try claim() {
                case .job(let job):
                    retries.succeeded()
                    try work(on: job)
                case .none: break loop
                case .again: retries.succeeded()
                }
            } catch let error as DistCoordError where error.isRetriable {
                let delay = retries.nextDelay()
                Output.note("\(control.title): \(error.message); next attempt in \(delay)s")
                pause(until: monotonicMilliseconds() + delay * 1000)
            } catch let complaint as Complaint {
                control.fail(complaint)
            } catch let error as DistCoordError {
                if error.code == .closed, control.phase != .claiming { break loop }
                control.fail(Complaint(error.message, status: ExitStatus.of(error)))
            } catch {
                control.fail(Complaint("\(error)", status: ExitStatus.ourFault))
            }
        }
        control.running.subtract(1, ordering: .acquiringAndReleasing)
        control.tell()
    }

    private enum Claimed {
        case job(BlockingJob)
        case none
        case again
    }

    private func claim() throws -> Claimed {
        let (answer, job) = try control.source.next(waitMilliseconds: -1)
        if let job { return .job(job) }
        // Nothing more is left to claim, or the phase has changed.
        return answer == .empty && control.phase == .claiming ? .none : .again
    }

    // MARK: One job

    private func work(on job: BlockingJob) throws {
        if let steps = settings.steps, job.isStep, job.contentType == StepCommand.contentType {
            return work(on: job, steps)
        }
        if settings.command.isEmpty {
            // Whoever started a worker of steps alone on a queue of other jobs must not have them fail.
            say(job, "is no step of a pipeline; left to other workers")
            return giveBack(job, after: Self.later)
        }
        // Lives as long as the command, which reads what is in it.
        let folder: StepFolder?
        let surroundings: [(name: String, value: String)]
        do {
            (folder, surroundings) = try stepSurroundings(job)
        } catch let failure as JobFailure {
            return fail(job, failure)
        } catch {
            giveBack(job, after: Self.later)
            throw error
        }
        defer { withExtendedLifetime(folder) {} }
        let process: JobProcess
        do {
            process = try JobProcess(
                job,
                JobPlan(
                    arguments: settings.command,
                    environment: Environment.forChild(
                        JobVariables.of(job, worker: control.source.name) + surroundings),
                    input: job.payload, killAfter: settings.killAfter), signals)
        } catch let failure as SpawnFailure {
            // Not the job's fault, and the next job would fare no better.
            giveBack(job)
            throw Complaint("\(control.title): \(failure.message)", status: failure.status)
        }
        let end = process.run(pokes: pokes.readEnd, progress: control.progress) { [control] in
            control.phase == .givingBack
        }
        switch end {
        case .ended(.exited(0), let result, _):
            settle(job, "completed") {
                try job.complete(result)
            } then: {
                $0.completed += 1
            }
        case .ended(.exited(Self.tryLater), _, _): giveBack(job, after: Self.later)
        case .ended(let childEnd, _, let errorTail):
            say(job, "attempt \(job.attempt) failed: \(childEnd.words)")
            fail(job, JobFailure(errorTail, type: childEnd.words))
        case .stopped(let reason): settle(job, stoppedBy: reason)
        }
    }

    /// What the command of a step that another program has defined is given besides the payload.
    private func stepSurroundings(
        _ job: BlockingJob
    ) throws -> (folder: StepFolder?, variables: [(name: String, value: String)]) {
        guard job.isStep else { return (nil, []) }
        let (answer, inputs) = try job.inputs()
        if answer != .ok { throw JobFailure("the run is no longer known", type: "run", retry: false) }
        let folder = try StepFolder()
        try folder.write(inputs)
        return (folder, StepVariables.of(job, folder, inputs).filter { !$0.value.utf8.contains(0) })
    }

    private func work(on job: BlockingJob, _ steps: StepSettings) {
        let runner = StepRunner(
            job: job, settings: steps, worker: control.source.name, killAfter: settings.killAfter, signals: signals,
            progress: control.progress)
        switch runner.run(pokes: pokes.readEnd, mustStop: { [control] in control.phase == .givingBack }) {
        case .completed(let result):
            settle(job, "completed") {
                try job.complete(result)
            } then: {
                $0.completed += 1
            }
        case .skipped(let reason):
            settle(job, "skipped") {
                try job.skip(reason)
            } then: {
                $0.completed += 1
            }
        case .failed(let failure):
            say(job, "attempt \(job.attempt) failed: \(failure.type)")
            fail(job, failure)
        case .stopped(let reason): settle(job, stoppedBy: reason)
        }
    }

    private func settle(_ job: BlockingJob, stoppedBy reason: JobStop) {
        switch reason {
        case .givingBack: giveBack(job)
        case .tooLarge:
            say(job, "its result is too large")
            fail(job, JobFailure("the result is too large", type: "result", retry: false))
        case .cancelled:
            say(job, "cancelled; stopped")
            settle(job, "cancelled") {
                try job.cancelled()
            } then: {
                $0.cancelled += 1
            }
        case .expired:
            let limit = job.timeout.map { " after \($0.precise)" } ?? ""
            say(job, "attempt \(job.attempt) failed: out of time\(limit); stopped")
            control.tally.withLock { $0.failed += 1 }
        case .lost:
            say(job, "its lease was lost; stopped, another worker has or had it")
            control.tally.withLock { $0.lost += 1 }
        }
    }

    private func giveBack(_ job: BlockingJob, after delay: Duration? = nil) {
        settle(job, "given back") {
            try job.release(after: delay)
        } then: {
            $0.released += 1
        }
    }

    private func fail(_ job: BlockingJob, _ failure: JobFailure) {
        settle(job, "failed") {
            try job.fail(failure)
        } then: {
            $0.failed += 1
        }
    }

    private func say(_ job: BlockingJob, _ message: String) {
        if !settings.isQuiet { note(job, message) }
    }

    private func note(_ job: BlockingJob, _ message: String) {
        guard let steps = settings.steps else { return Output.note("job '\(job.id)': \(message)") }
        let title = job.isStep ? "step '\(job.step)'" : "job '\(job.id)'"
        steps.printer.note("\(title): \(message)")
    }

    /// Tells the server how the job ended. If that fails the job is not lost: its lease ends, and it runs again.
    private func settle(
        _ job: BlockingJob, _ what: String, _ call: () throws -> Answer, then count: (inout WorkerTally) -> Void
    ) {
        do {
            switch try call() {
            case .ok: control.tally.withLock { count(&$0) }
            case .lost:
                say(job, "could not be \(what): its lease was lost, another worker has or had it")
                control.tally.withLock { $0.lost += 1 }
            default: say(job, "could not be \(what): it is settled already")
            }
        } catch let error as DistCoordError where error.code == .tooLarge {
            fail(job, JobFailure(error.message, type: "result", retry: false))
        } catch {
            let reason = (error as? DistCoordError)?.message ?? "\(error)"
            note(job, "could not be \(what): \(reason); it runs again when its lease ends")
            control.tally.withLock { $0.lost += 1 }
        }
    }

    /// Sleeps until the moment, or until the slot is poked and the phase is no longer what it was.
    private func pause(until deadline: Int64?) {
        let phase = control.phase
        while control.phase == phase {
            if let deadline, monotonicMilliseconds() >= deadline { return }
            var ready = pollfd(fd: pokes.readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&ready, 1, pollTimeout(until: deadline))
            JobProcess.drain(pokes.readEnd)
        }
    }
}
