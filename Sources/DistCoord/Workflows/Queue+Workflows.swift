// Workflows on a queue: started, found again, worked on.

extension Queue {
    /// Starts a workflow: all of it or nothing.
    ///
    /// An id that is known starts nothing and gives the run that there is (``WorkflowRun/existed``); if that is one of
    /// another workflow ``DistCoordError/Code-swift.struct/conflict`` is thrown.
    ///
    /// - Parameters:
    ///   - workflow: The workflow.
    ///   - id: The run's id; a generated one if `nil`.
    ///   - retention: For how long what became of the run is kept after its end, 1 s to 365 days.
    ///   - failFast: Whether the run is stopped when a step fails whose failure its group's policy does not forgive;
    ///     otherwise branches that do not depend on it go on.
    public func start(
        _ workflow: Workflow, id: String? = nil, retention: Duration = .seconds(7 * 86_400), failFast: Bool = false
    ) async throws -> WorkflowRun {
        let options = RunOptions(id: id, retention: retention, failFast: failFast)
        let (existed, started) = try await withHandle { handle in
            let (existed, run) = try BlockingRun.start(handle, workflow.blocking, options)
            return (existed, run.id)
        }
        return try run(started, existed: existed)
    }

    /// A run of this queue by its id. Nothing is sent.
    public func run(_ id: String) throws -> WorkflowRun { try run(id, existed: true) }

    private func run(_ id: String, existed: Bool) throws -> WorkflowRun {
        try WorkflowRun(existed: existed) { [client, name, options] in
            try BlockingRun(queue: BlockingQueue(client.blocking, name, options), id: id)
        }
    }

    /// The runs of this queue, the latest first.
    ///
    /// - Parameters:
    ///   - offset: How many to leave out.
    ///   - limit: How many at most, 1 to 1 000.
    public func runs(offset: Int = 0, limit: Int = 100) async throws -> [RunSummary] {
        try await withHandle { try $0.runs(offset: offset, limit: limit) }
    }

    /// Runs steps of these workflows until the task is cancelled; see ``Worker/run()``.
    ///
    /// ```swift
    /// try await client.queue("etl").work(on: etl, options: WorkerOptions(concurrency: 4))
    /// ```
    public func work(on workflows: Workflow..., options: WorkerOptions = WorkerOptions()) async throws {
        try await worker(for: workflows, options: options).run()
    }

    /// A worker for steps of these workflows; more may be registered with it. Nothing is sent.
    public func worker(for workflows: Workflow..., options: WorkerOptions = WorkerOptions()) throws -> Worker {
        try worker(for: workflows, options: options)
    }

    /// A worker for steps of workflows that are known at run time. Nothing is sent.
    ///
    /// It says that it runs Swift: the capability "lang:swift". Steps of different workflows on one queue must have
    /// different names, as workers choose their code by them.
    public func worker(for workflows: [Workflow], options: WorkerOptions = WorkerOptions()) throws -> Worker {
        var options = options
        if options.lease == nil { options.lease = self.options.lease }
        options.capabilities += self.options.capabilities + ["lang:\(WorkflowCompiler.ownLanguage)"]
        let worker = try client.worker(
            WorkerQueue(name, partitions: self.options.partitions), options: options)
        for workflow in workflows { try worker.register(workflow) }
        return worker
    }
}

extension Worker {
    /// Registers what runs the steps of a workflow.
    func register(_ workflow: Workflow) throws {
        for (task, handler) in workflow.handlers {
            let isNew = register(new: task) { try await handler.run(StepContext($0, language: workflow.language)) }
            if !isNew {
                throw DistCoordError(
                    .conflict,
                    "worker '\(name)': there is a handler for '\(task)' already, besides that of workflow "
                        + "'\(workflow.name)'; use different names or different queues")
            }
        }
    }
}
