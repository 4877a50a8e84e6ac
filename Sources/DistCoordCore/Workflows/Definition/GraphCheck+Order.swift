// Needs in a circle, and what waits for one. A group is two moments, that it begins and that it ends: its members
// wait for the first, it waits for theirs with the second, and who needs it waits for the second. A task is two
// moments as well.

/// Moments of nodes by numbers, and for which others each waits.
private struct Moments {
    let shape: GraphShape

    var count: Int { 2 * shape.count }

    static func begin(_ node: Int) -> Int { 2 * node }
    static func end(_ node: Int) -> Int { 2 * node + 1 }
    static func node(_ moment: Int) -> Int { moment / 2 }
    static func isBegin(_ moment: Int) -> Bool { moment % 2 == 0 }

    /// For how many others a moment waits.
    func waitCount(_ moment: Int) -> Int {
        let node = Moments.node(moment)
        return Moments.isBegin(moment)
            ? shape.needs[node].count + (shape.groups[node] == nil ? 0 : 1) : shape.members[node].count + 1
    }

    /// Those for which a moment waits, by a number from 0.
    func awaited(_ moment: Int, _ index: Int) -> Int {
        let node = Moments.node(moment)
        guard Moments.isBegin(moment) else {
            let members = shape.members[node]
            return index < members.count ? Moments.end(members[members.startIndex + index]) : Moments.begin(node)
        }
        let needs = shape.needs[node]
        if index < needs.count { return Moments.end(needs[needs.startIndex + index]) }
        return shape.groups[node].map { Moments.begin($0) } ?? moment
    }

    /// Those that wait for a moment.
    func forEachWaiting(for moment: Int, _ body: (Int) -> Void) {
        let node = Moments.node(moment)
        if Moments.isBegin(moment) {
            body(Moments.end(node))
            for member in shape.members[node] { body(Moments.begin(member)) }
        } else {
            for other in shape.neededBy[node] { body(Moments.begin(other)) }
            if let group = shape.groups[node] { body(Moments.end(group)) }
        }
    }

    /// Which moments never come.
    func stuck() -> [Bool] {
        var open = (0..<count).map { waitCount($0) }
        var coming = (0..<count).filter { open[$0] == 0 }
        var isStuck = [Bool](repeating: true, count: count)
        while let moment = coming.popLast() {
            isStuck[moment] = false
            forEachWaiting(for: moment) { other in
                open[other] -= 1
                if open[other] == 0 { coming.append(other) }
            }
        }
        return isStuck
    }

    /// The circles among moments that never come: by moment the number of its circle, or -1. Every moment that never
    /// comes waits for another such, so none is left that waits for itself alone. (Tarjan, without recursion: circles
    /// are long.)
    func circles(_ isStuck: [Bool]) -> (ofMoment: [Int], count: Int) {
        var circle = [Int](repeating: -1, count: count)
        var order = [Int](repeating: -1, count: count)
        var lowest = order
        var isOnStack = [Bool](repeating: false, count: count)
        var stack: [Int] = []
        var calls: [(moment: Int, next: Int)] = []
        var reached = 0
        var found = 0
        for start in 0..<count where isStuck[start] && order[start] < 0 {
            calls.append((start, 0))
            while let (moment, next) = calls.last {
                if next == 0 {
                    order[moment] = reached
                    lowest[moment] = reached
                    reached += 1
                    stack.append(moment)
                    isOnStack[moment] = true
                }
                if next < waitCount(moment) {
                    calls[calls.count - 1].next += 1
                    let other = awaited(moment, next)
                    if !isStuck[other] { continue }
                    if order[other] < 0 {
                        calls.append((other, 0))
                    } else if isOnStack[other] {
                        lowest[moment] = min(lowest[moment], order[other])
                    }
                    continue
                }
                calls.removeLast()
                if let caller = calls.last?.moment { lowest[caller] = min(lowest[caller], lowest[moment]) }
                guard lowest[moment] == order[moment] else { continue }
                let isAlone = stack.last == moment
                while let member = stack.popLast() {
                    isOnStack[member] = false
                    if !isAlone { circle[member] = found }
                    if member == moment { break }
                }
                if !isAlone { found += 1 }
            }
        }
        return (circle, found)
    }

    /// The shortest way from a moment over those for which it waits, back to itself, in one circle.
    func shortestCircle(through start: Int, _ circle: [Int]) -> [Int] {
        var cameFrom: [Int: Int] = [:]
        var line = [start]
        var position = 0
        while position < line.count {
            let moment = line[position]
            position += 1
            for index in 0..<waitCount(moment) {
                let other = awaited(moment, index)
                guard circle[other] == circle[start] else { continue }
                if other == start {
                    var path = [start]
                    var back = moment
                    while back != start, let previous = cameFrom[back] {
                        path.append(back)
                        back = previous
                    }
                    return [start] + path.reversed()
                }
                if cameFrom[other] == nil {
                    cameFrom[other] = moment
                    line.append(other)
                }
            }
        }
        return [start]
    }
}

extension GraphCheck {
    func checkOrder() {
        let moments = Moments(shape: shape)
        let isStuck = moments.stuck()
        guard isStuck.contains(true) else { return }
        let (circle, count) = moments.circles(isStuck)
        var isReported = [Bool](repeating: false, count: count)
        for moment in 0..<moments.count where circle[moment] >= 0 && !isReported[circle[moment]] {
            isReported[circle[moment]] = true
            let path = moments.shortestCircle(through: moment, circle)
            problems.add("needs in a circle: \(text(path)) (each waits for the next)")
        }
        checkReach(moments, isStuck, circle)
    }

    /// Names those that wait for a circle in which they are not themselves.
    private func checkReach(_ moments: Moments, _ isStuck: [Bool], _ circle: [Int]) {
        var next = [Int](repeating: -1, count: moments.count)
        var line = (0..<moments.count).filter { circle[$0] >= 0 }
        var position = 0
        while position < line.count {
            let moment = line[position]
            position += 1
            moments.forEachWaiting(for: moment) { other in
                if circle[other] < 0, next[other] < 0 {
                    next[other] = moment
                    line.append(other)
                }
            }
        }
        for node in 0..<shape.count {
            let begin = Moments.begin(node)
            guard isStuck[begin], circle[begin] < 0 else { continue }
            problems.add("'\(name(node))' could never begin: \(text(way(from: begin, next, circle)))")
        }
    }

    /// From a moment to the first in a circle; no longer than is read.
    private func way(from start: Int, _ next: [Int], _ circle: [Int]) -> [Int] {
        var path = [start]
        while let last = path.last, circle[last] < 0, next[last] >= 0, path.count < 64 { path.append(next[last]) }
        return path
    }

    /// A way as text: nodes, each once where it is passed.
    private func text(_ path: [Int]) -> String {
        var names: [String] = []
        var last = -1
        for node in path.map({ Moments.node($0) }) where node != last {
            names.append(name(node))
            last = node
        }
        // A need of a node's own is one node twice.
        if names.count == 1, path.count > 1, path.first == path.last { names.append(contentsOf: names) }
        let longest = 24
        guard names.count > longest else { return names.joined(separator: " -> ") }
        return (names.prefix(longest / 2) + ["..."] + names.suffix(longest / 2)).joined(separator: " -> ")
    }
}
