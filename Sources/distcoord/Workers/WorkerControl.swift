// What the slots of a worker and its main thread share.

import DistCoord
import Glibc
import Synchronization

/// How far a worker is on its way to its end. It only ever goes forward.
enum WorkerPhase: Int {
    case claiming
    /// Takes no further job, and waits for its end.
    case quiet
    /// Takes no further job, and ends when those that run are done.
    case finishing
    /// Stops what runs and gives it back.
    case givingBack
}

struct WorkerSettings {
    /// Empty for a worker of steps alone.
    let command: [String]
    let killAfter: Int64
    let isQuiet: Bool
    /// For a worker that knows steps of workflows.
    var steps: StepSettings?
}

/// Where jobs come from.
protocol JobSource: Sendable {
    var name: String { get }
    /// "Empty" once there is nothing left to claim.
    func next(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, value: BlockingJob?)
    /// Ends the waits in progress; no further job is wanted.
    func stop()
}

extension BlockingWorker: JobSource {}

struct WorkerTally {
    var completed = 0
    var failed = 0
    var released = 0
    var cancelled = 0
    var lost = 0
}

final class WorkerControl: Sendable {
    let source: any JobSource
    let title: String
    let progress = ProgressReporter()
    /// Slots that have not ended.
    let running = Atomic(0)
    let tally = Mutex(WorkerTally())
    /// Why the worker as a whole cannot go on.
    let failure = Mutex<Complaint?>(nil)
    /// Gets a byte from each slot that ends, and when the worker cannot go on.
    let ended: Pipe
    private let reached = Atomic(WorkerPhase.claiming.rawValue)

    init(_ source: any JobSource, title: String) throws {
        self.source = source
        self.title = title
        ended = try Pipe()
    }

    var phase: WorkerPhase { WorkerPhase(rawValue: reached.load(ordering: .acquiring)) ?? .givingBack }

    /// What was done so far.
    var words: String {
        let tally = tally.withLock { $0 }
        var parts = ["\(tally.completed) completed", "\(tally.failed) failed", "\(tally.released) given back"]
        if tally.cancelled > 0 { parts.append("\(tally.cancelled) cancelled") }
        if tally.lost > 0 { parts.append("\(tally.lost) lost") }
        return parts.joined(separator: ", ")
    }

    func enter(_ phase: WorkerPhase) {
        _ = reached.max(phase.rawValue, ordering: .acquiringAndReleasing)
        // Slots that wait for a job get the answer that there is none any more.
        if phase != .claiming { source.stop() }
    }

    /// Ends the worker because of something that would befall every job.
    func fail(_ complaint: Complaint) {
        failure.withLock { if $0 == nil { $0 = complaint } }
        enter(.finishing)
        tell()
    }

    func tell() { _ = Output.writeAll([1], to: ended.writeEnd) }
}
