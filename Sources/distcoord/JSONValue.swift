// As much JSON as the command prints: no Foundation, whose encoder would cost start-up time.

enum JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    case null
    case bool(Bool)
    case int(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// In the given order, so that what is printed is stable.
    case object([(String, JSONValue)])

    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }

    static func int(_ value: Int) -> JSONValue { .int(Int64(value)) }
    /// Fencing numbers and terms are below 2^53, so that every reader of JSON has them exactly.
    static func int(_ value: UInt64) -> JSONValue { .int(Int64(clamping: value)) }

    static func string(orNull value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

    /// Bytes as two members of an object. JSON carries text only; other bytes are told in hexadecimal digits.
    static func content(_ name: String, _ bytes: [UInt8]) -> [(String, JSONValue)] {
        let text = String(validating: bytes, as: UTF8.self)
        return [(name, .string(orNull: text)), ("\(name)_hex", text == nil ? .string(bytes.hexadecimal) : .null)]
    }

    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .number(let value): value.isFinite ? String(describing: value) : "null"
        case .string(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Sequence<UInt8> {
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
