// Sends on how far jobs say they are. On a thread of its own: a server that is away must not keep a slot from its
// command. Of what one job says while another message is under way only the last is sent.

import DistCoord
import Synchronization

final class ProgressReporter: Sendable {
    private struct Report {
        let job: BlockingJob
        let progress: ProgressLines.Progress
    }

    private struct State {
        var isRunning = false
        var pending: [Report] = []
    }

    private let state = Mutex(State())

    func report(_ job: BlockingJob, _ progress: ProgressLines.Progress) {
        let mustStart = state.withLock { state in
            state.pending.removeAll { $0.job === job }
            state.pending.append(Report(job: job, progress: progress))
            if state.isRunning { return false }
            state.isRunning = true
            return true
        }
        guard mustStart else { return }
        // Without a thread nobody is told; the job goes on.
        let started: ()? = try? startThread { self.send() }
        if started == nil { state.withLock { $0 = State() } }
    }

    /// What a job said and was not sent counts no more once it has ended.
    func forget(_ job: BlockingJob) {
        state.withLock { $0.pending.removeAll { $0.job === job } }
    }

    /// Until nothing is left; the next report starts another thread.
    private func send() {
        while true {
            let next: Report? = state.withLock { state in
                if state.pending.isEmpty {
                    state.isRunning = false
                    return nil
                }
                return state.pending.removeFirst()
            }
            guard let next else { return }
            // Whether it has arrived matters to nobody: the next one says more.
            _ = try? next.job.progress(next.progress.percent, next.progress.text)
        }
    }
}
