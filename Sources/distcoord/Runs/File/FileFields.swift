// The keys of a map in a file, taken by type; whatever is wrong is remembered with its line.

import DistCoord

/// All that is wrong with a file, so that it is mended in one go.
final class FileFaults {
    private(set) var list: [FileFault] = []

    func add(_ line: Int, _ message: String) { list.append(FileFault(line, message)) }

    /// `; did you mean 'needs'?`, or nothing.
    static func suggestion(_ name: String, _ known: [String]) -> String {
        let near = known.map { (name: $0, distance: distance(Array(name.utf8), Array($0.utf8))) }
            .min { $0.distance < $1.distance }
        guard let near, near.distance <= max(2, name.utf8.count / 3) else { return "" }
        return "; did you mean '\(near.name)'?"
    }

    /// How many letters must be changed, added or left out.
    private static func distance(_ from: [UInt8], _ to: [UInt8]) -> Int {
        // The square of an endless name is not worth its time.
        if from.count > 100 || to.count > 100 { return .max }
        var row = Array(0...to.count)
        for (line, letter) in from.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in to.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
            }
        }
        return row[to.count]
    }
}

struct FileFields {
    let title: String
    let line: Int
    let faults: FileFaults
    private var values: [String: YAMLNode] = [:]
    private var lines: [String: Int] = [:]

    /// Nothing, with a fault, for what is no map. Nothing written is an empty one.
    init?(_ node: YAMLNode, _ title: String, known: [String], _ faults: FileFaults) {
        self.title = title
        self.faults = faults
        line = node.line
        if node.isNothing { return }
        guard case .map(let pairs) = node.content else {
            faults.add(node.line, "\(title) is a map of keys, not \(node.kind)")
            return nil
        }
        for (key, value) in pairs {
            if known.contains(key.name) {
                values[key.name] = value
                lines[key.name] = key.line
            } else {
                let hint = FileFaults.suggestion(key.name, known)
                faults.add(key.line, "\(title): '\(key.name)' is not known\(hint)")
            }
        }
    }

    /// Nothing for a key without a value.
    func node(_ key: String) -> YAMLNode? { values[key].flatMap { $0.isNothing ? nil : $0 } }

    func has(_ key: String) -> Bool { node(key) != nil }

    func line(of key: String) -> Int { lines[key] ?? line }

    func complain(_ key: String, _ message: String) { faults.add(line(of: key), "\(title): \(message)") }

    private func refuse(_ key: String, _ node: YAMLNode, _ wanted: String) {
        faults.add(node.line, "\(title): '\(key)' is \(wanted), not \(node.kind)")
    }

    func text(_ key: String) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.text, !text.utf8.contains(0) else {
            refuse(key, node, "a text")
            return nil
        }
        return text
    }

    func mention(_ key: String) -> Pipeline.Mention? {
        text(key).map { Pipeline.Mention(name: $0, line: line(of: key)) }
    }

    func flag(_ key: String) -> Bool {
        guard let node = node(key) else { return false }
        if node.bool == nil { refuse(key, node, "true or false") }
        return node.bool ?? false
    }

    func number(_ key: String, _ range: ClosedRange<Int64>) -> Int? {
        guard let node = node(key) else { return nil }
        guard let number = node.integer, range.contains(number) else {
            refuse(key, node, "a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return Int(number)
    }

    func duration(_ key: String, _ range: ClosedRange<Duration>) -> Duration? {
        guard let node = node(key) else { return nil }
        guard let written = node.text.flatMap(WrittenDuration.init(argument:)) else {
            refuse(key, node, "a duration such as 90s, 10m or 2h")
            return nil
        }
        guard range.contains(written.duration) else {
            refuse(key, node, "a duration from \(range.lowerBound.precise) to \(range.upperBound.precise)")
            return nil
        }
        return written.duration
    }

    /// A list of texts; a single text is a list of one.
    func texts(_ key: String) -> [Pipeline.Mention] {
        guard let node = node(key) else { return [] }
        let items: [YAMLNode] = if case .list(let items) = node.content { items } else { [node] }
        return items.compactMap { item in
            guard let text = item.text, !text.isEmpty, !text.utf8.contains(0) else {
                refuse(key, item, "a list of texts")
                return nil
            }
            return Pipeline.Mention(name: text, line: item.line)
        }
    }

    /// Names of environment variables and their values.
    func variables(_ key: String) -> [String: String] {
        guard let node = node(key) else { return [:] }
        guard case .map(let pairs) = node.content else {
            refuse(key, node, "a map of names and values")
            return [:]
        }
        var variables: [String: String] = [:]
        for (name, value) in pairs {
            guard Self.isVariable(name.name) else {
                faults.add(name.line, "\(title): '\(name.name)' is no name of a variable: letters, digits and _")
                continue
            }
            guard let text = value.isNothing ? "" : value.text, !text.utf8.contains(0) else {
                refuse(key, value, "a map of names and texts")
                continue
            }
            variables[name.name] = text
        }
        return variables
    }

    static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || $0 == "_" || isDigit($0)) }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
