// A YAML text as a tree whose nodes know their lines. Values stay as they were written: what they mean is for the
// reader of the file to say, who knows what he asked for.

struct YAMLNode {
    indirect enum Content {
        /// Quoted ones are always text.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        /// In the order of writing; keys are different texts.
        case map([(key: Key, value: YAMLNode)])
    }

    struct Key {
        let name: String
        let line: Int
    }

    let content: Content
    let line: Int

    /// For messages.
    var kind: String {
        switch content {
        case .scalar("", isPlain: true): "nothing"
        case .scalar(let text, _): "'\(text.clipped(40))'"
        case .list: "a list"
        case .map: "a map"
        }
    }

    var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    var isNothing: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// As YAML's core schema has it.
    var bool: Bool? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    var integer: Int64? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        return Int64(text)
    }

    /// As JSON, plain words being what the core schema makes of them.
    var json: JSONValue {
        switch content {
        case .list(let items): return .array(items.map(\.json))
        case .map(let pairs): return .object(pairs.map { ($0.key.name, $0.value.json) })
        case .scalar(let text, let isPlain):
            if !isPlain { return .string(text) }
            if isNothing { return .null }
            if let bool { return .bool(bool) }
            if let integer { return .int(integer) }
            // `Double` reads more than people mean: "nan", "infinity", "0x10".
            let isNumber = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            if isNumber, let number = Double(text), number.isFinite { return .number(number) }
            return .string(text)
        }
    }
}

/// What is wrong with a file, and where.
struct FileFault: Error {
    let line: Int
    let message: String

    init(_ line: Int, _ message: String) {
        self.line = line
        self.message = message
    }
}
