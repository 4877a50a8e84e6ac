// What an instance does while a pipeline runs: work, tell, listen for signals, wait for the end.

import Glibc
import Synchronization

/// One instance in one run.
final class PipelineRun: Sendable {
    private enum Ended: Sendable { case run, work, signals }

    // For what happened last to be told; nobody waits longer for it.
    private static let lastMoment = Duration.seconds(2)

    private let pipeline: Pipeline
    private let options: PipelineOptions
    private let instance: JoinedInstance
    private let queue: Queue
    private let run: WorkflowRun
    private let indexes = Mutex<[String: Int]>([:])

    init(_ pipeline: Pipeline, _ client: Client, _ instance: JoinedInstance, _ options: PipelineOptions) throws {
        self.pipeline = pipeline
        self.options = options
        self.instance = instance
        queue = client.queue(instance.queue, lease: options.instance.lease)
        run = try queue.run(instance.run)
    }

    func result() async throws -> PipelineSummary {
        if instance.cameLate {
            options.report("\(pipeline.name): the run \(instance.identity) has ended already")
        } else {
            options.report(
                "\(pipeline.name): instance \(instance.index) of \(instance.total) in the run \(instance.identity)")
            try await takePart()
        }
        return try await summary()
    }

    private func takePart() async throws {
        let worker = try makeWorker()
        // Installed before anything runs: a signal is to stop the run from the first module on.
        let signals = options.stopsOnSignals ? Terminations.stream() : nil
        let follower = Task { await follow() }
        defer { follower.cancel() }
        try await withThrowingTaskGroup(of: Ended.self) { [instance] group in
            group.addTask {
                try await instance.waitForEnd()
                return .run
            }
            group.addTask {
                try await worker.run()
                return .work
            }
            if let signals {
                group.addTask { [self] in
                    await stop(on: signals)
                    return .signals
                }
            }
            while let ended = try await group.next(), ended != .run {}
            group.cancelAll()
            while try await group.next() != nil {}
        }
        let limit = Task {
            try? await Task.sleep(for: Self.lastMoment)
            follower.cancel()
        }
        await follower.value
        limit.cancel()
    }

    /// Nothing claimed ahead: a module may take long, and another instance may be idle.
    private func makeWorker() throws -> Worker {
        let worker = try queue.worker(
            for: [],
            options: WorkerOptions(
                concurrency: options.concurrency, prefetch: 0, capabilities: options.instance.capabilities,
                grace: options.grace))
        for (task, handler) in pipeline.workflow.handlers {
            _ = worker.register(new: task) { [report = options.report] job in
                report("\(task): begins" + (job.attempt > 1 ? ", attempt \(job.attempt)" : ""))
                return try await handler.run(StepContext(job, language: nil))
            }
        }
        return worker
    }
}

// MARK: Telling

extension PipelineRun {
    /// Tells what happens until the run has ended, or the task is cancelled.
    private func follow() async {
        var (last, ended): (Int, Set<String>) = (0, [])
        var pauses = Pauses()
        while !Task.isCancelled {
            do {
                for try await event in run.events where event.number > last {
                    last = event.number
                    if case .stepEnded = event.kind { ended.insert(event.step) }
                    await noteInstances()
                    if let line = line(event, ended.count) { options.report(line) }
                    pauses.reset()
                }
                return
            } catch {
                // Not started yet, or the server is away: what happens meanwhile is told afterwards.
                await pauses.sleep()
            }
        }
    }

    private func line(_ event: RunEvent, _ ended: Int) -> String? {
        let why = event.text.isEmpty ? "" : ": \(event.text)"
        switch event.kind {
        case .stepEnded(let state):
            return "\(event.step): \(state.rawValue)\(why) (\(ended) of \(pipeline.workflow.nodes.count))"
        case .retry: return "\(event.step): failed, to be tried again\(why)"
        case .started: return "\(pipeline.name): started"
        case .paused: return "\(pipeline.name): paused"
        case .resumed: return "\(pipeline.name): goes on"
        case .stopping: return "\(pipeline.name): is being stopped\(why)"
        case .ended(let state): return "\(pipeline.name): \(state.rawValue)\(why)"
        case .expanded, .repeated, .other: return nil
        }
    }

    /// Notes which client is which instance while it is there: in the end they leave.
    private func noteInstances() async {
        guard let members = try? await instance.members() else { return }
        indexes.withLock { $0.merge(members) { $1 } }
    }

    private func summary() async throws -> PipelineSummary {
        await noteInstances()
        let (summary, steps) = (try await run.summary(), try await run.steps())
        let indexes = indexes.withLock { $0 }
        let modules = steps.map { step in
            PipelineSummary.ModuleSummary(
                name: step.name, state: step.state, instance: indexes[step.worker], clientID: step.worker,
                duration: duration(step.startedMillisecondsSince1970, step.endedMillisecondsSince1970),
                attempts: step.attempts, error: step.error)
        }
        return PipelineSummary(
            pipeline: pipeline.name, identity: instance.identity, state: summary.state, reason: summary.reason,
            duration: duration(summary.startedMillisecondsSince1970, summary.endedMillisecondsSince1970) ?? .zero,
            modules: modules, run: run, names: pipeline.names)
    }

    private func duration(_ start: Int64?, _ end: Int64?) -> Duration? {
        guard let start, let end else { return nil }
        return .milliseconds(max(0, end - start))
    }
}

// MARK: Stopping

extension PipelineRun {
    /// Stops the run everywhere when a signal comes, and this process when they do not end.
    private func stop(on signals: AsyncStream<Int32>) async {
        await withTaskGroup(of: Void.self) { group in
            var count = 0
            for await number in signals {
                count += 1
                let signal = number == SIGINT ? "SIGINT" : "SIGTERM"
                let isAgain = count > 1
                if count > 2 {
                    options.report("\(pipeline.name): \(signal): ends here, whatever becomes of the run")
                    Terminations.end(by: number)
                    continue
                }
                options.report("\(pipeline.name): \(signal): stopping the run" + (isAgain ? " at once" : ""))
                group.addTask { [self] in
                    await stop("\(signal) at instance \(instance.index)", atOnce: isAgain)
                }
            }
            group.cancelAll()
        }
    }

    /// Until it is done: the run may not have been started yet, or the server be away.
    private func stop(_ reason: String, atOnce: Bool) async {
        var pauses = Pauses()
        while !Task.isCancelled {
            do {
                try await run.stop(reason, atOnce: atOnce)
                return
            } catch let error as DistCoordError where error.code == .expired {
                return
            } catch {
                await pauses.sleep()
            }
        }
    }
}
