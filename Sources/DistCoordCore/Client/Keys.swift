// Every key and channel of the library, in one place.
//
// A key is `dc:{<namespace>:<kind>:<name>}:<part>`. The braces make all keys that one script touches hash to one slot of a
// cluster. Parts are short: they are stored once per key, of which there may be millions. A namespace or name may itself
// contain braces or colons; they are escaped, so that two names never meet and the first brace pair is always ours.

/// Builds keys for one namespace.
struct Keys: Sendable {
    let namespace: String

    init(namespace: String) {
        self.namespace = Keys.escaped(namespace)
    }

    /// The state of a lock or an election. Its line of waiters is the same with ":line" behind it.
    func exclusive(kind: HoldKind, name: String) -> String {
        base(kind.word, name)
    }

    /// The channel on which changes of an election are announced.
    func changes(kind: HoldKind, name: String) -> String {
        exclusive(kind: kind, name: name) + ":changes"
    }

    /// The state of a read-write lock or a semaphore. Its holders and its line of waiters are the same with ":held" and ":line"
    /// behind it.
    func permits(kind: HoldKind, name: String) -> String {
        base(kind.word, name)
    }

    /// The keys of a barrier: its state, those who wait, those who were released last.
    func barrier(name: String) -> [String] {
        let base = base("barrier", name)
        return [base + ":s", base + ":p", base + ":r"]
    }

    /// What every key of a queue begins with; the scripts append the parts, which Queues/Lua/queue_keys.lua lists.
    ///
    /// - Parameter partition: Which one of several; nil when there is one. A name cannot contain the colon before it.
    func queue(name: String, partition: Int? = nil) -> String {
        base(partition.map { "queue:\($0)" } ?? "queue", name) + ":"
    }

    /// The set of names of all queues, and the hash of how many partitions those have that have several.
    var queueRegistry: [String] {
        ["dc:{\(namespace):registry}:queues", "dc:{\(namespace):registry}:partitions"]
    }

    /// The sorted set of registered workers by when they were last heard of, and the hash of what they say.
    var workerRegistry: [String] {
        ["dc:{\(namespace):registry}:workers", "dc:{\(namespace):registry}:worker"]
    }

    /// Statistics of a kind: all of them in one slot.
    func statistics(_ kind: HoldKind, part: String) -> String {
        "dc:{\(namespace):statistics:\(kind.countedAs)}:\(part)"
    }

    /// A pattern for SCAN that matches the states of all that can be held, among other keys.
    var holdPattern: String {
        var text = ""
        for scalar in namespace.unicodeScalars {
            if "*?[]\\^-".unicodeScalars.contains(scalar) { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        // Their kinds begin with these letters.
        return "dc:{\(text):[lrse]*"
    }

    /// What the state with that key is of; nil for other keys. A read-write lock counts as `.write`.
    func holdable(_ key: String) -> GrantSubject? {
        let prefix = "dc:{\(namespace):"
        guard key.hasPrefix(prefix), key.hasSuffix("}") else { return nil }
        let parts = key.dropFirst(prefix.count).dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let name = Keys.unescaped(parts[1])
        return switch parts[0] {
        case "lock": GrantSubject(kind: .lock, name: name)
        case "rwlock": GrantSubject(kind: .write, name: name)
        case "semaphore": GrantSubject(kind: .semaphore, name: name)
        case "election": GrantSubject(kind: .election, name: name)
        default: nil
        }
    }

    /// The channel on which a client receives what is meant for its waiters; Mailbox/Lua/mailbox.lua builds the same.
    static func mailbox(client: String) -> String {
        "dc:mailbox:" + client
    }

    private func base(_ kind: String, _ name: String) -> String {
        "dc:{\(namespace):\(kind):\(Keys.escaped(name))}"
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x7B || $0 == 0x7D || $0 == 0x3A || $0 == 0x25 }) else { return text }
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "{": result += "%7B"
            case "}": result += "%7D"
            case ":": result += "%3A"
            case "%": result += "%25"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(0x25) else { return String(text) }
        var result = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            // Every percent sign is followed by the two digits that `escaped` wrote.
            let digits = String(String.UnicodeScalarView(rest.prefix(2)))
            rest = rest.dropFirst(2)
            if let value = UInt8(digits, radix: 16) { result.unicodeScalars.append(Unicode.Scalar(value)) }
        }
        return result
    }
}
