// Which nodes of one level come before which: the members of one group, or all that are in none. A need between nodes
// that lie deeper counts between the groups in which they lie.

/// The order within levels; made for loops alone, so graphs without any do not pay for it.
struct GraphLevels: Sendable {
    private let groups: [Int?]
    private let depths: [Int]
    private let before: NumberLists
    private let after: NumberLists

    init(_ draft: GraphDraft, _ shape: GraphShape) {
        groups = shape.groups
        depths = draft.nodes.map(\.depth)
        var edges: [(owner: Int, value: Int)] = []
        edges.reserveCapacity(draft.needs.count)
        for node in 0..<shape.count {
            for needed in shape.needs[node] {
                if let pair = GraphLevels.siblings(node, needed, groups: groups, depths: depths) {
                    edges.append((pair.0, pair.1))
                }
            }
        }
        before = NumberLists(count: shape.count, edges)
        after = NumberLists(count: shape.count, edges.map { ($0.value, $0.owner) })
    }

    /// The nodes of one level in which two lie, or which they are; nil when one lies in the other.
    private static func siblings(_ one: Int, _ other: Int, groups: [Int?], depths: [Int]) -> (Int, Int)? {
        var (one, other) = (one, other)
        while depths[one] > depths[other], let group = groups[one] { one = group }
        while depths[other] > depths[one], let group = groups[other] { other = group }
        if one == other { return nil }
        while groups[one] != groups[other], let group = groups[one], let otherGroup = groups[other] {
            (one, other) = (group, otherGroup)
        }
        return (one, other)
    }

    /// The nodes of the level on ways from one to another.
    ///
    /// Nodes outside a loop cannot need any within it but the last, so that what can be reached from the first lies in
    /// the loop, and to find it costs no more than the loop is long.
    ///
    /// - Returns: In the order in which they were added; empty when there is no way.
    func reach(from first: Int, to last: Int) -> (body: [Int], found: Bool) {
        guard groups[first] == groups[last] else { return ([], false) }
        if first == last { return ([first], true) }
        let behind = closure(of: first, last, after, within: nil)
        guard behind.contains(last) else { return ([], false) }
        return (closure(of: last, first, before, within: behind).sorted(), true)
    }

    /// All to which edges lead from a node, not through `end`.
    private func closure(of start: Int, _ end: Int, _ edges: NumberLists, within allowed: Set<Int>?) -> Set<Int> {
        var found: Set<Int> = [start]
        var rest = [start]
        while let node = rest.popLast() {
            if node == end { continue }
            for next in edges[node] where allowed?.contains(next) ?? true {
                if found.insert(next).inserted { rest.append(next) }
            }
        }
        return found
    }
}
