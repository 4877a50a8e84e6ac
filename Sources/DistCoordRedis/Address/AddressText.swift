// The pieces that addresses are made of: hosts, ports, numbers, percent-encoding. Works on bytes, not on characters: what
// separates the parts of a URL is an ASCII byte even when a combining mark follows it.

import Glibc

/// Reading and writing the parts of an address.
enum AddressText {
    typealias Bytes = ArraySlice<UInt8>

    /// What to write instead, for messages.
    static let knownForms =
        "redis://[[user]:password@]host[:port][/db], rediss:// (with TLS), unix:///path[?db=n] (also redis-socket://,"
        + " redis+unix://), local:[name], host:port,password=..., quorum:URL,URL,..."

    static func error(_ message: String) -> RedisError {
        RedisError(.invalidAddress, message)
    }

    static func string(_ bytes: Bytes) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes before the first `separator` and those after it (nil when there is none).
    static func split(_ bytes: Bytes, at separator: Character) -> (before: Bytes, after: Bytes?) {
        guard let byte = separator.asciiValue, let index = bytes.firstIndex(of: byte) else { return (bytes, nil) }
        return (bytes[..<index], bytes[index...].dropFirst())
    }

    /// A number of at most nine digits.
    static func integer(_ bytes: Bytes) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 9 else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value &* 10 &+ Int(byte &- UInt8(ascii: "0"))
        }
        return value
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    static func database(_ bytes: Bytes) throws(RedisError) -> Int {
        guard let number = integer(bytes), number <= ServerAddress.highestDatabase else {
            throw error("database '\(string(bytes))' is not a number from 0 to \(ServerAddress.highestDatabase)")
        }
        return number
    }

    /// Resolves %XX.
    ///
    /// - Parameter part: What the bytes are, for the message.
    static func decode(_ bytes: Bytes, part: String) throws(RedisError) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else {
                throw error("the \(part) has a '%' without two hexadecimal digits; a plain '%' is written %25")
            }
            decoded.append(high << 4 | low)
        }
        guard !decoded.contains(0) else { throw error("the \(part) has a zero byte (%00) in it") }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw error("the \(part) is not UTF-8") }
        return text
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    /// Writes everything but letters, digits, `-._~` and what is in `keeping` as %XX.
    static func encode(_ text: String, keeping: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if isNameByte(byte) || byte == UInt8(ascii: "~") || keeping.utf8.contains(byte) {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append(digits[Int(byte >> 4)])
                encoded.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// ASCII letters, digits and `-._`.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// `host`, `host:port`, `[v6]`, `[v6]:port`. An empty host is localhost; the port is nil when absent.
    ///
    /// What stands in the port's place is never repeated in a message: in `redis://user:secret`, an address whose `@host`
    /// was forgotten, it is the password.
    static func hostAndPort(_ bytes: Bytes) throws(RedisError) -> (host: String, port: UInt16?) {
        var host: String
        let portText: Bytes?
        if bytes.first == UInt8(ascii: "[") {
            let (inside, after) = split(bytes.dropFirst(), at: "]")
            guard let after else { throw error("the IPv6 address has no closing bracket; expected [::1]:6379") }
            guard after.isEmpty || after.first == UInt8(ascii: ":") else {
                throw error("something other than :port follows the IPv6 address; expected [::1]:6379")
            }
            host = try decode(inside, part: "IPv6 address")
            guard isIPv6(host) else {
                throw error("what stands in brackets is not an IPv6 address; expected [::1]:6379")
            }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let (name, after) = split(bytes, at: ":")
            if let after, after.contains(UInt8(ascii: ":")) {
                throw error("the host has more than one ':'; an IPv6 address is written in brackets, as in [::1]:6379")
            }
            guard name.allSatisfy(isNameByte), name.count <= 253 else {
                throw error(
                    "the host is not a host name or IP address; expected ASCII letters, digits, '-' and '.' (in URLs, '@', ':', '/',"
                        + " '?' and '#' in a user name or password are written %40, %3A, %2F, %3F and %23)")
            }
            host = string(name)
            portText = after
        }
        if host.isEmpty { host = "localhost" }
        guard let portText, !portText.isEmpty else { return (host, nil) }
        guard let number = integer(portText), let port = UInt16(exactly: number), port > 0 else {
            throw error("the port is not a number from 1 to 65535; expected host:port, a password stands before '@'")
        }
        return (host, port)
    }

    /// Whether the text is an IPv6 address, possibly with a zone (fe80::1%eth0).
    static func isIPv6(_ text: String) -> Bool {
        let (address, zone) = split(Array(text.utf8)[...], at: "%")
        if let zone, zone.isEmpty || !zone.allSatisfy(isNameByte) { return false }
        var result = in6_addr()
        return inet_pton(AF_INET6, string(address), &result) == 1
    }

    /// Whether the text is an IPv4 address in dotted decimal.
    static func isIPv4(_ text: String) -> Bool {
        var result = in_addr()
        return inet_pton(AF_INET, text, &result) == 1
    }

    /// Checks what must be true of every unix socket's path.
    static func socketPath(_ path: String) throws(RedisError) -> String {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count > 1 else {
            throw error("a unix socket's path must be absolute; expected unix:///path/to/socket")
        }
        guard path.utf8.count <= ServerAddress.longestSocketPath else {
            throw error(
                "the unix socket's path is longer than the \(ServerAddress.longestSocketPath) bytes the system allows")
        }
        return path
    }

    /// Checks the name of a private server: it becomes a file name.
    static func localName(_ bytes: Bytes) throws(RedisError) -> String {
        if bytes.isEmpty { return "default" }
        guard bytes.count <= 64, bytes.allSatisfy(isNameByte), bytes.first != UInt8(ascii: ".") else {
            throw error(
                "the name after 'local:' must be 1 to 64 letters, digits, '.', '_' or '-' and not begin with '.'; expected for"
                    + " example local:build")
        }
        return string(bytes)
    }
}
