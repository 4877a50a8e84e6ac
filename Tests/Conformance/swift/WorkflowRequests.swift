// What the Swift runner can be asked about workflows: graphs that a session builds and later starts or adds.

import DistCoord

/// What a session has said of a workflow. In Swift members stand within their group, so it is put together at the end.
struct Graph {
    private var nodes: [Request] = []
    private var needs: [String: [String]] = [:]
    private var loops: [String: (last: String, most: Int)] = [:]

    mutating func add(_ request: Request) -> Bool {
        switch request.verb {
        case "task", "map", "group": nodes.append(request)
        case "need": needs[request.text("node") ?? "", default: []].append(request.text("needed") ?? "")
        case "loop":
            loops[request.text("first") ?? ""] = (request.text("last") ?? "", request.number("most") ?? 1)
        default: return false
        }
        return true
    }

    /// The members of a group; those of none without one.
    func parts(in group: String? = nil) -> [WorkflowPart] {
        var rest = nodes.filter { $0.text("group") == group }[...]
        var parts: [WorkflowPart] = []
        while let node = rest.popFirst() {
            guard let loop = loops[node.text("as") ?? ""] else {
                parts += part(node)
                continue
            }
            var within = [node]
            while within.last?.text("as") != loop.last, let next = rest.popFirst() { within.append(next) }
            parts += WorkflowBuilder.buildExpression(StepChain(rounds: loop.most) { within.flatMap(part) })
        }
        return parts
    }

    private func part(_ request: Request) -> [WorkflowPart] {
        let name = request.text("as") ?? ""
        switch request.verb {
        case "group": return tied(StepGroup(name, policy: policy(request)) { parts(in: name) }, request)
        case "map":
            if let from = request.text("from") {
                return working(MapStep(name, over: from).policy(policy(request)), request)
            }
            let list = (request.text("items") ?? "[]").dropFirst().dropLast().split(separator: ",")
            let items = list.map { Literal(text: String($0)) }
            return working(MapStep(name, over: items).policy(policy(request)), request)
        default:
            if let task = request.text("task") { return working(Step(name, using: task), request) }
            return working(Step(name), request)
        }
    }

    private func policy(_ request: Request) -> GroupPolicy {
        switch request.text("policy") {
        case "best_effort": .bestEffort
        case "at_least": .atLeast(request.number("least") ?? 0)
        default: .all
        }
    }

    private func working(_ node: some WorkingNode, _ request: Request) -> [WorkflowPart] {
        var node = node.retries((request.number("attempts") ?? 1) - 1, backoff: request.duration("backoff") ?? .zero)
        if let arguments = request.text("arguments") { node = node.arguments(Literal(text: arguments)) }
        if let language = request.text("language") { node = node.language(language) }
        if let timeout = request.duration("timeout") { node = node.timeout(timeout) }
        if let delay = request.duration("delay") { node = node.delay(delay) }
        if let priority = request.number("priority") { node = node.priority(priority) }
        let capabilities = request.names("requires")
        if let patience = request.duration("patience") {
            node = node.requires(capabilities, within: patience)
        } else if !capabilities.isEmpty {
            node = node.requires(capabilities)
        }
        return tied(node, request)
    }

    private func tied(_ node: some WorkflowNode, _ request: Request) -> [WorkflowPart] {
        let node = node.after(request.names("needs") + needs[request.text("as") ?? "", default: []])
        return WorkflowBuilder.buildExpression(request.text("always") == "yes" ? node.always() : node)
    }
}

/// As much of JSON as scenarios have: null, a text without escapes, a number.
struct Literal: Encodable {
    let text: String

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if text == "null" {
            try container.encodeNil()
        } else if text.hasPrefix("\"") {
            try container.encode(String(text.dropFirst().dropLast()))
        } else {
            try container.encode(Int(text) ?? 0)
        }
    }
}

extension Runner {
    func workflow(_ name: String) throws -> Workflow {
        let parts = graphs[name, default: Graph()].parts()
        return try Workflow(name) { parts }
    }

    func workflow(_ request: Request) async throws -> Reply {
        switch request.verb {
        case "validate": _ = try workflow(request.name)
        case "check":
            try await workflow(request.name).checkCapabilities(on: client.queue(request.text("queue") ?? ""))
        case "show":
            let workflow = try workflow(request.name)
            return .ok.with("count", workflow.nodes.count).with("fingerprint", workflow.fingerprint)
                .with("nodes", workflow.nodes.joined(separator: ","))
        default:
            return graphs[request.name, default: Graph()].add(request) ? .ok : Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }
}
