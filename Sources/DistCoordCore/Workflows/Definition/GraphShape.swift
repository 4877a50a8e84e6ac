// Who needs whom and who belongs to whom, by the numbers of nodes. Built in one pass, so that a graph of a hundred
// thousand nodes costs a few allocations and not one per node.

/// Lists of numbers, one for each of `count` owners, in one array.
struct NumberLists: Sendable {
    private var offsets: [Int]
    private var values: [Int]

    /// The pairs' second numbers by their first, in the order in which they come.
    init(count: Int, _ pairs: [(owner: Int, value: Int)]) {
        offsets = [Int](repeating: 0, count: count + 1)
        for pair in pairs { offsets[pair.owner + 1] += 1 }
        for index in 0..<count { offsets[index + 1] += offsets[index] }
        values = [Int](repeating: 0, count: pairs.count)
        var next = offsets
        for pair in pairs {
            values[next[pair.owner]] = pair.value
            next[pair.owner] += 1
        }
    }

    subscript(owner: Int) -> ArraySlice<Int> { values[offsets[owner]..<offsets[owner + 1]] }
}

/// The edges of a graph; names that were never added are left out.
struct GraphShape: Sendable {
    let count: Int
    /// The node that each belongs to.
    let groups: [Int?]
    /// By node: the nodes that it needs, in the order in which the needs were added.
    let needs: NumberLists
    /// By node: the nodes that need it.
    let neededBy: NumberLists
    /// By group: its members, in the order in which they were added.
    let members: NumberLists

    init(_ draft: GraphDraft) {
        count = draft.nodes.count
        groups = draft.nodes.map(\.group)
        var edges: [(owner: Int, value: Int)] = []
        edges.reserveCapacity(draft.needs.count)
        for need in draft.needs {
            if let node = draft.nodeOfName[need.node], let needed = draft.nodeOfName[need.needed] {
                edges.append((node, needed))
            }
        }
        needs = NumberLists(count: count, edges)
        neededBy = NumberLists(count: count, edges.map { ($0.value, $0.owner) })
        members = NumberLists(
            count: count, draft.nodes.enumerated().compactMap { node in node.element.group.map { ($0, node.offset) } })
    }
}
