// A workflow as it is built; explained in include/distcoord/workflow.h. What is wrong by itself is refused at once,
// what only the whole can tell is found by `validate`.

import DistCoordRedis

/// A graph of tasks. One thread builds it; then any number may start it.
public final class WorkflowGraph: Sendable {
    public let name: String

    private struct State: Sendable {
        var draft: GraphDraft
        /// Of the draft as it is; empty when it has changed since.
        var fingerprint = ""
        var isValid = false
    }

    private let state: Guarded<State>

    public init(name: String) throws(CoordinationError) {
        try Names.check(name, what: "workflow name", limit: 200)
        self.name = name
        state = Guarded(State(draft: GraphDraft(name: name)))
    }

    // MARK: - Building

    private func change(_ body: (inout GraphDraft) throws(CoordinationError) -> Void) throws(CoordinationError) {
        try state.withLock { (state) throws(CoordinationError) in
            try body(&state.draft)
            state.fingerprint = ""
            state.isValid = false
        }
    }

    /// Adds a task. The arguments are copied.
    public func addTask(
        _ name: String, group: String?, arguments: UnsafeRawBufferPointer, options: JobOptions?
    ) throws(CoordinationError) {
        try WorkflowGraph.check(arguments)
        let options = try WorkflowGraph.nodeOptions(options)
        try change { (draft) throws(CoordinationError) in
            try draft.add(.task, name, group: group) { node in
                node.arguments = [UInt8](arguments)
                node.options = options
            }
        }
    }

    /// Adds a map over the result of `from`, or over `items`, a JSON array.
    public func addMap(
        _ name: String, group: String?, from: String?, items: String?, arguments: UnsafeRawBufferPointer,
        options: JobOptions?
    ) throws(CoordinationError) {
        guard (from == nil) != (items == nil) else {
            throw .invalid(
                from == nil
                    ? "the map '\(name)' has no list: say from which node it comes, or give the items"
                    : "the map '\(name)' has two lists: give the items, or say from which node they come, not both")
        }
        try WorkflowGraph.check(arguments)
        let options = try WorkflowGraph.nodeOptions(options)
        let list = try items.map { (items) throws(CoordinationError) in try WorkflowGraph.list(items, of: name) }
        try change { (draft) throws(CoordinationError) in
            try draft.addMap(name, group: group, from: from, items: list) { node in
                node.arguments = [UInt8](arguments)
                node.options = options
            }
        }
    }

    public func addGroup(_ name: String, group: String?) throws(CoordinationError) {
        try change { (draft) throws(CoordinationError) in try draft.add(.group, name, group: group) { _ in } }
    }

    /// - Parameter atLeast: Ignored unless the policy asks for it.
    public func setPolicy(_ name: String, _ policy: GroupPolicy, atLeast: Int64) throws(CoordinationError) {
        if policy == .atLeast, !(1...Int64(GraphDraft.nodeLimit)).contains(atLeast) {
            throw .invalid(
                "at least \(atLeast) members is out of range; 1 to \(GraphDraft.nodeLimit) are allowed")
        }
        try change { (draft) throws(CoordinationError) in
            try draft.change(name, [.group, .map], "a policy") { node in
                node.policy = policy
                node.least = policy == .atLeast ? Int32(truncatingIfNeeded: atLeast) : 0
            }
        }
    }

    public func addNeed(_ name: String, _ needed: String) throws(CoordinationError) {
        try change { (draft) throws(CoordinationError) in try draft.addNeed(name, needed) }
    }

    public func setAlways(_ name: String, _ always: Bool) throws(CoordinationError) {
        try change { (draft) throws(CoordinationError) in
            try draft.change(name, [.task, .group, .map], "that") { $0.runsAlways = always }
        }
    }

    public func setLanguage(_ name: String, _ language: String) throws(CoordinationError) {
        try change { (draft) throws(CoordinationError) in
            try draft.change(name, [.task, .map], "a language") { (node) throws(CoordinationError) in
                node.options = try node.options.speaking(language)
            }
        }
    }

    public func addLoop(_ first: String, _ last: String, atMost: Int32) throws(CoordinationError) {
        try change { (draft) throws(CoordinationError) in try draft.addLoop(first, last, atMost: atMost) }
    }

    private static func nodeOptions(_ options: JobOptions?) throws(CoordinationError) -> NodeOptions {
        guard let options else { return .usual }
        return try NodeOptions(options)
    }

    private static func check(_ arguments: UnsafeRawBufferPointer) throws(CoordinationError) {
        guard arguments.count <= GraphDraft.bytesLimit else {
            throw .invalid(
                "the arguments have \(arguments.count) bytes; at most \(GraphDraft.bytesLimit) are allowed. "
                    + "Store them elsewhere and pass on where they are")
        }
    }

    private static func list(_ items: String, of name: String) throws(CoordinationError) -> ([UInt8], Int) {
        let bytes = Array(items.utf8)
        guard bytes.count <= GraphDraft.bytesLimit else {
            throw .invalid(
                "the items of '\(name)' have \(bytes.count) bytes; at most \(GraphDraft.bytesLimit) are allowed. "
                    + "Let a task return the list")
        }
        switch JSONArray.count(bytes) {
        case .failure(let flaw): throw .invalid("the items of '\(name)' are no JSON array: \(flaw.text)")
        case .success(let count) where count > JSONArray.limit:
            throw .invalid("'\(name)' maps over \(count) items; at most \(JSONArray.limit) are allowed")
        case .success(let count): return (bytes, count)
        }
    }

    // MARK: - Looking

    /// What has been said so far, to be worked on without the lock.
    var draft: GraphDraft { state.withLock { $0.draft } }

    /// The same in every process that says the same.
    public var fingerprint: String {
        let (known, draft) = state.withLock { ($0.fingerprint, $0.draft) }
        if !known.isEmpty { return known }
        let made = draft.fingerprint()
        state.withLock { $0.fingerprint = made }
        return made
    }

    // MARK: - Checking

    /// Fails with a message that names all that is wrong with the whole, one per line.
    public func validate() throws(CoordinationError) {
        _ = try validDraft()
    }

    /// The draft, when nothing is wrong with it.
    func validDraft() throws(CoordinationError) -> GraphDraft {
        let (isValid, draft) = state.withLock { ($0.isValid, $0.draft) }
        if isValid { return draft }
        try GraphCheck(draft).run()
        state.withLock { $0.isValid = true }
        return draft
    }
}
