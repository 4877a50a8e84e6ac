// Pipelines of modules, run by several instances of one program together.

/// Modules and what they depend on, run by as many instances of the same program as there are: each is started with
/// `INSTANCE_INDEX` and `TOTAL_INSTANCES` in its environment, and all find each other by the identity of the run.
///
/// ```swift
/// let pipeline = try Pipeline("ci") {
///     Restore()
///     Build()
///     for suite in suites { Test(suite: suite) }
/// }
/// await pipeline.runAndExit()
/// ```
///
/// Any instance may die at any time, also the one that coordinates: its modules run elsewhere, and another takes over.
/// <doc:Workflows> says what holds.
public struct Pipeline: Sendable {
    /// Its name.
    public let name: String
    /// The workflow that it comes to.
    public let workflow: Workflow

    let names: ModuleNames

    /// Makes a pipeline, and checks the whole.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/invalidArgument`` when a module depends on a type of which there is
    /// none, or in the end on itself; the message names all that was found.
    public init(_ name: String, @PipelineBuilder _ modules: () throws -> [any Module]) throws {
        let modules = try modules()
        let names = ModuleNames(modules)
        self.name = name
        self.names = names
        workflow = try Workflow(name, modules.map { try $0.part(names) })
    }
}

/// Collects the modules of a pipeline. Loops and conditions of Swift may be used within.
@resultBuilder
public enum PipelineBuilder {
    /// One module.
    public static func buildExpression(_ module: any Module) -> [any Module] { [module] }
    /// Modules that were collected elsewhere.
    public static func buildExpression(_ modules: [any Module]) -> [any Module] { modules }
    /// Several of them, in order.
    public static func buildBlock(_ modules: [any Module]...) -> [any Module] { modules.flatMap { $0 } }
    /// What a loop collects.
    public static func buildArray(_ modules: [[any Module]]) -> [any Module] { modules.flatMap { $0 } }
    /// What is only there under a condition.
    public static func buildOptional(_ modules: [any Module]?) -> [any Module] { modules ?? [] }
    /// One of two branches.
    public static func buildEither(first modules: [any Module]) -> [any Module] { modules }
    /// The other.
    public static func buildEither(second modules: [any Module]) -> [any Module] { modules }
    /// What is only there on some systems.
    public static func buildLimitedAvailability(_ modules: [any Module]) -> [any Module] { modules }
}

extension Module {
    fileprivate func part(_ names: ModuleNames) throws(DistCoordError) -> WorkflowPart {
        guard Output.self == Void.self || Output.self is any Encodable.Type else {
            throw DistCoordError(
                .invalidArgument, "module '\(name)' returns \(Output.self), which is not Codable: it could not travel")
        }
        var step = Step<Void>(name).requires(requires, within: requiresWithin).retries(retries, backoff: backoff)
        if let timeout { step = step.timeout(timeout) }
        if runsAlways { step = step.always() }
        for type in Self.dependsOn {
            let needed = names.all(type)
            if needed.isEmpty {
                throw DistCoordError(
                    .invalidArgument, "module '\(name)' depends on \(type), of which the pipeline has none")
            }
            step = step.after(needed)
        }
        step.part.handler = StepHandler { step in
            let context = ModuleContext(step: step, names: names)
            if let reason = try await shouldSkip(context) { try step.skip(reason) }
            let output = try await run(context)
            guard let output = output as? any Encodable else { return [] }
            return try JSON.encode(output)
        }
        return step.part
    }
}
