// One of the jobs that a worker runs at the same time: claims, runs the command, tells how it ended.

import DistCoord
import Glibc
import Synchronization

final class WorkerSlot: Sendable {
    /// A command's way to say "not now": EX_TEMPFAIL.
    private static let tryLater: Int32 = 75
    /// Before a job that was not to be run now is given back: it goes to the front, and would come again at once.
    private static let laterPause: Int64 = 1000

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
        var failures = 0
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
                    failures = 0
                    try work(on: job)
                case .none: break loop
                case .again: break
                }
            } catch let error as DistCoordError where error.isRetriable {
                // Fewer and fewer attempts, so that a server in trouble is not kept there by its workers.
                failures += 1
                let delay = Int64(min(30, 1 << min(failures - 1, 5)))
                Output.note("worker '\(control.queue.name)': \(error.message); next attempt in \(delay)s")
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
        control.claiming.add(1, ordering: .acquiringAndReleasing)
        defer { control.claiming.subtract(1, ordering: .acquiringAndReleasing) }
        // Counted first, looked after: whoever changes the phase sees the count and ends the wait, or is seen here.
        if control.phase != .claiming { return .again }
        let (answer, jobs) = try control.queue.claim(1, waitMilliseconds: settings.isBurst ? 0 : -1)
        guard answer == .ok, let job = jobs.first else {
            return settings.isBurst && (answer == .empty || answer == .timedOut) ? .none : .again
        }
        return .job(job)
    }

    // MARK: One job

    private func work(on job: BlockingJob) throws {
        let process: JobProcess
        do {
            process = try JobProcess(job, settings, queue: control.queue.name, signals)
        } catch let failure as SpawnFailure {
            // Not the job's fault, and the next job would fare no better.
            settle(job, "given back") {
                try job.release()
            } then: {
                $0.released += 1
            }
            throw Complaint("worker '\(control.queue.name)': \(failure.message)", status: failure.status)
        }
        let end = process.run(pokes: pokes.readEnd, lossDescriptor: job.lossDescriptor) { [control] in
            control.phase == .givingBack
        }
        switch end {
        case .exited(0, let result, _):
            settle(job, "completed") {
                try job.complete(result)
            } then: {
                $0.completed += 1
            }
        case .exited(Self.tryLater, _, _):
            pause(until: monotonicMilliseconds() + Self.laterPause, endsWhenFinishing: true)
            settle(job, "given back") {
                try job.release()
            } then: {
                $0.released += 1
            }
        case .exited(let status, _, let errorTail):
            let message = "exit status \(status)" + (errorTail.isEmpty ? "" : ": \(errorTail)")
            say(job, "attempt \(job.attempt) failed with status \(status)")
            settle(job, "failed") {
                try job.fail(message, retry: true)
            } then: {
                $0.failed += 1
            }
        case .tooLarge:
            say(job, "its result is too large")
            settle(job, "failed") {
                try job.fail("the result is too large", retry: false)
            } then: {
                $0.failed += 1
            }
        case .stopped:
            settle(job, "given back") {
                try job.release()
            } then: {
                $0.released += 1
            }
        case .lost:
            say(job, "its lease was lost; stopped, another worker has or had it")
            control.tally.withLock { $0.lost += 1 }
        }
    }

    private func say(_ job: BlockingJob, _ message: String) {
        if !settings.isQuiet { Output.note("job '\(job.id)': \(message)") }
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
            settle(job, "failed") {
                try job.fail(error.message, retry: false)
            } then: {
                $0.failed += 1
            }
        } catch {
            let reason = (error as? DistCoordError)?.message ?? "\(error)"
            Output.note("job '\(job.id)': could not be \(what): \(reason); it runs again when its lease ends")
            control.tally.withLock { $0.lost += 1 }
        }
    }

    /// Sleeps until the moment, or until the slot is poked and the phase is no longer what it was.
    private func pause(until deadline: Int64?, endsWhenFinishing: Bool = false) {
        let phase = control.phase
        while true {
            if control.phase != phase { return }
            if endsWhenFinishing, phase != .claiming { return }
            if let deadline, monotonicMilliseconds() >= deadline { return }
            var ready = pollfd(fd: pokes.readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&ready, 1, pollTimeout(until: deadline))
            JobProcess.drain(pokes.readEnd)
        }
    }
}
