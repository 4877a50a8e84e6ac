// Shared values.

/// A scope of shared state: values under keys, with versions, expiry, compare-and-set, counters, lists, listing by
/// prefix and watching. <doc:State> says what holds.
///
/// ```swift
/// let settings = try client.state("settings")
/// try await settings.set("limits", Limits(perMinute: 100))
/// let limits = try await settings.get("limits", as: Limits.self)
/// ```
///
/// Keys are text of 1 to 512 bytes without control characters. Values are any bytes; a `Codable` value travels as JSON,
/// which every language reads.
public final class SharedState: Sendable {
    /// The scope's name.
    public let scope: String

    let handle: BlockingState

    init(_ client: Client, scope: String?) throws {
        self.scope = scope ?? "default"
        handle = try BlockingState(client.blocking, scope: scope)
    }

    init(scope: String, _ handle: BlockingState) {
        self.scope = scope
        self.handle = handle
    }

    // MARK: Reading

    /// Reads what is under a key, with its version; `nil` when there is nothing. Of a list it tells the length.
    public func get(_ key: String) async throws -> StateEntry? {
        try await offload { [handle] in try handle.get(key) }
    }

    /// Reads a value from JSON; `nil` when there is nothing. A counter is a number.
    public func get<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) async throws -> Value? {
        try await get(key).map { try $0.value(type) }
    }

    // MARK: Writing

    /// Writes the value in JSON.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/changed`` when the key has another version than the one asked for;
    /// nothing was written then, and ``DistCoordError/currentVersion`` tells which it has.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The value.
    ///   - ttl: How long it lives.
    ///   - ifVersion: Write only if the key has that version; 0, if it is not there. `nil` for whatever it has.
    /// - Returns: The version that it has now.
    @discardableResult
    public func set(
        _ key: String, _ value: some Encodable, ttl: TimeToLive = .unlimited, ifVersion: UInt64? = nil
    ) async throws -> UInt64 {
        try await set(key, bytes: JSON.encode(value), ttl: ttl, ifVersion: ifVersion)
    }

    /// Writes the text in UTF-8, as it is. As ``set(_:_:ttl:ifVersion:)`` otherwise.
    @discardableResult
    public func set(
        _ key: String, text: String, ttl: TimeToLive = .unlimited, ifVersion: UInt64? = nil
    ) async throws -> UInt64 {
        try await set(key, bytes: Array(text.utf8), ttl: ttl, ifVersion: ifVersion)
    }

    /// Writes the bytes. As ``set(_:_:ttl:ifVersion:)`` otherwise.
    @discardableResult
    public func set(
        _ key: String, bytes: [UInt8], ttl: TimeToLive = .unlimited, ifVersion: UInt64? = nil
    ) async throws -> UInt64 {
        guard let ifVersion else { return try await offload { [handle] in try handle.set(key, bytes, ttl: ttl) } }
        let (answer, version) = try await offload { [handle] in
            try handle.set(key, bytes, ttl: ttl, ifVersion: ifVersion)
        }
        if answer == .ok { return version }
        let now = version == 0 ? "it is not there" : "it has version \(version)"
        throw DistCoordError(
            .changed, "\(what(key)): \(now), not \(ifVersion); nothing was written", currentVersion: version)
    }

    /// Reads a value, changes it and writes it back, again and again until nobody else wrote it in between. The change
    /// may so be made several times, and counts once.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - type: What the value is.
    ///   - ttl: How long what is written lives.
    ///   - change: Makes the new value of the old one, which is `nil` when there is none.
    /// - Returns: The value that was written.
    @discardableResult
    public func update<Value: Codable>(
        _ key: String, as type: Value.Type = Value.self, ttl: TimeToLive = .kept, _ change: (Value?) throws -> Value
    ) async throws -> Value {
        while true {
            let entry = try await get(key)
            let value = try change(try entry?.value(type))
            do {
                try await set(key, value, ttl: ttl, ifVersion: entry?.version ?? 0)
                return value
            } catch let error as DistCoordError where error.code == .changed {
                try Task.checkCancellation()
            }
        }
    }

    /// Deletes what is under a key.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/changed`` when the key has another version than the one asked for.
    ///
    /// - Returns: Whether there was something.
    @discardableResult
    public func delete(_ key: String, ifVersion: UInt64? = nil) async throws -> Bool {
        switch try await offload({ [handle] in try handle.delete(key, ifVersion: ifVersion) }) {
        case .ok: return true
        case .changed:
            throw DistCoordError(.changed, "\(what(key)) has not version \(ifVersion ?? 0); nothing was deleted")
        default: return false
        }
    }

    /// Deletes all keys that begin with a prefix, in steps; gives how many.
    @discardableResult
    public func clear(prefix: String = "") async throws -> Int {
        try await offload { [handle] in try handle.clear(prefix: prefix) }
    }

    /// Changes how long what is under a key lives: a time from now, or until it is deleted. Its version stays.
    ///
    /// - Returns: Whether there is something.
    @discardableResult
    public func expire(_ key: String, ttl: TimeToLive) async throws -> Bool {
        try await offload { [handle] in try handle.expire(key, ttl: ttl) } == .ok
    }

    // MARK: Counters and lists

    /// Adds to a counter; one that is not there is 0. Exact, also when an answer was lost and the call is sent again.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/conflict`` when what is there is no number, or the sum too large.
    ///
    /// - Returns: The counter's value.
    @discardableResult
    public func add(_ key: String, _ delta: Int = 1, ttl: TimeToLive = .kept) async throws -> Int {
        Int(try await offload { [handle] in try handle.add(key, Int64(delta), ttl: ttl) })
    }

    /// Appends the value in JSON to a list; one that is not there is empty.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/conflict`` when a value is there, no list.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The item.
    ///   - limit: Keep only that many, the newest; `nil` for all.
    ///   - ttl: How long the whole list lives.
    /// - Returns: The number of items.
    @discardableResult
    public func append(
        _ key: String, _ value: some Encodable, limit: Int? = nil, ttl: TimeToLive = .kept
    ) async throws -> Int {
        try await append(key, bytes: JSON.encode(value), limit: limit, ttl: ttl)
    }

    /// Appends the text in UTF-8, as it is. As ``append(_:_:limit:ttl:)`` otherwise.
    @discardableResult
    public func append(
        _ key: String, text: String, limit: Int? = nil, ttl: TimeToLive = .kept
    ) async throws -> Int {
        try await append(key, bytes: Array(text.utf8), limit: limit, ttl: ttl)
    }

    /// Appends the bytes. As ``append(_:_:limit:ttl:)`` otherwise.
    @discardableResult
    public func append(
        _ key: String, bytes: [UInt8], limit: Int? = nil, ttl: TimeToLive = .kept
    ) async throws -> Int {
        try await offload { [handle] in try handle.append(key, bytes, limit: limit, ttl: ttl) }
    }

    /// Reads items of a list, each an entry with the version of the list; none when there is no list.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - first: Index of the first, from 0; negative counts from the end, -1 is the newest.
    ///   - count: At most that many, 1 to 10 000.
    public func items(_ key: String, from first: Int = 0, count: Int = 1_000) async throws -> [StateEntry] {
        try await offload { [handle] in try handle.items(key, from: first, count: count) } ?? []
    }

    /// Reads items of a list from JSON; as ``items(_:from:count:)``.
    public func items<Value: Decodable>(
        _ key: String, as type: Value.Type, from first: Int = 0, count: Int = 1_000
    ) async throws -> [Value] {
        try await items(key, from: first, count: count).map { try $0.decode(type) }
    }

    func what(_ key: String) -> String { "state '\(scope)': key '\(key)'" }
}

extension StateEntry {
    /// As a value from JSON, which a list is not.
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if kind == .list { throw DistCoordError(.conflict, "key '\(key)' is a list, not a value") }
        return try decode(type)
    }
}

extension Client {
    /// A scope of shared state, apart from all others; the one named "default" without a name. Nothing is sent.
    public func state(_ scope: String? = nil) throws -> SharedState { try SharedState(self, scope: scope) }
}
