// YAML read with libyaml, event by event.

import CYaml

/// Reads one document.
struct YAMLParser {
    /// Aliases stand for copies, and copies of copies for more than any memory holds.
    private static let mostNodes = 100_000
    private static let deepest = 100

    private var parser = yaml_parser_t()
    private var anchors: [String: YAMLNode] = [:]
    private var count = 0

    /// Nothing for an empty text.
    static func parse(_ text: [UInt8]) throws(FileFault) -> YAMLNode? {
        var reader = YAMLParser()
        guard yaml_parser_initialize(&reader.parser) == 1 else { throw FileFault(1, "memory is short") }
        defer { yaml_parser_delete(&reader.parser) }
        // The parser reads from it until it is deleted.
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, text.count))
        defer { input.deallocate() }
        _ = input.update(fromContentsOf: text)
        yaml_parser_set_input_string(&reader.parser, input.baseAddress, text.count)
        yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING)
        return try reader.document()
    }

    private mutating func document() throws(FileFault) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd: return root
            case .structure: break
            case .documentStart:
                if root != nil { throw FileFault(event.line, "there is a second document; a file has one") }
            default: root = try node(event, depth: 0)
            }
        }
    }

    // MARK: Events

    private enum Kind {
        case streamEnd, documentStart, structure, scalar, listStart, listEnd, mapStart, mapEnd, alias
    }

    /// An event, copied.
    private struct Event {
        var kind = Kind.structure
        var line = 1
        var text = ""
        var isPlain = false
        var anchor: String?
    }

    private mutating func next() throws(FileFault) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(&parser, &raw) == 1 else { throw fault() }
        defer { yaml_event_delete(&raw) }
        var event = Event()
        event.line = raw.start_mark.line + 1
        func text(_ bytes: UnsafeMutablePointer<UInt8>?) -> String? {
            bytes.map { String(cString: UnsafePointer($0)) }
        }
        switch raw.type {
        case YAML_STREAM_END_EVENT: event.kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: event.kind = .documentStart
        case YAML_ALIAS_EVENT:
            event.kind = .alias
            event.anchor = text(raw.data.alias.anchor)
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            event.kind = .scalar
            event.text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            event.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            event.anchor = text(scalar.anchor)
        case YAML_SEQUENCE_START_EVENT:
            event.kind = .listStart
            event.anchor = text(raw.data.sequence_start.anchor)
        case YAML_SEQUENCE_END_EVENT: event.kind = .listEnd
        case YAML_MAPPING_START_EVENT:
            event.kind = .mapStart
            event.anchor = text(raw.data.mapping_start.anchor)
        case YAML_MAPPING_END_EVENT: event.kind = .mapEnd
        default: event.kind = .structure
        }
        return event
    }

    private func fault() -> FileFault {
        let problem = parser.problem.map { String(cString: $0) } ?? "this is no YAML"
        if parser.error == YAML_READER_ERROR {
            return FileFault(parser.mark.line + 1, "\(problem); the file must be UTF-8")
        }
        // "mapping values are not allowed in this context" says little without what was being read.
        let context = parser.context.map { String(cString: $0) + ": " } ?? ""
        return FileFault(parser.problem_mark.line + 1, context + problem)
    }

    // MARK: Nodes

    private mutating func node(_ event: Event, depth: Int) throws(FileFault) -> YAMLNode {
        if depth > Self.deepest { throw FileFault(event.line, "lists and maps are nested too deep") }
        let node: YAMLNode
        switch event.kind {
        case .alias:
            guard let name = event.anchor, let known = anchors[name] else {
                throw FileFault(event.line, "'*\(event.anchor ?? "")' is not known: nothing before it is marked so")
            }
            try add(Self.size(known), event.line)
            // What is wrong with it is wrong where it was written.
            return known
        case .scalar:
            node = YAMLNode(content: .scalar(event.text, isPlain: event.isPlain), line: event.line)
        case .listStart:
            var items: [YAMLNode] = []
            while true {
                let item = try next()
                if item.kind == .listEnd { break }
                items.append(try self.node(item, depth: depth + 1))
            }
            node = YAMLNode(content: .list(items), line: event.line)
        case .mapStart: node = YAMLNode(content: .map(try pairs(depth)), line: event.line)
        case .streamEnd, .documentStart, .structure, .listEnd, .mapEnd:
            throw FileFault(event.line, "a value is missing")
        }
        try add(1, event.line)
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func pairs(_ depth: Int) throws(FileFault) -> [(key: YAMLNode.Key, value: YAMLNode)] {
        var pairs: [(key: YAMLNode.Key, value: YAMLNode)] = []
        var lines: [String: Int] = [:]
        var merged: [(key: YAMLNode.Key, value: YAMLNode)] = []
        while true {
            let event = try next()
            if event.kind == .mapEnd { break }
            guard event.kind == .scalar else { throw FileFault(event.line, "a key is a text") }
            let value = try node(try next(), depth: depth + 1)
            if event.text == "<<", event.isPlain {
                merged += try Self.merged(value)
                continue
            }
            if let line = lines.updateValue(event.line, forKey: event.text) {
                throw FileFault(event.line, "'\(event.text)' stands here a second time; first in line \(line)")
            }
            pairs.append((YAMLNode.Key(name: event.text, line: event.line), value))
        }
        // What is written in the map itself counts before what is merged into it, the first of these before others.
        for pair in merged where lines.updateValue(pair.key.line, forKey: pair.key.name) == nil { pairs.append(pair) }
        return pairs
    }

    /// The pairs of `<<: *one` and `<<: [*one, *two]`.
    private static func merged(_ value: YAMLNode) throws(FileFault) -> [(key: YAMLNode.Key, value: YAMLNode)] {
        switch value.content {
        case .map(let pairs): return pairs
        case .list(let maps):
            var pairs: [(key: YAMLNode.Key, value: YAMLNode)] = []
            for map in maps { pairs += try merged(map) }
            return pairs
        case .scalar: throw FileFault(value.line, "'<<' merges a map, not \(value.kind)")
        }
    }

    private mutating func add(_ nodes: Int, _ line: Int) throws(FileFault) {
        count += nodes
        if count > Self.mostNodes { throw FileFault(line, "the file says more than \(Self.mostNodes) things") }
    }

    private static func size(_ node: YAMLNode) -> Int {
        switch node.content {
        case .scalar: 1
        case .list(let items): items.reduce(1) { $0 + size($1) }
        case .map(let pairs): pairs.reduce(1) { $0 + size($1.value) }
        }
    }
}
