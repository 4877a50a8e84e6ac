// A workflow as the server keeps it: for each node how it stands at the start, and what it is. Workflows/Lua lists the
// fields of both.

/// A node of a workflow, packed.
struct EncodedNode: Sendable {
    let name: String
    /// How it stands at the start.
    let state: [UInt8]
    /// What it is, which never changes.
    let definition: [UInt8]
}

/// A workflow, packed.
struct EncodedWorkflow: Sendable {
    let name: String
    /// Empty for additions.
    let fingerprint: String
    let nodes: [EncodedNode]
    /// How many of them belong to no group, or, of additions, to the task that adds them.
    let topLevelCount: Int
}

extension WorkflowGraph {
    /// The workflow to be started; fails when something is wrong with it.
    func encoded() throws(CoordinationError) -> EncodedWorkflow {
        let draft = try validDraft()
        return EncodedWorkflow(
            name: name, fingerprint: fingerprint, nodes: GraphEncoder(draft, adder: nil).encode(),
            topLevelCount: draft.topLevelCount)
    }

    /// The workflow to be added to a run by a task. Names that it lacks are left to the server, which knows the others.
    func encodedAdditions(to task: String) throws(CoordinationError) -> EncodedWorkflow {
        let draft = draft
        try GraphCheck(draft, adder: task).run()
        return EncodedWorkflow(
            name: name, fingerprint: "", nodes: GraphEncoder(draft, adder: task).encode(),
            topLevelCount: draft.topLevelCount)
    }
}

/// The parts of a definition, each a letter, its length in four bytes, and its bytes.
struct DefinitionPart {
    static let group = UInt8(ascii: "p")
    static let needs = UInt8(ascii: "n")
    /// Of an addition: those of its needs that were not added with it.
    static let outerNeeds = UInt8(ascii: "o")
    static let neededBy = UInt8(ascii: "s")
    static let members = UInt8(ascii: "c")
    static let head = UInt8(ascii: "h")
    static let ties = UInt8(ascii: "t")
    static let delay = UInt8(ascii: "d")
    static let arguments = UInt8(ascii: "a")
    static let from = UInt8(ascii: "f")
    static let items = UInt8(ascii: "x")
    static let loop = UInt8(ascii: "l")
}

/// Bytes that are put together.
struct PackedBytes {
    var bytes: [UInt8] = []

    /// A number of so many bytes, the lowest first.
    mutating func append(_ number: Int, bytes count: Int) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
    }

    /// Numbers below 256.
    mutating func append(small number: Int) { bytes.append(UInt8(truncatingIfNeeded: number)) }

    mutating func append(part letter: UInt8, _ value: [UInt8]) {
        bytes.append(letter)
        append(value.count, bytes: 4)
        bytes.append(contentsOf: value)
    }

    mutating func append(part letter: UInt8, _ text: String) {
        bytes.append(letter)
        append(text.utf8.count, bytes: 4)
        bytes.append(contentsOf: text.utf8)
    }

    /// A newline follows each text.
    mutating func append(part letter: UInt8, lines: some Sequence<String>) {
        bytes.append(letter)
        let start = bytes.count
        append(0, bytes: 4)
        for line in lines {
            bytes.append(contentsOf: line.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        let length = bytes.count - start - 4
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
}

/// Packs the nodes of a draft in which nothing is wrong.
struct GraphEncoder {
    private let draft: GraphDraft
    /// The task that adds the nodes to its run; nil when they are a workflow of their own.
    private let adder: String?
    private let shape: GraphShape
    /// By name's number: all needs, also those of names that are not here.
    private let needs: NumberLists
    /// The loop that a node ends, with what lies in it.
    private var loops: [Int: (loop: GraphDraft.Loop, body: [Int])] = [:]

    private enum Flags {
        static let always: UInt8 = 1
        static let hasNeeds: UInt8 = 16
    }

    init(_ draft: GraphDraft, adder: String?) {
        self.draft = draft
        self.adder = adder
        shape = GraphShape(draft)
        needs = NumberLists(count: draft.names.count, draft.needs.map { ($0.node, $0.needed) })
        guard !draft.loops.isEmpty else { return }
        let levels = GraphLevels(draft, shape)
        for loop in draft.loops {
            guard let first = draft.nodeOfName[loop.first], let last = draft.nodeOfName[loop.last] else { continue }
            loops[last] = (loop, levels.reach(from: first, to: last).body)
        }
    }

    func encode() -> [EncodedNode] {
        draft.nodes.indices.map { node in
            EncodedNode(name: draft.name(of: node), state: state(of: node), definition: definition(of: node))
        }
    }

    private func state(of index: Int) -> [UInt8] {
        let node = draft.nodes[index]
        let isInGroup = node.group != nil || adder != nil
        var packed = PackedBytes()
        packed.bytes.reserveCapacity(60)
        packed.append(small: Int(node.kind.rawValue))
        packed.append(small: 0)
        let needed = needs[node.name]
        packed.bytes.append((node.runsAlways ? Flags.always : 0) | (needed.isEmpty ? 0 : Flags.hasNeeds))
        packed.append(small: Int(node.policy.rawValue))
        packed.append(shape.needs[index].count + (isInGroup ? 1 : 0), bytes: 4)
        packed.append(node.memberCount, bytes: 4)
        packed.append(0, bytes: 8)  // good, bad
        // Of a task that others need it is told here, see Workflows/Lua/workflow_nodes.lua.
        packed.append(node.kind == .task && !shape.neededBy[index].isEmpty ? 1 : Int(node.least), bytes: 4)
        packed.append(index, bytes: 4)
        // Nothing has happened: no times, no job, no fence, no attempts, no round.
        packed.bytes.append(contentsOf: repeatElement(0, count: 32))
        return packed.bytes
    }

    private func definition(of index: Int) -> [UInt8] {
        let node = draft.nodes[index]
        var packed = PackedBytes()
        draft.appendDefinition(of: index, group: adder, needs: needs[node.name], to: &packed)
        let outer = needs[node.name].filter { draft.nodeOfName[$0] == nil }
        if !outer.isEmpty { packed.append(part: DefinitionPart.outerNeeds, lines: outer.lazy.map { draft.names[$0] }) }
        let neededBy = shape.neededBy[index]
        if !neededBy.isEmpty {
            packed.append(part: DefinitionPart.neededBy, lines: neededBy.lazy.map { draft.name(of: $0) })
        }
        if node.memberCount > 0 {
            packed.append(part: DefinitionPart.members, lines: shape.members[index].lazy.map { draft.name(of: $0) })
        }
        if let (loop, body) = loops[index] {
            let lines = [draft.names[loop.first], String(loop.atMost)] + body.map { draft.name(of: $0) }
            packed.append(part: DefinitionPart.loop, lines: lines)
        }
        return packed.bytes
    }
}

extension GraphDraft {
    /// The parts that a node has by what was said of it alone.
    ///
    /// - Parameter group: What it belongs to when it is in no group here.
    func appendDefinition(of index: Int, group: String?, needs: ArraySlice<Int>, to packed: inout PackedBytes) {
        let node = nodes[index]
        if let group = node.group.map({ name(of: $0) }) ?? group { packed.append(part: DefinitionPart.group, group) }
        if !needs.isEmpty { packed.append(part: DefinitionPart.needs, lines: needs.lazy.map { names[$0] }) }
        guard node.kind != .group else { return }
        let (head, ties) = node.options.record(ofNode: names[node.name])
        packed.append(part: DefinitionPart.head, head)
        if !ties.isEmpty { packed.append(part: DefinitionPart.ties, ties) }
        if node.options.job.delay != 0 { packed.append(part: DefinitionPart.delay, String(node.options.job.delay)) }
        if !node.arguments.isEmpty { packed.append(part: DefinitionPart.arguments, node.arguments) }
        guard node.kind == .map else { return }
        if let from = node.from {
            packed.append(part: DefinitionPart.from, names[from])
        } else {
            packed.append(part: DefinitionPart.items, node.items)
        }
    }
}
