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

    /// The keys of a barrier, see Barriers/Lua/barrier_state.lua, and what the keys of its lanes begin with.
    func barrier(name: String) -> (keys: [String], base: String) {
        let base = base("barrier", name)
        return ([base + ":s", base + ":p", base + ":r", base + ":a"], base)
    }

    /// The state of a latch. Those who wait for it are the same with ":w" behind it.
    func latch(name: String) -> String {
        base("latch", name)
    }

    /// The state of an event. Those who wait for it are the same with ":w" behind it.
    func event(name: String) -> String {
        base("event", name)
    }

    /// The state of a double barrier; its other keys are the same with a part behind it, see
    /// Barriers/Lua/double_state.lua.
    func doubleBarrier(name: String) -> String {
        base("double", name)
    }

    /// The state of a group; its other keys are the same with a part behind it, see Membership/Lua/members_state.lua.
    func group(name: String) -> String {
        base("group", name)
    }

    /// The channel on which changes of a group are told.
    func changes(group name: String) -> String {
        group(name: name) + ":changes"
    }

    /// The keys of a circuit breaker: its state, failures, trials.
    func breaker(name: String) -> [String] {
        let base = base("breaker", name)
        return [base, base + ":f", base + ":t"]
    }

    /// The channel on which changes of a circuit breaker are announced.
    func breakerChanges(name: String) -> String {
        base("breaker", name) + ":changes"
    }

    /// What was taken of a limiter, or of one of its keys. Neither contains the colon between them.
    func limiter(name: String, key: String?) -> String {
        guard let key else { return base("limiter", name) }
        return "dc:{\(namespace):limiter:\(Keys.escaped(name)):\(Keys.escaped(key))}"
    }

    /// What every key of a queue begins with; the scripts append the parts, which Queues/Lua/queue_keys.lua lists.
    ///
    /// - Parameter partition: Which one of several; nil when there is one. A name cannot contain the colon before it.
    func queue(name: String, partition: Int? = nil) -> String {
        base(partition.map { "queue:\($0)" } ?? "queue", name) + ":"
    }

    /// The channel on which it is told that something happened in a run; Workflows/Lua/workflow_settle.lua builds the same.
    func changes(run id: String, queue name: String) -> String {
        queue(name: name) + "H:" + id + ":changes"
    }

    /// What is kept of a run as a whole.
    func run(_ id: String, queue name: String) -> String {
        queue(name: name) + "R:" + id
    }

    /// Named by calls on a queue whose keys expire, as their second key, which is never there; see
    /// Queues/Lua/queue_expire.lua.
    static func expiry(ofQueue base: String, milliseconds: Int64) -> String {
        base + "expires:\(milliseconds)"
    }

    /// The set of names of all queues, and the hash of how many partitions those have that have several; then, of queues
    /// whose keys expire, the hash of when they do, and the sorted set of when they are forgotten.
    var queueRegistry: [String] {
        ["queues", "partitions", "expiries", "expiring"].map { "dc:{\(namespace):registry}:" + $0 }
    }

    /// The sorted set of registered workers by when they were last heard of, and the hash of what they say.
    var workerRegistry: [String] {
        ["dc:{\(namespace):registry}:workers", "dc:{\(namespace):registry}:worker"]
    }

    /// Statistics of a kind: all of them in one slot.
    func statistics(_ kind: HoldKind, part: String) -> String {
        "dc:{\(namespace):statistics:\(kind.countedAs)}:\(part)"
    }

    /// A channel for messages.
    func channel(name: String) -> String {
        base("channel", name)
    }

    /// The number of the last message that was published on a channel; channel_publish.lua goes the other way.
    static func lastNumber(ofChannel channel: String) -> String {
        channel + ":n"
    }

    /// What every key of a topic begins with; Events/Lua/topic_keys.lua lists what follows.
    func topic(name: String) -> String {
        base("topic", name)
    }

    /// The channel on which the messages of a topic are announced.
    static func announcements(ofTopic topic: String) -> String {
        topic + ":c"
    }

    /// What every key of a scope of shared state begins with; State/Lua/state_keys.lua lists the parts.
    func state(scope: String) -> String {
        base("state", scope)
    }

    /// The channel on which changes of shared state are told: of one key, or of all of a scope. The scripts build the same.
    static func stateChanges(_ base: String, key: String?) -> String {
        base + ":w" + (key.map { ":" + $0 } ?? "")
    }

    /// The channel on which everybody listens who watches single keys of a scope; nothing is ever told there.
    static func stateWatchers(_ base: String) -> String {
        base + ":w?"
    }

    /// Where a lane's last call is remembered, beside what the call changes; see Mailbox/Lua/once.lua.
    static func lane(_ base: String, _ lane: String) -> String {
        base + ":o:" + lane
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
