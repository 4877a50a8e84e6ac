// A worker: claims from queues, runs handlers, stops in an orderly way.

import Synchronization

/// Claims jobs from one or several queues and has handlers do them, some at the same time.
///
/// ```swift
/// let worker = try client.worker("images", options: WorkerOptions(concurrency: 4))
/// worker.register(Resize.self) { resize, job in
///     try await shrink(resize.path, to: resize.width)
/// }
/// try await worker.run()
/// ```
///
/// ``run()`` works until its task is cancelled or ``stop()`` is called. Whoever wants to ask for the jobs instead of
/// being handed them uses ``jobs`` or ``next(timeout:)``. <doc:Queues> says what holds.
///
/// Completions of handlers are sent together, and several jobs claimed by one message: many short jobs need far less
/// than a round trip each.
public final class Worker: Sendable {
    /// Its name, under which others see it.
    public let name: String
    /// How it works.
    public let options: WorkerOptions

    let handle: BlockingWorker
    private let waits: SharedWaits
    private let handlers = Mutex(Handlers())

    init(_ client: Client, _ queues: [WorkerQueue], _ options: WorkerOptions) throws {
        let handle = try BlockingWorker(client.blocking, queues, options)
        self.handle = handle
        self.options = options
        name = handle.name
        waits = SharedWaits { handle.cancel() }
    }

    // MARK: What it does

    /// Registers what to do with jobs of a kind. The value that the handler returns is the result, in JSON.
    ///
    /// The handler's task is cancelled when the job is lost, out of time, or to be cancelled. When the handler throws,
    /// the attempt has failed, and another one follows after the job's backoff if there is one left; ``JobFailure``
    /// says more than other errors do. A job to be cancelled whose handler throws `CancellationError` ends as
    /// cancelled.
    public func register<Payload: JobPayload, Output: Encodable & Sendable>(
        _ type: Payload.Type, _ handler: @escaping @Sendable (Payload, Job) async throws -> Output
    ) {
        register(type.task) { job in try JSON.encode(try await handler(try job.decode(Payload.self), job)) }
    }

    /// Registers what to do with jobs of a kind that have no result.
    public func register<Payload: JobPayload>(
        _ type: Payload.Type, _ handler: @escaping @Sendable (Payload, Job) async throws -> Void
    ) {
        register(type.task) { job in try await handler(try job.decode(Payload.self), job) }
    }

    /// Registers what to do with jobs of a task name. The bytes or the text that the handler returns are the result.
    public func register<Output: JobOutput>(
        _ task: String, _ handler: @escaping @Sendable (Job) async throws -> Output
    ) {
        handlers.withLock { $0.named[task] = { job in try await handler(job).resultBytes } }
    }

    /// Registers what to do with jobs of a task name that have no result, or that the handler settles itself.
    public func register(_ task: String, _ handler: @escaping @Sendable (Job) async throws -> Void) {
        handlers.withLock { $0.named[task] = Self.silent(handler) }
    }

    /// Registers what to do with jobs that have no handler of their own. Without this they fail, which gives other
    /// workers a chance.
    public func registerOthers<Output: JobOutput>(_ handler: @escaping @Sendable (Job) async throws -> Output) {
        handlers.withLock { $0.others = { job in try await handler(job).resultBytes } }
    }

    /// Registers what to do with jobs that have no handler of their own, and no result.
    public func registerOthers(_ handler: @escaping @Sendable (Job) async throws -> Void) {
        handlers.withLock { $0.others = Self.silent(handler) }
    }

    // MARK: Handed jobs

    /// Works until the task is cancelled, or the worker is stopped, or it drains and has nothing more to do. Returns
    /// then; it does not throw because of it.
    ///
    /// On the way out it takes no further job, waits for its handlers for ``WorkerOptions/grace``, gives back what is
    /// not done by then without counting an attempt, and cancels the tasks of those handlers. While the server is away
    /// it waits and goes on.
    public func run() async throws {
        let running = RunningTasks()
        let failure = await withTaskCancellationHandler {
            await handOut(to: running)
        } onCancel: { [handle] in
            handle.stop()
        }
        let end = options.grace.map { ContinuousClock.now + min($0, SharedWaits.longest) }
        do {
            try await shutdown(grace: options.grace)
        } catch {
            await running.end(by: end)
            throw failure ?? error
        }
        await running.end(by: end)
        if let failure { throw failure }
    }

    /// Takes no further job: ``run()`` returns when those in work have ended, ``jobs`` ends. Jobs claimed ahead are
    /// given back. Returns at once.
    public func stop() { handle.stop() }

    /// Has the worker stop by itself once its queues have nothing more to claim. Returns at once.
    public func drain() { handle.drain() }

    // MARK: Asked for jobs

    /// The jobs as they are claimed, for callers who settle them: with the functions of ``Job``, or with
    /// ``done(_:with:)``. It ends when the task is cancelled, or the worker is stopped or drained; ``shutdown(grace:)``
    /// then gives back what was claimed ahead.
    ///
    /// ```swift
    /// for try await job in worker.jobs {
    ///     try await worker.done(job, with: work(on: job.payload))
    /// }
    /// try await worker.shutdown()
    /// ```
    public var jobs: JobSequence { JobSequence { try await self.next() } }

    /// The next job. It is given out when fewer than ``WorkerOptions/concurrency`` are unsettled.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever, zero to try once.
    /// - Returns: The job; `nil` when there was none in time, or the worker has been stopped or drained.
    public func next(timeout: Duration? = nil) async throws -> Job? {
        let (answer, job) = try await waits.wait(timeout) { [handle] in try handle.next(waitMilliseconds: $0) }
        switch answer {
        case .ok, .empty, .timedOut: return job.map(Job.init)
        default: throw cancellation(of: "worker '\(name)'")
        }
    }

    /// Completes a job together with others: the completion is sent with the next claim, or some milliseconds later. A
    /// process that dies in between has done a job that will run again. Throws as ``Job/complete(with:)-([UInt8])``.
    public func done(_ job: Job, with result: [UInt8] = []) async throws {
        try job.expectClaimed(try await offload { [handle] in try handle.done(job.blocking, result) })
    }

    /// Stops, waits for the jobs in work, sends what is done, gives back what is not done in time without counting an
    /// attempt, and ends the registration. ``run()`` does it by itself.
    ///
    /// - Parameter grace: How long the jobs may take; `nil` for as long as they take.
    /// - Returns: Whether all were done.
    @discardableResult
    public func shutdown(grace: Duration? = .seconds(30)) async throws -> Bool {
        try await offload { [handle] in try handle.shutdown(grace: grace) } == .ok
    }

    /// What it has counted, as it is now. Asks nobody.
    public var counts: WorkerCounts { handle.counts }
}

// MARK: Handing out

extension Worker {
    typealias Handler = @Sendable (Job) async throws -> [UInt8]

    private struct Handlers {
        var named: [String: Handler] = [:]
        var others: Handler?
    }

    private static func silent(_ handler: @escaping @Sendable (Job) async throws -> Void) -> Handler {
        { job in
            try await handler(job)
            return []
        }
    }

    /// False when there is a handler of that task name.
    func register(new task: String, _ handler: @escaping Handler) -> Bool {
        handlers.withLock {
            guard $0.named[task] == nil else { return false }
            $0.named[task] = handler
            return true
        }
    }

    /// Until there are no more jobs; gives the error because of which it could not go on.
    private func handOut(to running: RunningTasks) async -> (any Error)? {
        var pauses = Pauses()
        while true {
            do {
                // Not ended with the task: stopping ends it, and a job that comes at that moment is done.
                let (answer, job) = try await waits.wait(nil, endsWithTask: false) { [handle] in
                    try handle.next(waitMilliseconds: $0)
                }
                pauses.reset()
                if let job {
                    let job = Job(job)
                    running.start { [self] in await work(on: job) }
                } else if answer == .empty || Task.isCancelled {
                    return nil
                } else if answer != .timedOut {
                    return cancellation(of: "worker '\(name)'")
                }
            } catch let error as DistCoordError where error.isRetriable {
                // Not in a cancelled task, which so comes to the end at once.
                await pauses.sleep()
            } catch {
                return error
            }
        }
    }

    private func work(on job: Job) async {
        let handler = handlers.withLock { $0.named[job.task] ?? $0.others } ?? unknownTask
        let result = await runUnderLease(lossDescriptor: job.blocking.lossDescriptor) { try await handler(job) }
        // What cannot be said now is said by the lease: an unsettled job that is dropped is given back.
        switch result {
        case .success(let bytes): await complete(job, bytes)
        case .failure(let error): await fail(job, error)
        }
    }

    private func complete(_ job: Job, _ result: [UInt8]) async {
        if job.state == .settled { return }
        do {
            _ = try await offload { [handle] in try handle.done(job.blocking, result) }
        } catch {
            // Too large, or steps that it added are refused: it would be so at the next attempt.
            try? await job.fail(error, retry: false)
        }
    }

    private func fail(_ job: Job, _ error: any Error) async {
        switch job.state {
        case .settled, .lost, .expired: return
        case .cancelling where error is CancellationError: try? await job.cancelled()
        case .claimed, .cancelling: try? await job.fail(error)
        }
    }

    private var unknownTask: Handler {
        { [name] job in
            throw JobFailure("worker '\(name)' has no handler for task '\(job.task)'", type: "UnknownTask")
        }
    }
}
