// An instance's part in the run of a pipeline, from joining to the summary.

import Glibc

extension Pipeline {
    /// Takes part in the run: joins it, runs modules until it has ended, and tells how it ended.
    ///
    /// An instance that comes after the end repeats nothing and is told how it ended. When the task is cancelled this
    /// instance leaves, and the run goes on by others. SIGINT and ``WorkflowRun/stop(_:atOnce:)`` end it everywhere.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/exists`` when an instance with that index lives,
    /// ``DistCoordError/Code-swift.struct/conflict`` when another pipeline runs under this identity, and
    /// ``DistCoordError/Code-swift.struct/invalidArgument`` when the environment says only half of which instance this
    /// is.
    ///
    /// - Parameters:
    ///   - client: Where; a client of its own, as the environment says, if `nil`.
    ///   - options: What differs from the defaults.
    public func run(
        on client: Client? = nil, options: PipelineOptions = PipelineOptions()
    ) async throws -> PipelineSummary {
        // One that is dropped closes in the background.
        let client = if let client { client } else { try await Client.connect(options: ClientOptions(label: name)) }
        let instance = try await JoinedInstance(client, workflow, options.instance)
        let result = await Result { try await PipelineRun(self, client, instance, options).result() }
        await instance.leave()
        return try result.get()
    }

    /// Takes part in the run as ``run(on:options:)``, prints the table of modules, and exits with the run's status
    /// (``PipelineSummary/exitStatus``); with 70 when this instance could not take part.
    public func runAndExit(on client: Client? = nil, options: PipelineOptions = PipelineOptions()) async -> Never {
        do {
            let summary = try await run(on: client, options: options)
            writeLine(summary.description, to: STDOUT_FILENO)
            exit(summary.exitStatus)
        } catch {
            writeLine("\(name): \(error)", to: STDERR_FILENO)
            exit(70)
        }
    }
}
