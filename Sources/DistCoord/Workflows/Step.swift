// Steps: what workers run.

/// A step of a workflow: a piece of work that one worker does.
///
/// ```swift
/// let extract = Step("extract") { _ in try await fetchRows() }
/// let count = Step("count") { context in try await context.output(of: extract).count }.after(extract)
/// ```
///
/// What its body returns travels as JSON to the steps that come after it. When the body throws, the attempt has failed;
/// ``JobFailure`` says more than other errors do. The body's task is cancelled when the run is stopped, the time is
/// over, or the lease is lost.
public struct Step<Output: Sendable>: WorkingNode {
    /// What it comes to.
    public var part: WorkflowPart

    private init(named name: String, template: String? = nil, handler: StepHandler? = nil) {
        part = WorkflowPart(name, .step)
        part.template = template
        part.handler = handler
    }

    /// A step with a result.
    ///
    /// - Parameters:
    ///   - name: 1 to 200 bytes without control characters, '[' and ']', unique in the workflow.
    ///   - body: What its worker does.
    public init(_ name: String, _ body: @escaping @Sendable (StepContext) async throws -> Output)
    where Output: Encodable {
        self.init(named: name, handler: StepHandler { try JSON.encode(try await body($0)) })
    }

    /// A step without a result.
    public init(_ name: String, _ body: @escaping @Sendable (StepContext) async throws -> Void) where Output == Void {
        self.init(named: name, handler: StepHandler(silent: body))
    }

    /// A step that workers of other programs run, which choose their code by its name.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - type: What their result is, in JSON.
    public init(_ name: String, returning type: Output.Type) where Output: Decodable { self.init(named: name) }

    /// A step without a result that workers of other programs run.
    public init(_ name: String) where Output == Void { self.init(named: name) }

    /// A step that runs the body of a template.
    public init(_ name: String, using template: StepTemplate<Output>) {
        self.init(named: name, template: template.part.name)
    }

    /// A step that runs the body of a template, or what workers of other programs have under that name.
    public init(_ name: String, using template: String, returning type: Output.Type) where Output: Decodable {
        self.init(named: name, template: template)
    }

    /// A step without a result that runs the body of a template, or what workers of other programs have under that
    /// name.
    public init(_ name: String, using template: String) where Output == Void {
        self.init(named: name, template: template)
    }
}

/// A body without a step of its own: for several steps that do the same, and for steps that are added while the
/// workflow runs (``StepContext/add(_:)``), whose bodies every worker has to know before.
///
/// ```swift
/// let part = StepTemplate("part") { context in try await work(on: context.arguments(as: Int.self)) }
/// let etl = try Workflow("etl") {
///     part
///     Step("first", using: part).arguments(1)
///     Step("second", using: part).arguments(2)
/// }
/// ```
public struct StepTemplate<Output: Sendable>: WorkflowNode {
    /// What it comes to.
    public var part: WorkflowPart

    /// A body with a result.
    public init(_ name: String, _ body: @escaping @Sendable (StepContext) async throws -> Output)
    where Output: Encodable {
        part = WorkflowPart(name, .template)
        part.handler = StepHandler { try JSON.encode(try await body($0)) }
    }

    /// A body without a result.
    public init(_ name: String, _ body: @escaping @Sendable (StepContext) async throws -> Void) where Output == Void {
        part = WorkflowPart(name, .template)
        part.handler = StepHandler(silent: body)
    }
}
