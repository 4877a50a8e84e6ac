// Whether loops can run again: all between their first and last node lies on one level, nobody outside needs what is
// run again before the last has ended for good, and they lie within one another or apart.

/// A loop whose nodes are there.
private struct FoundLoop {
    let first: Int
    let last: Int
    let body: [Int]
}

extension GraphCheck {
    func checkLoops() {
        guard !draft.loops.isEmpty else { return }
        let levels = GraphLevels(draft, shape)
        var found: [FoundLoop] = []
        var lasts: Set<Int> = []
        for loop in draft.loops {
            guard let (first, last) = ends(of: loop) else { continue }
            guard lasts.insert(last).inserted else {
                problems.add("\(text(loop)): another loop ends with '\(name(last))' already")
                continue
            }
            let (body, isWay) = levels.reach(from: first, to: last)
            guard isWay else {
                problems.add("\(text(loop)): '\(name(last))' does not wait for '\(name(first))'")
                continue
            }
            found.append(FoundLoop(first: first, last: last, body: body))
        }
        found.sort { $0.body.count < $1.body.count }
        checkLeaks(found, parents: checkCrossing(found))
    }

    private func text(_ loop: GraphDraft.Loop) -> String {
        "the loop from '\(draft.names[loop.first])' to '\(draft.names[loop.last])'"
    }

    private func text(_ loop: FoundLoop) -> String {
        "the loop from '\(name(loop.first))' to '\(name(loop.last))'"
    }

    /// The nodes between which a loop lies, when they can be such.
    private func ends(of loop: GraphDraft.Loop) -> (first: Int, last: Int)? {
        let nodes = [loop.first, loop.last].map { (draft.names[$0], draft.nodeOfName[$0]) }
        for (name, node) in nodes where node == nil { problems.add("\(text(loop)): '\(name)' was never added") }
        guard let first = nodes[0].1, let last = nodes[1].1 else { return nil }
        guard draft.nodes[last].kind == .task else {
            problems.add("\(text(loop)): '\(name(last))' is no task; a task asks for the next round")
            return nil
        }
        guard shape.groups[first] == shape.groups[last] else {
            problems.add("\(text(loop)): they belong to different groups")
            return nil
        }
        return (first, last)
    }

    /// - Parameter loops: Ordered by length.
    /// - Returns: By loop, the next larger one of the same level in which it lies.
    private func checkCrossing(_ loops: [FoundLoop]) -> [Int?] {
        var parents = [Int?](repeating: nil, count: loops.count)
        // By node, the largest loop so far in which it lies.
        var outermost: [Int: Int] = [:]
        for (place, loop) in loops.enumerated() {
            var shared: [Int: Int] = [:]
            for node in loop.body {
                if let other = outermost.updateValue(place, forKey: node) { shared[other, default: 0] += 1 }
            }
            for (other, count) in shared.sorted(by: { $0.key < $1.key }) {
                if count == loops[other].body.count && count < loop.body.count {
                    parents[other] = place
                } else {
                    problems.add("\(text(loops[other])) and \(text(loop)) cross: neither lies within the other")
                }
            }
        }
        return parents
    }

    /// - Parameter parents: By loop, the next larger one of the same level.
    private func checkLeaks(_ loops: [FoundLoop], parents: [Int?]) {
        // By node, the smallest loop in which it lies, also as a member of a group there. Groups come before their
        // members.
        var innermost = [Int?](repeating: nil, count: shape.count)
        for (place, loop) in loops.enumerated().reversed() {
            for node in loop.body { innermost[node] = place }
        }
        for node in 0..<shape.count where innermost[node] == nil {
            innermost[node] = shape.groups[node].flatMap { innermost[$0] }
        }
        var enclosing = parents
        for (place, loop) in loops.enumerated() where parents[place] == nil {
            enclosing[place] = shape.groups[loop.first].flatMap { innermost[$0] }
        }
        for node in 0..<shape.count {
            for needed in shape.needs[node] {
                var loop = innermost[needed]
                while let place = loop, loops[place].last == needed { loop = enclosing[place] }
                guard let place = loop, !lies(innermost[node], in: place, enclosing) else { continue }
                problems.add(
                    "\(text(loops[place])) leaks: '\(name(node))' outside of it needs '\(name(needed))' within; "
                        + "only '\(name(loops[place].last))' can be needed")
            }
        }
    }

    /// Whether a loop is another or lies within it.
    private func lies(_ loop: Int?, in other: Int, _ enclosing: [Int?]) -> Bool {
        var loop = loop
        while let place = loop {
            if place == other { return true }
            loop = enclosing[place]
        }
        return false
    }
}
