// What a workflow is built of, and the builder that collects it.

/// Something that a workflow is built of: a ``Step``, a ``MapStep``, a ``StepGroup``, a ``StepChain``, or a
/// ``StepTemplate``. Only the types of this module conform.
public protocol WorkflowNode: Sendable {
    /// What it comes to; made by its type, changed by its modifiers.
    var part: WorkflowPart { get set }
}

/// What a node of a workflow comes to. Opaque: it is made by the node types and read by ``Workflow``.
public struct WorkflowPart: Sendable {
    enum Kind: Sendable {
        case step
        /// Over the result of a node, or over a JSON array.
        case map(from: String?, items: String?)
        case group([WorkflowPart])
        /// One after the other; with a number, in so many rounds at most.
        case chain([WorkflowPart], rounds: Int?)
        case template
    }

    let name: String
    let kind: Kind
    var needs: [String] = []
    var runsAlways = false
    /// When a group or a map has succeeded.
    var policy = GroupPolicy.all
    /// What runs it in this program; nothing when workers of other programs do.
    var handler: StepHandler?
    /// The template that runs it.
    var template: String?
    var arguments: [UInt8] = []
    var language: String?
    /// One attempt unless told otherwise: what a step has done half is seldom fit to be done again.
    var options = PushOptions(maxAttempts: 1)
    /// What is wrong with it, told when the workflow is made: modifiers do not throw.
    var complaint: DistCoordError?

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The node that begins first; a chain has none of its own.
    var first: String? {
        guard case .chain(let parts, _) = kind else { return name }
        return parts.first?.first
    }

    /// The node after whose end all of it has ended.
    var last: String? {
        guard case .chain(let parts, _) = kind else { return name }
        return parts.last?.last
    }
}

extension WorkflowNode {
    /// Has it begin when these have ended, none of them badly, and at least one of them succeeded.
    public func after(_ names: String...) -> Self { after(names) }

    /// Has it begin when these have ended, none of them badly, and at least one of them succeeded.
    public func after(_ names: [String]) -> Self { changed { $0.needs += names } }

    /// Has it begin when these have ended, none of them badly, and at least one of them succeeded. What comes after a
    /// chain comes after its last step.
    public func after<each Node: WorkflowNode>(_ nodes: repeat each Node) -> Self {
        var names: [String] = []
        for node in repeat each nodes {
            if let last = node.part.last { names.append(last) }
        }
        return after(names)
    }

    /// Has it run whatever became of those that it comes after, also when the run is being stopped: for cleaning up.
    public func always() -> Self { changed { $0.runsAlways = true } }

    func changed(_ change: (inout WorkflowPart) -> Void) -> Self {
        var node = self
        change(&node.part)
        return node
    }
}

/// A node that workers run: a ``Step`` or a ``MapStep``. Only the types of this module conform.
public protocol WorkingNode: WorkflowNode {}

extension WorkingNode {
    /// Gives its worker a value, as JSON: ``StepContext/arguments(as:)``.
    public func arguments(_ value: some Encodable) -> Self {
        changed { part in
            do {
                part.arguments = try JSON.encode(value)
            } catch {
                part.complaint = DistCoordError(.invalidArgument, "arguments of '\(part.name)': \(error)")
            }
        }
    }

    /// Has only workers run it that have all of these. When for so long none that lives has them, it has failed, and
    /// its failure names them.
    ///
    /// - Parameters:
    ///   - capabilities: As for ``PushOptions/capabilities``.
    ///   - limit: How long to wait for such a worker; `nil` for ever.
    public func requires(_ capabilities: String..., within limit: Duration? = .seconds(300)) -> Self {
        requires(capabilities, within: limit)
    }

    /// Has only workers run it that have all of these; as with the names one by one.
    public func requires(_ capabilities: [String], within limit: Duration? = .seconds(300)) -> Self {
        changed {
            $0.options.capabilities += capabilities
            $0.options.capabilityTimeout = limit
        }
    }

    /// Has it tried again so often when it fails; without this it is not.
    ///
    /// - Parameters:
    ///   - count: How many further attempts there are, 0 to 254.
    ///   - first: Delay before the first of them; it doubles with each further one.
    ///   - longest: The longest delay.
    public func retries(
        _ count: Int, backoff first: Duration = .seconds(1), upTo longest: Duration = .seconds(300)
    ) -> Self {
        changed {
            // Out of range it is refused as what was asked for, not as what a sum came to.
            $0.options.maxAttempts = count < 0 ? 0 : min(count, 1_000) + 1
            $0.options.firstBackoff = first
            $0.options.maxBackoff = max(first, longest)
        }
    }

    /// How long one attempt may take.
    public func timeout(_ time: Duration) -> Self { changed { $0.options.timeout = time } }

    /// Higher goes first among what is ready.
    public func priority(_ priority: Int) -> Self { changed { $0.options.priority = priority } }

    /// Not to be claimed before that time from when it is ready.
    public func delay(_ time: Duration) -> Self { changed { $0.options.delay = time } }

    /// The pool whose workers alone are given it.
    public func pool(_ name: String) -> Self { changed { $0.options.pool = name } }

    /// A key of which only so many jobs of the queue run at the same time as ``Queue/setKeyLimit(_:)`` says.
    public func concurrencyKey(_ key: String) -> Self { changed { $0.options.concurrencyKey = key } }

    /// Has it run by workers of another language: "c", "python", "shell", or a name of your own. In a workflow in which
    /// any node names one, the steps of this program are run by Swift workers only.
    public func language(_ language: String) -> Self { changed { $0.language = language } }

    /// Asks, when it is ready, whether it is to run; if not it is skipped, and so is what comes after nothing else.
    public func when(_ condition: @escaping @Sendable (StepContext) async throws -> Bool) -> Self {
        changed { part in
            if part.handler == nil {
                part.complaint = DistCoordError(
                    .invalidArgument, "'\(part.name)' has a condition but no body: who runs it decides for itself")
            }
            part.handler?.condition = condition
        }
    }
}

/// Collects what a workflow is built of. Loops and conditions of Swift may be used within.
@resultBuilder
public enum WorkflowBuilder {
    /// One node.
    public static func buildExpression(_ node: some WorkflowNode) -> [WorkflowPart] { [node.part] }
    /// Nodes that were collected elsewhere.
    public static func buildExpression(_ parts: [WorkflowPart]) -> [WorkflowPart] { parts }
    /// Several of them, in order.
    public static func buildBlock(_ parts: [WorkflowPart]...) -> [WorkflowPart] { parts.flatMap { $0 } }
    /// What a loop collects.
    public static func buildArray(_ parts: [[WorkflowPart]]) -> [WorkflowPart] { parts.flatMap { $0 } }
    /// What is only there under a condition.
    public static func buildOptional(_ parts: [WorkflowPart]?) -> [WorkflowPart] { parts ?? [] }
    /// One of two branches.
    public static func buildEither(first parts: [WorkflowPart]) -> [WorkflowPart] { parts }
    /// The other.
    public static func buildEither(second parts: [WorkflowPart]) -> [WorkflowPart] { parts }
    /// What is only there on some systems.
    public static func buildLimitedAvailability(_ parts: [WorkflowPart]) -> [WorkflowPart] { parts }
}
