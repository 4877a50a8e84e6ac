// Whether anybody could run the tasks of a workflow, as far as that can be told before it is started.

import DistCoordRedis

extension WorkflowGraph {
    private static let capabilities = Script("workflow_capabilities", PackageResources.workflow_capabilities_lua)

    static var scripts: [Script] { [capabilities] }

    /// Fails with a message that names the tasks that nobody who works on the queue could run, and what is missing. A
    /// task for one worker's own queue is run by others when that worker is not there.
    public func checkCapabilities(on queue: QueueHandle) throws(CoordinationError) {
        let rooms = try queue.rooms()
        guard let room = rooms.all.first, rooms.all.count == 1 else {
            throw .invalid("the queue '\(queue.name)' is split into partitions; a workflow needs one that is not")
        }
        let call = ScriptCall(WorkflowGraph.capabilities, keys: room.calls.keys, arguments: [])
        let reply = try room.run(call, room.session.patience())
        let profiles = (0..<reply.count).map { reply.string(at: $0) }.filter { !$0.hasPrefix("@") }
        let problems = WorkflowGraph.missing(draft, Workforce(profiles), queue: queue.name)
        if !problems.isEmpty { throw .invalid(problems.text) }
    }

    private static func missing(_ draft: GraphDraft, _ workforce: Workforce, queue: String) -> GraphProblems {
        let problems = GraphProblems()
        // Few nodes differ in what they require.
        var flaws: [[String]: String?] = [:]
        for node in draft.nodes where node.kind != .group {
            let required = node.options.capabilities
            let flaw = flaws[required] ?? workforce.flaw(required, queue: queue)
            flaws[required] = flaw
            if let flaw { problems.add("'\(draft.names[node.name])' \(flaw)") }
        }
        return problems
    }
}

/// What those have who work on a queue.
private struct Workforce {
    private let profiles: [Set<Substring>]
    private let all: Set<Substring>

    /// - Parameter profiles: As the server keeps them: names with commas, and what follows a space.
    init(_ profiles: [String]) {
        self.profiles = profiles.map { Set($0.prefix { $0 != " " }.split(separator: ",")) }
        all = self.profiles.reduce(into: []) { $0.formUnion($1) }
    }

    /// Why nobody could run a task that requires this; nil when somebody could.
    func flaw(_ required: [String], queue: String) -> String? {
        if profiles.contains(where: { profile in required.allSatisfy { profile.contains($0[...]) } }) { return nil }
        guard !profiles.isEmpty else {
            return required.isEmpty
                ? "has no worker: nobody works on queue '\(queue)'"
                : "requires \(required.joined(separator: " and ")), and nobody works on queue '\(queue)'"
        }
        let missing = required.filter { !all.contains($0[...]) }
        return missing.isEmpty
            ? "requires \(required.joined(separator: " and ")), which no worker of queue '\(queue)' has together"
            : "requires \(missing.joined(separator: " and ")), which no worker of queue '\(queue)' has"
    }
}
