// A graph for people, and for programs that draw it.

import ArgumentParser
import DistCoord

enum GraphForm: String, ExpressibleByArgument, CaseIterable {
    case text, mermaid, dot
}

/// A node of a graph, before it runs or while it does.
struct GraphNode {
    let name: String
    let isGroup: Bool
    /// Empty for none.
    let group: String
    let needs: [String]
    /// Of a run.
    var state: StepState?
}

struct GraphText {
    let title: String
    let nodes: [GraphNode]

    private var numbers: [String: Int] {
        Dictionary(nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func text(_ form: GraphForm) -> String {
        switch form {
        case .text: plain
        case .mermaid: mermaid
        case .dot: dot
        }
    }

    private func members(of group: String) -> [GraphNode] { nodes.filter { $0.group == group } }

    private func label(_ node: GraphNode) -> String {
        node.name.visible + (node.state.map { " [\($0.rawValue)]" } ?? "")
    }

    // MARK: Forms

    /// Set in by group; what a node needs stands behind it.
    private var plain: String {
        var lines: [String] = []
        func write(_ group: String, _ depth: Int) {
            for node in members(of: group) {
                let needs = node.needs.isEmpty ? "" : " <- " + node.needs.map(\.visible).joined(separator: ", ")
                lines.append(String(repeating: "  ", count: depth) + label(node) + needs)
                if node.isGroup { write(node.name, depth + 1) }
            }
        }
        write("", 0)
        return lines.joined(separator: "\n")
    }

    private var mermaid: String {
        let numbers = numbers
        var lines = ["flowchart LR"]
        func text(_ node: GraphNode) -> String {
            // What mermaid takes for its own in a label.
            label(node).replacing("\"", with: "#quot;").replacing("<", with: "&lt;")
        }
        func write(_ group: String, _ depth: Int) {
            let margin = String(repeating: "  ", count: depth)
            for node in members(of: group) {
                let number = numbers[node.name] ?? 0
                if node.isGroup {
                    lines.append("\(margin)subgraph n\(number)[\"\(text(node))\"]")
                    write(node.name, depth + 1)
                    lines.append("\(margin)end")
                } else {
                    lines.append("\(margin)n\(number)[\"\(text(node))\"]")
                }
            }
        }
        write("", 1)
        for (number, node) in nodes.enumerated() {
            for need in node.needs { if let from = numbers[need] { lines.append("  n\(from) --> n\(number)") } }
        }
        return lines.joined(separator: "\n")
    }

    private var dot: String {
        let numbers = numbers
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        var lines = ["digraph \(quoted(title.visible)) {", "  rankdir=LR;", "  compound=true;", "  node [shape=box];"]
        func write(_ group: String, _ depth: Int) {
            let margin = String(repeating: "  ", count: depth)
            for node in members(of: group) {
                let number = numbers[node.name] ?? 0
                if node.isGroup {
                    lines.append("\(margin)subgraph cluster_\(number) {")
                    lines.append("\(margin)  label=\(quoted(label(node)));")
                    // Edges go between nodes only: this one stands for the group.
                    lines.append("\(margin)  n\(number) [shape=point, style=invis];")
                    write(node.name, depth + 1)
                    lines.append("\(margin)}")
                } else {
                    lines.append("\(margin)n\(number) [label=\(quoted(label(node)))];")
                }
            }
        }
        write("", 1)
        let groups = Set(nodes.filter(\.isGroup).map(\.name))
        for (number, node) in nodes.enumerated() {
            for need in node.needs {
                guard let from = numbers[need] else { continue }
                var ends: [String] = []
                if groups.contains(need) { ends.append("ltail=cluster_\(from)") }
                if node.isGroup { ends.append("lhead=cluster_\(number)") }
                lines.append("  n\(from) -> n\(number)\(ends.isEmpty ? "" : " [\(ends.joined(separator: ", "))]");")
            }
        }
        return (lines + ["}"]).joined(separator: "\n")
    }
}

extension Pipeline {
    var graph: GraphText {
        var nodes = groups.map { group in
            GraphNode(
                name: group.name, isGroup: true, group: group.group?.name ?? "", needs: group.needs.map(\.name))
        }
        for step in steps {
            var needs = step.needs.map(\.name)
            if case .result(let from) = step.map, !needs.contains(from.name) { needs.append(from.name) }
            nodes.append(
                GraphNode(
                    name: step.name, isGroup: !step.matrix.isEmpty, group: step.group?.name ?? "", needs: needs))
            if step.matrix.isEmpty { continue }
            nodes += step.combinations.map {
                GraphNode(name: step.memberName($0), isGroup: false, group: step.name, needs: [])
            }
        }
        return GraphText(title: name, nodes: nodes)
    }
}

extension GraphText {
    /// Of a run: items of a map lie within it.
    init(title: String, steps: [StepInfo]) {
        let parents = Set(steps.map(\.group))
        self.init(
            title: title,
            nodes: steps.map {
                GraphNode(
                    name: $0.name, isGroup: parents.contains($0.name) || $0.kind == .group, group: $0.group,
                    needs: $0.needs, state: $0.state)
            })
    }
}
