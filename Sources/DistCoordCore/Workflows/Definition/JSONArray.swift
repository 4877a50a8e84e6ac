// The lists that maps go over. Items travel as they are written, so that numbers stay what they were; they are only
// told apart here, by the grammar of RFC 8259.

/// Reads a JSON array far enough to know that it is one and how many items it has.
enum JSONArray {
    /// How many items a map may have.
    static let limit = 100_000
    /// How deep arrays and objects may lie within one another.
    private static let depthLimit = 1_000

    /// What is wrong with a text.
    struct Flaw: Error {
        let text: String
    }

    /// How many items the array has.
    static func count(_ text: [UInt8]) -> Result<Int, Flaw> {
        text.withUnsafeBufferPointer { bytes in
            var reader = Reader(bytes)
            return reader.read()
        }
    }

    private enum Expected {
        case value, valueOrEnd, key, keyOrEnd, next

        var words: String {
            switch self {
            case .value: "a value"
            case .valueOrEnd: "a value or ']'"
            case .key: "a name in quotes"
            case .keyOrEnd: "a name in quotes or '}'"
            case .next: "a comma or the closing bracket"
            }
        }
    }

    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0
        /// The brackets that are open.
        var open: [UInt8] = []
        var expected = Expected.value
        var count = 0

        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            self.bytes = bytes
        }

        /// The next byte; 0, which no JSON has, behind the end.
        var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

        mutating func skipSpaces() {
            while byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
        }

        mutating func read() -> Result<Int, Flaw> {
            skipSpaces()
            guard byte == UInt8(ascii: "[") else { return .failure(Flaw(text: "it does not begin with '['")) }
            enter()
            while !open.isEmpty {
                skipSpaces()
                guard step() else { return .failure(flaw()) }
            }
            skipSpaces()
            guard position == bytes.count else {
                return .failure(Flaw(text: "something follows its end, at byte \(position + 1)"))
            }
            return .success(count)
        }

        private func flaw() -> Flaw {
            if open.count > depthLimit { return Flaw(text: "more than \(depthLimit) brackets are open in it") }
            return position < bytes.count
                ? Flaw(text: "\(expected.words) is expected at byte \(position + 1)")
                : Flaw(text: "it ends where \(expected.words) is expected")
        }

        private mutating func enter() {
            open.append(byte)
            expected = byte == UInt8(ascii: "[") ? .valueOrEnd : .keyOrEnd
            position += 1
        }

        private mutating func leave() {
            open.removeLast()
            expected = .next
            position += 1
        }

        /// Reads what is expected; false when something else is there.
        private mutating func step() -> Bool {
            let isInArray = open.last == UInt8(ascii: "[")
            switch (expected, byte) {
            case (.valueOrEnd, UInt8(ascii: "]")), (.keyOrEnd, UInt8(ascii: "}")):
                leave()
            case (.next, UInt8(ascii: "]")) where isInArray, (.next, UInt8(ascii: "}")) where !isInArray:
                leave()
            case (.next, UInt8(ascii: ",")):
                position += 1
                expected = isInArray ? .value : .key
            case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
                guard string() else { return false }
                skipSpaces()
                guard byte == UInt8(ascii: ":") else { return false }
                position += 1
                expected = .value
            case (.value, _), (.valueOrEnd, _):
                if open.count == 1 { count += 1 }
                return value()
            default:
                return false
            }
            return true
        }

        private mutating func value() -> Bool {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                enter()
                return open.count <= depthLimit
            case UInt8(ascii: "\""):
                guard string() else { return false }
            case UInt8(ascii: "t"):
                guard word("true") else { return false }
            case UInt8(ascii: "f"):
                guard word("false") else { return false }
            case UInt8(ascii: "n"):
                guard word("null") else { return false }
            default:
                guard number() else { return false }
            }
            expected = .next
            return true
        }

        private mutating func word(_ word: StaticString) -> Bool {
            guard bytes.count - position >= word.utf8CodeUnitCount else { return false }
            for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] {
                return false
            }
            position += word.utf8CodeUnitCount
            return true
        }

        /// The text was checked to be UTF-8 before.
        private mutating func string() -> Bool {
            position += 1
            while byte >= 0x20 {
                if byte == UInt8(ascii: "\"") {
                    position += 1
                    return true
                }
                if byte == UInt8(ascii: "\\") {
                    position += 1
                    guard escape() else { return false }
                } else {
                    position += 1
                }
            }
            return false
        }

        private mutating func escape() -> Bool {
            let letter = byte
            switch letter {
            case UInt8(ascii: "u"):
                position += 1
                for _ in 0..<4 {
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                        UInt8(ascii: "A")...UInt8(ascii: "F"):
                        position += 1
                    default: return false
                    }
                }
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                position += 1
            default: return false
            }
            return true
        }

        /// Digits, at least one.
        private mutating func digits() -> Bool {
            let start = position
            while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
            return position > start
        }

        private mutating func number() -> Bool {
            if byte == UInt8(ascii: "-") { position += 1 }
            if byte == UInt8(ascii: "0") {
                position += 1
            } else {
                guard digits() else { return false }
            }
            if byte == UInt8(ascii: ".") {
                position += 1
                guard digits() else { return false }
            }
            if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
                position += 1
                if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
                guard digits() else { return false }
            }
            return true
        }
    }
}
