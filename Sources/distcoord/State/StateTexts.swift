// How entries of a state are shown.

import DistCoord

extension StateEntry {
    /// Bytes of a value, items of a list.
    var size: Int { kind == .list ? count : bytes.count }

    var json: JSONValue {
        let head: [(String, JSONValue)] = [("key", .string(key)), ("kind", .string(kind.rawValue))]
        let content = kind == .value ? JSONValue.content("value", bytes) : [("value", .null), ("value_hex", .null)]
        return .object(
            head + content + [
                ("size", .int(size)), ("version", .int(version)),
                ("ttl_seconds", timeLeft.map { .number($0.inSeconds) } ?? .null),
            ])
    }

    /// The beginning of a value, for a table.
    var preview: String {
        if kind != .value { return "" }
        return String(validating: bytes, as: UTF8.self)?.clipped(40) ?? "\(bytes.prefix(16).hexadecimal)..."
    }
}
