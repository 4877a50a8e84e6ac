// A handle on a scope of shared state. Lists, listing and watching are in files of their own.

import DistCoordRedis

/// Reads and writes keys of one scope; used by any number of threads.
public final class StateHandle: Sendable {
    public let scope: String
    let client: Client
    let calls: StateCalls
    /// When a key that is given no time to live expires, in milliseconds; 0 for never.
    private let defaultTTL: Int64

    /// A time to live that is that of what was there before.
    public static let keepTTL: Int64 = -1
    /// 10 years, in milliseconds.
    private static let longestTTL: Int64 = 3_653 * 86_400_000

    /// Makes a handle; nothing is sent.
    ///
    /// - Parameter scope: nil for the one named "default".
    public init(client: Client, scope: String?) throws(CoordinationError) {
        let scope = scope ?? "default"
        try Names.check(scope, what: "scope")
        try client.checkOpen()
        try client.requireOneServer("shared state")
        self.client = client
        self.scope = scope
        defaultTTL = 0
        calls = StateCalls(base: Keys(namespace: client.options.namespace).state(scope: scope))
    }

    /// Makes a handle on what belongs to a run; nothing is sent. Its scope may be longer than one that is given a name.
    ///
    /// - Parameter defaultTTL: Of keys that are given none, in milliseconds.
    init(client: Client, run: String, queue: String, defaultTTL: Int64) throws(CoordinationError) {
        try client.checkOpen()
        self.client = client
        scope = "run:\(queue)/\(run)"
        self.defaultTTL = defaultTTL
        calls = StateCalls(base: Keys(namespace: client.options.namespace).state(scope: scope))
    }

    /// A time to live as the scripts take it.
    func written(ttl: Int64) -> Int64 {
        guard defaultTTL > 0 else { return ttl }
        return ttl == 0 ? defaultTTL : ttl == StateHandle.keepTTL ? -defaultTTL : ttl
    }

    /// What a conditional write did.
    public struct Written: Sendable {
        /// `.ok` or `.changed`.
        public let status: Status
        /// The version that is there now; 0 when nothing is.
        public let version: UInt64
    }

    /// What is under a key; nil when nothing is.
    public func get(_ key: String) throws(CoordinationError) -> StateEntry? {
        try check(key)
        let session = try client.openSession()
        let patience = session.patience()
        var entry = try calls.read([key], upTo: StateCalls.smallValue, session, patience).page.entries.first
        if entry?.isCut == true {
            entry = try calls.read([key], upTo: nil, session, patience).page.entries.first
        }
        return entry?.kind == .absent ? nil : entry
    }

    /// Writes a value.
    ///
    /// - Parameters:
    ///   - ttl: Milliseconds, 0 for none, or `keepTTL`.
    ///   - version: The version that must be there, 0 for nothing; nil for any.
    public func set(
        _ key: String, _ value: UnsafeRawBufferPointer, ttl: Int64, ifVersion version: UInt64? = nil
    ) throws(CoordinationError) -> Written {
        try check(key)
        try check(ttl: ttl)
        let session = try client.openSession()
        try check(value, session)
        let ttl = written(ttl: ttl)
        if ttl == 0, version == nil { return try put(key, value, session) }
        let reply = try calls.change(StateCalls.set, session, argumentCount: 4) { writer in
            writer.argument(key)
            writer.argument(ttl)
            writer.argument(version.map { String($0) } ?? "")
            writer.argument(value)
        }
        return reply.withBytes { bytes in
            if bytes.first == UInt8(ascii: "C") {
                return Written(status: .changed, version: StateHandle.number(bytes.dropFirst()))
            }
            return Written(status: .ok, version: StateHandle.number(bytes[...]))
        }
    }

    /// Writes a value that is to stay, whatever was there; with others that come at the same time.
    private func put(
        _ key: String, _ value: UnsafeRawBufferPointer, _ session: Session
    ) throws(CoordinationError) -> Written {
        guard JointCalls.mayJoin(session, bytes: value.count) else {
            let reply = try calls.change(StateCalls.put, session, argumentCount: 2) { writer in
                writer.argument(key)
                writer.argument(value)
            }
            return Written(status: .ok, version: reply.withBytes { StateHandle.number($0[...]) })
        }
        let answer = try session.jointCalls.make(calls.base, session) { writer in
            writer.argument(key)
            writer.argument(value)
        } _: { parts, patience throws(CoordinationError) in
            try calls.change(
                StateCalls.put, session, argumentCount: 2 * parts.count, patience: patience
            ) { writer in
                for part in parts { writer.append(part.arguments) }
            }.string
        }
        let versions = answer.text.split(separator: " ")
        let version = versions.count > answer.place ? versions[answer.place] : versions.first
        return Written(status: .ok, version: version.flatMap { UInt64($0) } ?? 0)
    }

    /// Deletes what is under a key.
    ///
    /// - Parameter version: The version that must be there; 0 for any.
    /// - Returns: `.ok`, `.notFound`, `.changed`.
    public func delete(_ key: String, version: UInt64) throws(CoordinationError) -> Status {
        try check(key)
        let reply = try calls.change(StateCalls.delete, try client.openSession(), argumentCount: 2) { writer in
            writer.argument(key)
            writer.argument(String(version))
        }
        return switch reply.string {
        case "D": .ok
        case "C": .changed
        default: .notFound
        }
    }

    /// Changes when a key expires.
    ///
    /// - Parameter ttl: Milliseconds from now, 0 for never.
    /// - Returns: `.ok`, `.notFound`.
    public func expire(_ key: String, ttl: Int64) throws(CoordinationError) -> Status {
        try check(key)
        if ttl == StateHandle.keepTTL { throw .invalid("to keep the time to live, do not change it") }
        try check(ttl: ttl)
        let reply = try calls.change(StateCalls.expire, try client.openSession(), argumentCount: 2) { writer in
            writer.argument(key)
            writer.argument(ttl)
        }
        return reply.string == "D" ? .ok : .notFound
    }

    /// Adds to a counter.
    ///
    /// - Parameter ttl: As for `set`.
    /// - Returns: The sum.
    public func add(_ key: String, _ delta: Int64, ttl: Int64) throws(CoordinationError) -> Int64 {
        try check(key)
        try check(ttl: ttl)
        let reply = try calls.change(StateCalls.add, try client.openSession(), argumentCount: 3) { writer in
            writer.argument(key)
            writer.argument(written(ttl: ttl))
            writer.argument(delta)
        }
        if let sum = reply.integer { return sum }
        throw CoordinationError(
            .conflict,
            reply.string == "O"
                ? "the counter '\(key)' would go beyond 64 bits; nothing was added"
                : "what is under '\(key)' is no number of 64 bits; delete it or use another key")
    }

    // MARK: - Checks

    func check(_ key: String) throws(CoordinationError) {
        try Names.check(key, what: "key")
    }

    func check(ttl: Int64) throws(CoordinationError) {
        guard (StateHandle.keepTTL...StateHandle.longestTTL).contains(ttl) else {
            throw .invalid("a time to live of \(ttl) ms is out of range; up to 10 years are allowed")
        }
    }

    func check(_ value: UnsafeRawBufferPointer, _ session: Session) throws(CoordinationError) {
        let limit = session.options.maxPayload
        if value.count > limit {
            throw CoordinationError(
                .tooLarge,
                "it has \(value.count) bytes; at most \(limit) are allowed. Store it elsewhere and write where it is")
        }
    }

    /// A version as the scripts answer it.
    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64 {
        digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }
    }
}
