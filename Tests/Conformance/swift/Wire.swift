// Lines of the protocol (README.md beside this folder) as requests and answers.

import Glibc

/// One line: `lock.acquire x wait=0`.
struct Request {
    let kind: String
    let verb: String
    let name: String
    private let arguments: [String: [UInt8]]

    init?(line: String) {
        let words = line.split(separator: " ")
        guard let first = words.first else { return nil }
        let parts = first.split(separator: ".", maxSplits: 1)
        kind = String(parts[0])
        verb = parts.count > 1 ? String(parts[1]) : ""
        var name = ""
        var arguments: [String: [UInt8]] = [:]
        for (position, word) in words.dropFirst().enumerated() {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 {
                arguments[String(pair[0])] = decoded(pair[1])
            } else if position == 0 {
                name = String(decoding: decoded(word), as: UTF8.self)
            }
        }
        self.name = name
        self.arguments = arguments
    }

    func bytes(_ key: String) -> [UInt8]? { arguments[key] }
    func text(_ key: String) -> String? { arguments[key].map { String(decoding: $0, as: UTF8.self) } }
    /// Names with commas between them.
    func names(_ key: String) -> [String] { (text(key) ?? "").split(separator: ",").map(String.init) }
    func number(_ key: String) -> Int? { text(key).flatMap { Int($0) } }

    /// A time; nil when it is missing or negative, which for waits is "for ever".
    func duration(_ key: String) -> Duration? {
        number(key).flatMap { $0 < 0 ? nil : .milliseconds($0) }
    }
}

/// One line: `OK fence=17`.
struct Reply {
    private(set) var line: String

    init(_ status: String) { line = status }

    static var ok: Reply { Reply("OK") }

    func with(_ key: String, _ value: [UInt8]) -> Reply {
        var reply = self
        reply.line += " \(key)=\(encoded(value))"
        return reply
    }

    func with(_ key: String, _ value: String) -> Reply { with(key, Array(value.utf8)) }
    func with(_ key: String, _ value: some BinaryInteger) -> Reply { with(key, String(value)) }
    func with(_ key: String, _ value: Bool) -> Reply { with(key, value ? "yes" : "no") }

    func write() {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count <= 0 { exit(74) }
            rest = rest.dropFirst(count)
        }
    }
}

private func decoded(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}

private func encoded(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        if (33...126).contains(byte), byte != UInt8(ascii: "%") { return String(UnicodeScalar(byte)) }
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
    }.joined()
}
