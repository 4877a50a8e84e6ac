// A workflow: a graph of steps, checked and ready to be started.

/// A graph of steps that workers on many machines run. <doc:Workflows> says what holds.
///
/// ```swift
/// let etl = try Workflow("etl") {
///     Step("extract") { _ in try await fetchRows() }
///     MapStep("clean", over: "extract") { (row: Row, _) in row.cleaned() }
///     Step("load") { context in
///         try await store(context.input("clean", as: [Row].self))
///     }.after("clean").retries(2).timeout(.seconds(60))
/// }
/// let run = try await queue.start(etl)
/// ```
///
/// The graph goes to the server when it is started (``Queue/start(_:id:retention:failFast:)``); the bodies stay in the
/// programs, of which any that builds the same workflow may run them (``Queue/work(on:options:)``).
public struct Workflow: Sendable {
    /// Its name.
    public let name: String
    /// A number of what the graph says, the same in every process and language that builds the same graph.
    public let fingerprint: String
    /// Names of its nodes, in order.
    public let nodes: [String]

    // Not changed any more: so it may be started by several tasks at the same time.
    let blocking: BlockingWorkflow
    /// What runs the jobs of this program, by their task name.
    let handlers: [String: StepHandler]
    /// The language of the steps of this program, if it matters.
    let language: String?

    /// Makes a workflow of nodes, and checks the whole.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/invalidArgument`` for names that are not there, circles, and whatever
    /// else could never run; the message names all that was found, one per line, with the path.
    ///
    /// - Parameters:
    ///   - name: 1 to 200 bytes without control characters.
    ///   - parts: What it is built of. What nothing is said to come before begins at once.
    public init(_ name: String, @WorkflowBuilder _ parts: () throws -> [WorkflowPart]) throws {
        try self.init(name, parts())
    }

    init(_ name: String, _ parts: [WorkflowPart]) throws {
        let language = parts.contains(where: \.namesLanguage) ? WorkflowCompiler.ownLanguage : nil
        var compiler = try WorkflowCompiler(name, language: language)
        try compiler.add(parts)
        try compiler.blocking.validate()
        self.name = name
        self.language = language
        blocking = compiler.blocking
        handlers = compiler.handlers
        fingerprint = compiler.blocking.fingerprint
        nodes = compiler.blocking.nodes
    }

    /// Checks that workers that live have what the steps require.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/invalidArgument`` when they have not; the message names each step that
    /// nobody on that queue could run, and what is missing.
    public func checkCapabilities(on queue: Queue) async throws {
        try await queue.withHandle { [blocking] in try blocking.checkCapabilities($0) }
    }
}

extension WorkflowPart {
    fileprivate var namesLanguage: Bool {
        switch kind {
        case .group(let parts), .chain(let parts, _): parts.contains(where: \.namesLanguage)
        case .step, .map, .template: language != nil
        }
    }
}

/// Makes a graph of the library of what a builder collected.
struct WorkflowCompiler {
    static let ownLanguage = "swift"

    let blocking: BlockingWorkflow
    private(set) var handlers: [String: StepHandler] = [:]
    private let language: String?

    /// - Parameter language: That of the steps of this program; nothing when any worker may run them.
    init(_ name: String, language: String?) throws(DistCoordError) {
        blocking = try BlockingWorkflow(name)
        self.language = language
    }

    /// What a running step adds.
    static func additions(_ parts: [WorkflowPart], language: String?) throws(DistCoordError) -> BlockingWorkflow {
        var compiler = try WorkflowCompiler("additions", language: language)
        try compiler.add(parts)
        if let name = compiler.handlers.keys.min() {
            throw DistCoordError(
                .invalidArgument, "'\(name)' has a body, which other processes do not know; use a template")
        }
        return compiler.blocking
    }

    mutating func add(_ parts: [WorkflowPart], to group: String? = nil) throws(DistCoordError) {
        for part in parts { try add(part, to: group) }
    }

    private mutating func add(_ part: WorkflowPart, to group: String?) throws(DistCoordError) {
        if let complaint = part.complaint { throw complaint }
        switch part.kind {
        case .template:
            try handle(part)
            return
        case .chain(let parts, let rounds):
            try addChain(part, parts, rounds: rounds, to: group)
            return
        case .step:
            try blocking.addTask(part.name, group: group, arguments: part.arguments, options: part.jobOptions)
        case .map(let from, let items):
            try blocking.addMap(
                part.name, group: group, from: from, items: items, arguments: part.arguments, options: part.jobOptions)
        case .group(let members):
            try blocking.addGroup(part.name, group: group)
            try add(members, to: part.name)
        }
        for need in part.needs { try blocking.addNeed(part.name, need) }
        if part.runsAlways { try blocking.setAlways(part.name) }
        if part.policy != .all { try blocking.setPolicy(part.name, part.policy) }
        let isOwn = part.handler != nil || part.template != nil
        if let language = part.language ?? (isOwn ? language : nil) { try blocking.setLanguage(part.name, language) }
        try handle(part)
    }

    /// Workers choose their code by the task name, which is the node's unless a template has one.
    private mutating func handle(_ part: WorkflowPart) throws(DistCoordError) {
        guard let handler = part.handler else { return }
        if handlers.updateValue(handler, forKey: part.name) != nil {
            throw DistCoordError(.invalidArgument, "'\(part.name)' is there twice: once as a template")
        }
    }

    private mutating func addChain(
        _ chain: WorkflowPart, _ parts: [WorkflowPart], rounds: Int?, to group: String?
    ) throws(DistCoordError) {
        guard let first = chain.first, let last = chain.last else {
            throw DistCoordError(.invalidArgument, "a chain has no steps")
        }
        var before = chain.needs
        for var part in parts {
            part.needs += before
            if chain.runsAlways { part.runsAlways = true }
            try add(part, to: group)
            before = part.last.map { [$0] } ?? []
        }
        if let rounds { try blocking.addLoop(first: first, last: last, atMost: rounds) }
    }
}

extension WorkflowPart {
    fileprivate var jobOptions: PushOptions { template.map(options.named) ?? options }
}
