// Values as JSON, for payloads that every language reads. The only file of the module that needs Foundation, and of that
// only the part without locale data.

import FoundationEssentials

enum JSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        // Equal values give equal bytes, so that ids and comparisons made from payloads hold.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try [UInt8](encoder.encode(value))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
