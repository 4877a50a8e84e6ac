// How a run ended, as those threads learn it that wait for it and watch it.

import DistCoord
import Glibc
import Synchronization

/// Follows a run on threads of its own.
final class RunFollower: Sendable {
    private static let patience: Int64 = 1500

    private struct State {
        var summary: RunSummary?
        var failure: Complaint?
        var workers: [String: String] = [:]
        var isOver = false
        var threads = 0
    }

    private let place: any RunPlace
    private let printer: StepPrinter
    /// Whether each step's end is told as a line.
    private let tellsSteps: Bool
    private let state = Mutex(State())
    private let watch = Mutex<BlockingWatch<RunEvent>?>(nil)
    /// Readable when the run has ended, or cannot be followed any further.
    let ended: Pipe

    init(_ place: any RunPlace, _ printer: StepPrinter, tellsSteps: Bool) throws {
        self.place = place
        self.printer = printer
        self.tellsSteps = tellsSteps
        ended = try Pipe()
    }

    func start() throws {
        let bodies: [@Sendable () -> Void] = [{ self.awaitEnd() }, { self.awaitEvents() }]
        for body in bodies {
            state.withLock { $0.threads += 1 }
            try startThread {
                body()
                self.state.withLock { $0.threads -= 1 }
            }
        }
    }

    var summary: RunSummary? { state.withLock { $0.summary } }
    var failure: Complaint? { state.withLock { $0.failure } }
    var hasEnded: Bool { state.withLock { $0.summary?.state.hasEnded ?? false || $0.failure != nil } }

    /// What who worked is called, those too who have left since they were seen.
    var workers: [String: String] { state.withLock { $0.workers } }

    /// Looks who works.
    func look() {
        guard let workers = try? place.workers() else { return }
        state.withLock { $0.workers.merge(workers) { $1 } }
    }

    /// No more is to be learned. Returns when nobody uses the run any more, so that it can be left in good order; not
    /// late all the same: a server that is away must not hold us up.
    func finish() {
        state.withLock { $0.isOver = true }
        let deadline = monotonicMilliseconds() + Self.patience
        while state.withLock({ $0.threads }) > 0, monotonicMilliseconds() < deadline {
            // The library ends only waits in progress, and a call may be just short of its wait.
            place.cancel()
            place.run.cancel()
            watch.withLock { $0 }?.cancel()
            usleep(2000)
        }
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    // MARK: The end

    private func awaitEnd() {
        var retries = Retries()
        while !isOver {
            do {
                let (answer, summary) = try place.wait(milliseconds: -1)
                retries.succeeded()
                switch answer {
                case .ok: return end(summary, nil)
                case .timedOut, .cancelled, .interrupted: continue
                case .lost, .notFound:
                    return end(nil, Complaint("\(place.title): it is not known any more", status: ExitStatus.lost))
                default: return end(nil, Complaint("\(place.title): \(answer)", status: ExitStatus.of(answer)))
                }
            } catch {
                guard error.isRetriable else {
                    return end(nil, Complaint(error.message, status: ExitStatus.of(error)))
                }
                let delay = retries.nextDelay()
                printer.note("\(place.title): \(error.message); next attempt in \(delay)s")
                sleep(UInt32(delay))
            }
        }
    }

    private func end(_ summary: RunSummary?, _ failure: Complaint?) {
        state.withLock { ($0.summary, $0.failure) = (summary ?? $0.summary, failure) }
        _ = Output.writeAll([1], to: ended.writeEnd)
    }

    // MARK: What happens meanwhile

    private func awaitEvents() {
        while !isOver {
            do {
                let source = try watch.withLock { $0 } ?? place.run.watch()
                watch.withLock { $0 = source }
                let (answer, event) = try source.next(waitMilliseconds: 1000)
                if let event {
                    tell(event)
                    if case .ended = event.kind { return }
                } else if answer == .notFound {
                    // The coordinator has not started it yet; a watch that was told so may tell it for ever.
                    watch.withLock { $0 = nil }
                    usleep(200_000)
                }
                refresh()
            } catch {
                // What it is, those tell who cannot do without the server.
                sleep(1)
            }
        }
    }

    private func tell(_ event: RunEvent) {
        switch event.kind {
        case .stepEnded(let end):
            look()
            guard tellsSteps else { return }
            let why = event.text.isEmpty ? "" : ": \(event.text.split(separator: "\n").last.map(String.init) ?? "")"
            printer.note("\(event.step.visible): \(end.rawValue)\(end == .succeeded ? "" : why.clipped(200))")
        case .retry where tellsSteps:
            let why = event.text.split(separator: "\n").last.map(String.init) ?? ""
            printer.note("\(event.step.visible): failed, to be tried again: \(why.clipped(200))")
        case .stopping: printer.note("\(place.title): is being stopped: \(event.text.clipped(200))")
        case .paused: printer.note("\(place.title): paused")
        case .resumed: printer.note("\(place.title): resumed")
        default: break
        }
    }

    /// For the line at the bottom.
    private func refresh() {
        guard printer.hasStatus, let summary = try? place.run.wait(milliseconds: 0).summary else { return }
        state.withLock { $0.summary = summary }
    }
}
