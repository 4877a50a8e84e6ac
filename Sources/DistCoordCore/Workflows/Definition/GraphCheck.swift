// What can be wrong with a workflow as a whole. All is looked for, so that one answer tells everything; each check is
// linear in nodes and needs.

/// What is wrong, a line each.
final class GraphProblems {
    private var lines: [String] = []
    private var leftOut = 0
    private static let limit = 100

    func add(_ line: @autoclosure () -> String) {
        if lines.count < GraphProblems.limit { lines.append(line()) } else { leftOut += 1 }
    }

    var isEmpty: Bool { lines.isEmpty }

    var text: String {
        (lines + (leftOut == 0 ? [] : ["and \(leftOut) more"])).joined(separator: "\n")
    }
}

/// Looks at one draft.
struct GraphCheck {
    let draft: GraphDraft
    /// The task that adds the nodes to its run; nil when they are a workflow of their own.
    let adder: String?
    let shape: GraphShape
    let problems = GraphProblems()

    static let additionsLimit = 10_000

    init(_ draft: GraphDraft, adder: String? = nil) {
        self.draft = draft
        self.adder = adder
        shape = GraphShape(draft)
    }

    /// Fails with a message that names all that is wrong, one per line.
    func run() throws(CoordinationError) {
        if adder == nil { checkNames() } else { checkAdditions() }
        checkLists()
        checkCounts()
        checkOrder()
        checkLoops()
        if !problems.isEmpty { throw .invalid(problems.text) }
    }

    func name(_ node: Int) -> String { draft.name(of: node) }

    // MARK: - Names

    private func checkNames() {
        var reported: Set<Int> = []
        for need in draft.needs {
            let needed = draft.names[need.needed]
            if draft.nodeOfName[need.node] == nil, reported.insert(need.node).inserted {
                problems.add("'\(draft.names[need.node])' is to need '\(needed)', but was never added")
            }
            if draft.nodeOfName[need.needed] == nil {
                let node = draft.names[need.node]
                if let map = GraphCheck.map(ofItem: needed), draft.node(map) != nil {
                    addItemNeeded(by: node, needed, map)
                } else {
                    problems.add("'\(node)' needs '\(needed)', which was never added")
                }
            }
        }
    }

    private func addItemNeeded(by node: String, _ item: String, _ map: String) {
        problems.add("'\(node)' needs '\(item)', one item of a map; it can only need '\(map)', all of it")
    }

    /// "m" for "m[3]"; nil for other names.
    private static func map(ofItem name: String) -> String? {
        guard name.utf8.last == UInt8(ascii: "]"), let bracket = name.utf8.firstIndex(of: UInt8(ascii: "[")) else {
            return nil
        }
        return String(name[..<bracket])
    }

    /// Names that additions lack may be in the run, where the server looks for them.
    private func checkAdditions() {
        guard let adder else { return }
        if draft.nodes.count > GraphCheck.additionsLimit {
            problems.add(
                "'\(adder)' adds \(draft.nodes.count) nodes at once; at most \(GraphCheck.additionsLimit) are allowed")
        }
        if draft.node(adder) != nil { problems.add("'\(adder)' adds a node of its own name; names are unique") }
        var reported: Set<Int> = []
        for need in draft.needs {
            if draft.nodeOfName[need.node] == nil, reported.insert(need.node).inserted {
                problems.add(
                    "'\(draft.names[need.node])' is to need '\(draft.names[need.needed])', "
                        + "but is not among the additions")
            } else if draft.names[need.needed] == adder {
                let node = draft.names[need.node]
                problems.add(
                    "needs in a circle: \(node) -> \(adder) -> \(node); "
                        + "'\(adder)' ends when all that it adds have ended")
            } else if let map = GraphCheck.map(ofItem: draft.names[need.needed]) {
                addItemNeeded(by: draft.names[need.node], draft.names[need.needed], map)
            }
        }
    }

    // MARK: - Single nodes

    private func checkLists() {
        for node in draft.nodes {
            guard let from = node.from, let source = draft.nodeOfName[from], draft.nodes[source].kind != .task else {
                continue
            }
            let kind = draft.nodes[source].kind == .group ? "a group" : "a map"
            problems.add(
                "'\(draft.names[node.name])' maps over the result of '\(draft.names[from])', which is \(kind): "
                    + "only a task has a result")
        }
    }

    private func checkCounts() {
        for node in draft.nodes where node.policy == .atLeast {
            let count: Int
            switch node.kind {
            case .group: count = node.memberCount
            case .map where node.from == nil: count = node.itemCount
            default: continue
            }
            if Int(node.least) > count {
                problems.add(
                    "'\(draft.names[node.name])' wants at least \(node.least) to succeed, but has \(count) "
                        + (node.kind == .map ? "items" : "members"))
            }
        }
    }
}
