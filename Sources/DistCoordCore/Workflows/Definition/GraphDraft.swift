// What has been said of a workflow, as it was said. Names are numbered in the order in which they first occur,
// whether the node that has one is there or not; nodes are numbered in the order in which they were added.

/// What a node of a workflow is; the numbers are those of include/distcoord/run.h.
public enum NodeKind: UInt8, Sendable {
    case task = 0
    case group, map
}

/// When a group or a map that has ended has succeeded; the numbers are those of include/distcoord/workflow.h.
public enum GroupPolicy: Int32, Sendable {
    case all = 0
    case bestEffort, atLeast
}

/// A workflow while it is being built.
struct GraphDraft: Sendable {
    struct Node: Sendable {
        let kind: NodeKind
        /// Number of its name.
        let name: Int
        /// Number of the node it belongs to.
        let group: Int?
        /// How many groups it lies in.
        let depth: Int
        var policy = GroupPolicy.all
        var least: Int32 = 0
        var runsAlways = false
        var options = NodeOptions.usual
        var arguments: [UInt8] = []
        /// Of a map over the result of a node: number of its name.
        var from: Int?
        /// Of a map over a list that is known: a JSON array.
        var items: [UInt8] = []
        var itemCount = 0
        /// Of a group.
        var memberCount = 0
    }

    /// Names by their numbers.
    struct Need: Sendable {
        let node: Int
        let needed: Int
    }

    /// Names by their numbers.
    struct Loop: Sendable {
        let first: Int
        let last: Int
        let atMost: Int32
    }

    let name: String
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]
    /// The node that has the name, by the name's number.
    private(set) var nodeOfName: [Int?] = []
    private(set) var nodes: [Node] = []
    /// Each once, in the order in which they were added.
    private(set) var needs: [Need] = []
    private var knownNeeds: Set<UInt64> = []
    private var needCounts: [Int] = []
    private(set) var loops: [Loop] = []

    static let nodeLimit = 100_000
    static let needLimit = 1_000
    static let depthLimit = 100
    static let bytesLimit = 16 * 1024 * 1024

    init(name: String) {
        self.name = name
    }

    /// Name of a node.
    func name(of node: Int) -> String { names[nodes[node].name] }

    /// How many nodes belong to none.
    var topLevelCount: Int { nodes.reduce(0) { $0 + ($1.group == nil ? 1 : 0) } }

    /// The number of a node that was added; nil for others.
    func node(_ name: String) -> Int? {
        numbers[name].flatMap { nodeOfName[$0] }
    }

    private mutating func number(of name: String) -> Int {
        if let known = numbers[name] { return known }
        let number = names.count
        names.append(name)
        nodeOfName.append(nil)
        needCounts.append(0)
        numbers[name] = number
        return number
    }

    // MARK: - Building

    /// Adds a node; what is particular to its kind is left to `configure`.
    mutating func add(
        _ kind: NodeKind, _ name: String, group: String?, configure: (inout Node) -> Void
    ) throws(CoordinationError) {
        try GraphDraft.check(newName: name)
        if node(name) != nil { throw .invalid("the workflow has a node '\(name)' already; names are unique") }
        if nodes.count >= GraphDraft.nodeLimit {
            throw .invalid("the workflow has \(nodes.count) nodes; no more are allowed. A map makes tasks of a list")
        }
        let parent = try group.map { (group) throws(CoordinationError) in try self.group(group, of: name) }
        let depth = parent.map { nodes[$0].depth + 1 } ?? 0
        if kind == .group, depth >= GraphDraft.depthLimit {
            throw .invalid("the group '\(name)' lies in \(depth) others; only \(depth) may lie within one another")
        }
        let number = number(of: name)
        var node = Node(kind: kind, name: number, group: parent, depth: depth)
        configure(&node)
        if let parent { nodes[parent].memberCount += 1 }
        nodeOfName[number] = nodes.count
        nodes.append(node)
    }

    private func group(_ group: String, of name: String) throws(CoordinationError) -> Int {
        guard let parent = node(group) else {
            throw .invalid("'\(name)' is to belong to '\(group)', which was not added; add groups before their members")
        }
        guard nodes[parent].kind == .group else {
            throw .invalid("'\(name)' is to belong to '\(group)', which is no group")
        }
        return parent
    }

    /// Adds a need; one that is there already is left where it is.
    mutating func addNeed(_ name: String, _ needed: String) throws(CoordinationError) {
        try GraphDraft.check(knownName: name)
        try GraphDraft.check(knownName: needed)
        try addNeed(number(of: name), number(of: needed))
    }

    private mutating func addNeed(_ node: Int, _ needed: Int) throws(CoordinationError) {
        let key = UInt64(truncatingIfNeeded: node) << 32 | UInt64(truncatingIfNeeded: needed)
        if knownNeeds.contains(key) { return }
        if needCounts[node] >= GraphDraft.needLimit {
            throw .invalid(
                "'\(names[node])' needs \(GraphDraft.needLimit) others; no more are allowed. "
                    + "Put them into a group and need that")
        }
        needCounts[node] += 1
        knownNeeds.insert(key)
        needs.append(Need(node: node, needed: needed))
    }

    /// Adds a map; of `from` and `items` there is one.
    mutating func addMap(
        _ name: String, group: String?, from: String?, items: (bytes: [UInt8], count: Int)?,
        configure: (inout Node) -> Void
    ) throws(CoordinationError) {
        if let from { try GraphDraft.check(knownName: from) }
        try add(.map, name, group: group) { node in
            configure(&node)
            node.items = items?.bytes ?? []
            node.itemCount = items?.count ?? 0
        }
        guard let from else { return }
        let source = number(of: from)
        let place = nodes.count - 1
        nodes[place].from = source
        try addNeed(nodes[place].name, source)
    }

    mutating func addLoop(_ first: String, _ last: String, atMost: Int32) throws(CoordinationError) {
        try GraphDraft.check(knownName: first)
        try GraphDraft.check(knownName: last)
        guard (1...10_000).contains(atMost) else {
            throw .invalid("\(atMost) rounds are out of range; 1 to 10000 are allowed")
        }
        loops.append(Loop(first: number(of: first), last: number(of: last), atMost: atMost))
    }

    /// Changes a node of some kinds.
    mutating func change(
        _ name: String, _ kinds: [NodeKind], _ what: String,
        _ body: (inout Node) throws(CoordinationError) -> Void
    ) throws(CoordinationError) {
        guard let place = node(name) else { throw .invalid("the workflow has no node '\(name)'; add it before") }
        guard kinds.contains(nodes[place].kind) else {
            let article = nodes[place].kind == .map ? "a map" : nodes[place].kind == .task ? "a task" : "a group"
            throw .invalid("'\(name)' is \(article) and cannot have \(what)")
        }
        try body(&nodes[place])
    }

    // MARK: - Names

    private static func check(newName name: String) throws(CoordinationError) {
        try Names.check(name, what: "node name", limit: 200)
        if name.utf8.contains(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }) {
            throw .invalid("the node name '\(name)' has a bracket in it; these are for the items of maps")
        }
    }

    /// Of a node that somebody added or will add; also an item of a map, for whom the answer is a better one later.
    private static func check(knownName name: String) throws(CoordinationError) {
        try Names.check(name, what: "node name", limit: 208)
    }
}
