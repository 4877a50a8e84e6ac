// Steps that belong together: beside each other, or one after the other.

/// Steps that belong together. It ends when all of them have ended; what comes after it is given the results of all.
///
/// ```swift
/// StepGroup("mirrors", policy: .atLeast(2)) {
///     for host in hosts { Step("copy to \(host)") { _ in try await copy(to: host) } }
/// }.after("build")
/// ```
///
/// Its members begin when it does. Groups may lie within groups.
public struct StepGroup: WorkflowNode {
    /// What it comes to.
    public var part: WorkflowPart

    /// A group.
    ///
    /// - Parameters:
    ///   - name: Its name, as for steps.
    ///   - policy: When it has succeeded.
    ///   - members: Its members.
    public init(_ name: String, policy: GroupPolicy = .all, @WorkflowBuilder _ members: () -> [WorkflowPart]) {
        part = WorkflowPart(name, .group(members()))
        part.policy = policy
    }
}

/// Steps that run one after the other, in one round or in several. It has no name of its own: what it comes after, its
/// first step comes after, and what comes after it comes after its last step.
///
/// ```swift
/// StepChain(rounds: 10) {
///     Step("improve") { context in try await improve(context.repeated(as: Draft.self) ?? Draft()) }
///     Step("judge") { context in
///         let draft: Draft = try await context.input("improve")
///         if !draft.isGood { try context.repeatLoop(with: draft) }
///         return draft
///     }
/// }
/// ```
public struct StepChain: WorkflowNode {
    /// What it comes to.
    public var part: WorkflowPart

    /// A chain.
    ///
    /// - Parameters:
    ///   - rounds: How often it runs at most: another round begins when its last step asks for it
    ///     (``StepContext/repeatLoop(with:)``). `nil` for once. Nothing outside may come after a step within but the
    ///     last.
    ///   - steps: What it consists of, at least one.
    public init(rounds: Int? = nil, @WorkflowBuilder _ steps: () -> [WorkflowPart]) {
        part = WorkflowPart("", .chain(steps(), rounds: rounds))
    }
}
