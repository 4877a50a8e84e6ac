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
    func exclusive(kind: ExclusiveKind, name: String) -> String {
        base(kind.rawValue, name)
    }

    /// The channel on which changes of an election are announced.
    func changes(kind: ExclusiveKind, name: String) -> String {
        exclusive(kind: kind, name: name) + ":changes"
    }

    /// The keys of a barrier: its state, those who wait, those who were released last.
    func barrier(name: String) -> [String] {
        let base = base("barrier", name)
        return [base + ":s", base + ":p", base + ":r"]
    }

    /// What every key of a queue begins with; the scripts append the parts, which Queues/Lua/queue_keys.lua lists.
    func queue(name: String) -> String {
        base("queue", name) + ":"
    }

    /// The set of names of all queues.
    var queueRegistry: String {
        "dc:{\(namespace):registry}:queues"
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
}
