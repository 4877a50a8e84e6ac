// What workers have and jobs ask for: names without regard to case, as a text with commas, in order.

import DistCoordRedis
import Glibc

enum Capabilities {
    /// The names of a text with commas, in lower case, in order, each once.
    static func parse(_ text: String, atMost limit: Int) throws(CoordinationError) -> [String] {
        var names: Set<String> = []
        for part in text.split(separator: ",") {
            let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
            if name.isEmpty { continue }
            try check(name)
            names.insert(name)
        }
        guard names.count <= limit else {
            throw .invalid("\(names.count) capabilities are given; at most \(limit) are allowed")
        }
        return names.sorted()
    }

    private static func check(_ name: String) throws(CoordinationError) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
        guard isPlain, name.utf8.count <= 64 else {
            throw .invalid(
                "'\(name)' is no capability: letters, digits and ._+-:/ are allowed, at most 64 of them")
        }
    }

    /// Fails with a message that says what is wrong with the name of a pool.
    static func check(pool: String) throws(CoordinationError) {
        guard try parse(poolPrefix + pool, atMost: 1).count == 1, !pool.utf8.contains(UInt8(ascii: ",")) else {
            throw .invalid("'\(pool)' is no name of a pool: letters, digits and ._+-:/ are allowed, at most 59 of them")
        }
    }

    /// The pool as a capability.
    static func of(pool: String) -> String { (poolPrefix + pool).lowercased() }

    private static let poolPrefix = "pool:"

    /// What everybody on this machine has: the name of its operating system.
    static let ofSystem: String = {
        var names = utsname()
        guard uname(&names) == 0 else { return "linux" }
        return withUnsafeBytes(of: &names.sysname) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).lowercased()
        }
    }()
}

/// What a claimer has, and whose own queue it takes from: the text that queue_keys.lua calls a profile.
struct ClaimProfile: Sendable {
    var capabilities: [String] = []
    var worker: String?
    var steals = false

    /// All capabilities, with commas, in order.
    var listed: String {
        var all = Set(capabilities)
        all.insert(Capabilities.ofSystem)
        return all.sorted().joined(separator: ",")
    }

    /// The text, in which the worker's name has no spaces.
    var text: String {
        var text = listed
        if let worker { text += " @" + JobTies.escaped(worker) }
        if steals { text += " *" }
        return text
    }
}
