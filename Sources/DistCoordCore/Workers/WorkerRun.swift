// A worker that calls a handler for each job, on as many threads as its concurrency.

import DistCoordRedis
import Synchronization

/// One run of a worker.
final class WorkerRun: Sendable {
    private struct State {
        var threads = 0
        var outcome: Status = .ok
        var failure: CoordinationError?
    }

    private let core: WorkerCore
    private let handler: @Sendable (ClaimedJob) -> Void
    private let state = Guarded(State())
    private let isEnding = Flag()

    /// Handlers are code of the host, which expects the room that threads usually have.
    private static let stack = 8 << 20

    init(_ core: WorkerCore, _ handler: @escaping @Sendable (ClaimedJob) -> Void) {
        self.core = core
        self.handler = handler
    }

    /// Works until the worker is stopped.
    ///
    /// - Returns: `.ok`, `.cancelled`, `.interrupted`.
    func run() throws(CoordinationError) -> Status {
        try core.session.checkOpen()
        guard core.runs.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else {
            throw CoordinationError(.conflict, "the worker '\(core.name)' runs already")
        }
        defer { core.runs.store(false, ordering: .releasing) }
        let wait = Wait(core.session, scope: core.runScope, milliseconds: -1)
        defer { wait.end() }
        try start(ended: wait.parker)
        var wasStopped: Status?
        while state.withLock({ $0.threads > 0 }) {
            if wasStopped == nil { wait.sleep(until: .never) } else { wait.parker.park(until: .never) }
            guard wasStopped == nil, let reason = wait.stopReason else { continue }
            wasStopped = reason
            isEnding.set()
            // The context of the handlers is the caller's: they end before this returns, though their jobs are given
            // back.
            if reason == .interrupted { _ = core.shutdown(0) } else { core.cancelWaits() }
        }
        let (outcome, failure) = state.withLock { ($0.outcome, $0.failure) }
        if let failure { throw failure }
        return wasStopped ?? outcome
    }

    private func start(ended: Parker) throws(CoordinationError) {
        for number in 0..<core.concurrency {
            state.withLock { $0.threads += 1 }
            do throws(RedisError) {
                try NativeThread.start("dc-job-\(number)", stack: WorkerRun.stack) { [self] in
                    let number = NativeThread.currentID
                    _ = core.handlerThreads.withLock { $0.insert(number) }
                    work()
                    _ = core.handlerThreads.withLock { $0.remove(number) }
                    state.withLock { $0.threads -= 1 }
                    ended.unpark()
                }
            } catch {
                let started = state.withLock { state in
                    state.threads -= 1
                    return state.threads
                }
                core.session.log(.warning, "worker '\(core.name)' has \(started) threads only: \(error.message)")
                if started == 0 { throw CoordinationError(error) }
                return
            }
        }
    }

    private func work() {
        var backoff = Backoff()
        let parker = Parker()
        while !isEnding.isSet {
            do throws(CoordinationError) {
                let (status, job) = try core.next(-1)
                backoff.reset()
                guard let job else {
                    state.withLock { if status != .empty { $0.outcome = status } }
                    return
                }
                handler(job)
            } catch {
                guard error.status.isRetriable else {
                    fail(error)
                    return
                }
                core.session.log(.warning, "worker '\(core.name)' cannot work: \(error.message)")
                backoff.next()
                while Instant.now < backoff.notBefore, !isEnding.isSet, !core.isStopped {
                    parker.park(until: min(backoff.notBefore, Instant.now.advanced(milliseconds: Patience.slice)))
                }
            }
        }
    }

    /// Ends the run for all threads.
    private func fail(_ error: CoordinationError) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
        isEnding.set()
        core.cancelWaits()
    }
}

extension Worker {
    /// Completes a job without a result, unless it is settled: a handler has returned.
    public func completeUnsettled(_ job: ClaimedJob) {
        guard job.state == .claimed || job.state == .cancelling else { return }
        do throws(CoordinationError) {
            _ = try done(job, UnsafeRawBufferPointer(start: nil, count: 0))
        } catch {
            client.session.log(.warning, "job '\(job.id)' could not be completed: \(error.message)")
            // A task whose additions are wrong would add the same the next time.
            guard error.status == .invalidArgument else { return }
            do throws(CoordinationError) {
                _ = try job.fail(JobFailure(type: "additions", message: error.message), retry: false)
            } catch {
                client.session.log(.warning, "job '\(job.id)' could not be failed: \(error.message)")
            }
        }
    }
}
