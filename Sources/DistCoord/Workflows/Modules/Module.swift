// Modules: the steps of a pipeline, each a type.

/// A step of a ``Pipeline``: a type that says what it depends on and what it does.
///
/// ```swift
/// struct Build: Module {
///     static let dependsOn: [any Module.Type] = [Restore.self]
///     let requires = ["linux"]
///     let retries = 1
///
///     func run(_ context: ModuleContext) async throws -> [String] {
///         let packages = try await context.output(of: Restore.self)
///         return try await compile(packages)
///     }
/// }
/// ```
///
/// What it returns travels as JSON to the modules that depend on it, on whatever machine they run: it is `Codable`, or
/// nothing.
public protocol Module: Sendable {
    /// What it returns.
    associatedtype Output: Sendable

    /// Modules that must have ended before, none of them badly. Of a type of which the pipeline has several modules,
    /// all.
    static var dependsOn: [any Module.Type] { get }
    /// Its name, unique in the pipeline; that of its type unless told otherwise.
    var name: String { get }
    /// What the instance that runs it must have.
    var requires: [String] { get }
    /// How long it waits while no instance that lives has that; then it has failed, and its failure names what is
    /// missing. `nil` for ever.
    var requiresWithin: Duration? { get }
    /// How often it is tried again when it fails.
    var retries: Int { get }
    /// Delay before the first retry; it doubles with each further one.
    var backoff: Duration { get }
    /// How long one attempt may take; `nil` for no limit.
    var timeout: Duration? { get }
    /// Whether it runs whatever became of those that it depends on, also when the run is being stopped.
    var runsAlways: Bool { get }

    /// Why it is not to run; `nil` when it is. Asked where and when it would run.
    func shouldSkip(_ context: ModuleContext) async throws -> String?
    /// What it does. When it throws, the attempt has failed. Its task is cancelled when the run is stopped.
    func run(_ context: ModuleContext) async throws -> Output
}

extension Module {
    /// Nothing.
    public static var dependsOn: [any Module.Type] { [] }
    /// The name of the type.
    public var name: String { String(describing: Self.self) }
    /// Nothing.
    public var requires: [String] { [] }
    /// Five minutes.
    public var requiresWithin: Duration? { .seconds(300) }
    /// Not at all.
    public var retries: Int { 0 }
    /// One second.
    public var backoff: Duration { .seconds(1) }
    /// No limit.
    public var timeout: Duration? { nil }
    /// It does not.
    public var runsAlways: Bool { false }
    /// It runs.
    public func shouldSkip(_ context: ModuleContext) async throws -> String? { nil }
}

/// What a module gets to see when it runs.
public struct ModuleContext: Sendable {
    /// The step that it is in the run.
    public let step: StepContext

    let names: ModuleNames

    /// The run.
    public var run: WorkflowRun { get throws { try step.run } }
    /// Files that modules hand to each other.
    public var artifacts: Artifacts { get throws { try step.run.artifacts } }
    /// Which attempt this is, from 1.
    public var attempt: Int { step.attempt }

    /// What a module that this one depends on returned.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/empty`` when it returned nothing, because it was skipped or did not
    /// succeed, and ``DistCoordError/Code-swift.struct/conflict`` when there are several modules of that type.
    public func output<Other: Module>(of type: Other.Type) async throws -> Other.Output where Other.Output: Decodable {
        try await step.input(names.only(type))
    }

    /// What the modules of a type that this one depends on returned, in their order in the pipeline; of those that were
    /// skipped or did not succeed nothing.
    public func outputs<Other: Module>(
        of type: Other.Type
    ) async throws -> [Other.Output] where Other.Output: Decodable {
        let names = Set(names.all(type))
        return try await step.inputs().filter { names.contains($0.need) && $0.state == .succeeded }.map {
            try $0.decode()
        }
    }
}

/// The modules of a pipeline by their types.
struct ModuleNames: Sendable {
    private var names: [ObjectIdentifier: [String]] = [:]

    init(_ modules: [any Module]) {
        for module in modules { names[ObjectIdentifier(type(of: module)), default: []].append(module.name) }
    }

    func all(_ type: any Module.Type) -> [String] { names[ObjectIdentifier(type)] ?? [] }

    func only(_ type: any Module.Type) throws(DistCoordError) -> String {
        let all = all(type)
        if all.count == 1, let name = all.first { return name }
        throw all.isEmpty
            ? DistCoordError(.notFound, "the pipeline has no module of type \(type)")
            : DistCoordError(.conflict, "the pipeline has \(all.count) modules of type \(type): ask for all of them")
    }
}
