// A handle of the library on a scope of shared state.

import CDistCoord

/// Owns a `distcoord_state`.
package final class BlockingState: Sendable {
    /// Some entries, and where the next ones begin; nothing when these were the last.
    package typealias Page = (entries: [StateEntry], cursor: String?)

    nonisolated(unsafe) private let pointer: OpaquePointer
    private let client: BlockingClient

    /// Nothing for the scope: the one named "default".
    package init(_ client: BlockingClient, scope: String? = nil) throws(DistCoordError) {
        if let scope { try requireWhole(scope, "the scope's name") }
        var state: OpaquePointer?
        _ = try ask { distcoord_state_open(client.pointer, scope, &state, $0) }
        pointer = try owned(state)
        self.client = client
    }

    init(_ pointer: OpaquePointer, _ client: BlockingClient) {
        self.pointer = pointer
        self.client = client
    }

    deinit { distcoord_state_free(pointer) }

    // MARK: Values

    /// Nothing when there is nothing.
    package func get(_ key: String) throws(DistCoordError) -> StateEntry? {
        try requireKey(key)
        var entry: OpaquePointer?
        let answer = try ask { distcoord_state_get(pointer, key, &entry, $0) }
        defer { distcoord_state_entry_free(entry) }
        return answer == .ok ? StateEntry(entry) : nil
    }

    /// Gives the version that it has now.
    package func set(_ key: String, _ value: [UInt8], ttl: TimeToLive) throws(DistCoordError) -> UInt64 {
        try requireKey(key)
        var version: UInt64 = 0
        _ = try ask { distcoord_state_set(pointer, key, value, value.count, ttl.milliseconds, &version, $0) }
        return version
    }

    /// "Changed" when it has another version than that, which is given then; 0 is that of what is not there.
    package func set(
        _ key: String, _ value: [UInt8], ttl: TimeToLive, ifVersion expected: UInt64
    ) throws(DistCoordError) -> (answer: Answer, version: UInt64) {
        try requireKey(key)
        var version: UInt64 = 0
        let answer = try ask {
            distcoord_state_set_if(pointer, key, value, value.count, ttl.milliseconds, expected, &version, $0)
        }
        return (answer, version)
    }

    /// "Not found", or "changed" when it has another version than that; without one, whatever it has.
    package func delete(_ key: String, ifVersion expected: UInt64?) throws(DistCoordError) -> Answer {
        try requireKey(key)
        if expected == 0 {
            throw DistCoordError(.invalidArgument, "key '\(key)': what is not there (version 0) cannot be deleted")
        }
        return try ask { distcoord_state_delete(pointer, key, expected ?? 0, $0) }
    }

    package func expire(_ key: String, ttl: TimeToLive) throws(DistCoordError) -> Answer {
        try requireKey(key)
        return try ask { distcoord_state_expire(pointer, key, ttl.milliseconds, $0) }
    }

    /// Gives the counter's value.
    package func add(_ key: String, _ delta: Int64, ttl: TimeToLive) throws(DistCoordError) -> Int64 {
        try requireKey(key)
        var value: Int64 = 0
        _ = try ask { distcoord_state_add(pointer, key, delta, ttl.milliseconds, &value, $0) }
        return value
    }

    // MARK: Lists

    /// Gives the number of items.
    package func append(
        _ key: String, _ value: [UInt8], limit: Int?, ttl: TimeToLive
    ) throws(DistCoordError) -> Int {
        try requireKey(key)
        // 0 is the interface's word for "all".
        if let limit, limit < 1 {
            throw DistCoordError(.invalidArgument, "key '\(key)': a list of \(limit) items; 1 or more are allowed")
        }
        var count: Int64 = 0
        _ = try ask {
            distcoord_state_append(pointer, key, value, value.count, Int64(limit ?? 0), ttl.milliseconds, &count, $0)
        }
        return Int(count)
    }

    /// Nothing when there is no such list.
    package func items(_ key: String, from first: Int, count: Int) throws(DistCoordError) -> [StateEntry]? {
        try requireKey(key)
        var page: OpaquePointer?
        let answer = try ask { distcoord_state_items(pointer, key, Int64(first), Int64(count), &page, $0) }
        defer { distcoord_state_page_free(page) }
        return answer == .ok ? Self.entries(of: page) : nil
    }

    // MARK: Many keys

    package func list(prefix: String, cursor: String?, limit: Int) throws(DistCoordError) -> Page {
        try requireWhole(prefix, "the prefix")
        if let cursor { try requireWhole(cursor, "the cursor") }
        var page: OpaquePointer?
        _ = try ask { distcoord_state_list(pointer, prefix, cursor, Int64(limit), &page, $0) }
        defer { distcoord_state_page_free(page) }
        let next = text(distcoord_state_page_cursor(page))
        return (Self.entries(of: page), next.isEmpty ? nil : next)
    }

    /// Gives how many were deleted.
    package func clear(prefix: String) throws(DistCoordError) -> Int {
        try requireWhole(prefix, "the prefix")
        var count: Int64 = 0
        _ = try ask { distcoord_state_clear(pointer, prefix, &count, $0) }
        return Int(count)
    }

    package func watch(_ key: String, isPrefix: Bool) throws(DistCoordError) -> BlockingWatch<StateEntry> {
        try requireKey(key)
        var watch: OpaquePointer?
        _ = try ask { distcoord_state_watch(pointer, key, isPrefix, &watch, $0) }
        return BlockingWatch(try owned(watch), client) { watch, milliseconds throws(DistCoordError) in
            var entry: OpaquePointer?
            let answer = try ask { distcoord_state_watch_next(watch, milliseconds, &entry, $0) }
            defer { distcoord_state_entry_free(entry) }
            return (answer, answer == .ok ? StateEntry(entry) : nil)
        }
    }

    private func requireKey(_ key: String) throws(DistCoordError) { try requireWhole(key, "the key") }

    private static func entries(of page: OpaquePointer?) -> [StateEntry] {
        (0..<distcoord_state_page_count(page)).map { StateEntry(distcoord_state_page_entry(page, $0)) }
    }
}

extension StateEntry {
    fileprivate init(_ entry: OpaquePointer?) {
        let kind: Kind =
            switch Int(distcoord_state_entry_kind(entry)) {
            case DISTCOORD_STATE_VALUE: .value
            case DISTCOORD_STATE_LIST: .list
            default: .absent
            }
        let length = distcoord_state_entry_length(entry)
        let left = distcoord_state_entry_ttl_left_ms(entry)
        self.init(
            key: DistCoord.text(distcoord_state_entry_key(entry)), kind: kind,
            bytes: kind == .value
                ? DistCoord.bytes { count in
                    count.pointee = length
                    return distcoord_state_entry_value(entry)
                } : [],
            count: kind == .list ? length : 0, version: distcoord_state_entry_version(entry),
            timeLeft: left < 0 ? nil : .milliseconds(left))
    }
}
