// Lists under a key of shared state.

import DistCoordRedis

extension StateHandle {
    /// Items that may be read at once.
    private static let pageLimit: ClosedRange<Int64> = 1...10_000
    /// Bytes of one answer with items; one item may have more.
    private static let answerLimit: Int64 = 128 * 1024 * 1024

    /// Appends an item.
    ///
    /// - Parameters:
    ///   - limit: Keep only that many, the newest; 0 for all.
    ///   - ttl: As for `set`, for the whole list.
    /// - Returns: How many items the list has.
    public func append(
        _ key: String, _ item: UnsafeRawBufferPointer, limit: Int64, ttl: Int64
    ) throws(CoordinationError) -> Int64 {
        try check(key)
        try check(ttl: ttl)
        if limit < 0 { throw .invalid("a limit of \(limit) items is out of range; 0 keeps all") }
        let session = try client.openSession()
        try check(item, session)
        let reply = try calls.change(StateCalls.append, session, argumentCount: 4) { writer in
            writer.argument(key)
            writer.argument(written(ttl: ttl))
            writer.argument(StateHandle.exact(limit))
            writer.argument(item.bindMemory(to: UInt8.self))
        }
        if let count = reply.integer { return count }
        throw notAList(key)
    }

    /// Reads items; nil when there is no such list.
    ///
    /// - Parameter first: From 0; negative from the end. Before the first item is the first.
    public func items(_ key: String, first: Int64, count: Int64) throws(CoordinationError) -> StatePage? {
        try check(key)
        guard StateHandle.pageLimit.contains(count) else {
            throw .invalid("\(count) items cannot be read at once; 1 to 10000 can")
        }
        let session = try client.openSession()
        let patience = session.patience()
        var reply = try items(key, first, count, whole: false, session, patience)
        // They are many bytes, and come over the connection that is there for that.
        if reply.integer(at: 2) == 1 { reply = try items(key, first, count, whole: true, session, patience) }
        let (version, letter) =
            reply[0]?.withBytes { bytes in
                (
                    StateEntry.version(bytes),
                    bytes.count > StateEntry.versionDigits ? bytes[StateEntry.versionDigits] : 0
                )
            } ?? (0, 0)
        switch letter {
        case UInt8(ascii: "l"), UInt8(ascii: "L"): break
        case UInt8(ascii: "v"), UInt8(ascii: "V"): throw notAList(key)
        default: return nil
        }
        let ttlLeft = max(reply.integer(at: 1), -1)
        let entries = (3..<max(reply.count, 3)).map { index in
            StateEntry(
                key: key, kind: .value, version: version,
                text: reply[index]?.withBytes { StateEntry.terminated($0[...]) } ?? [0], ttlLeft: ttlLeft)
        }
        return StatePage(entries: entries, cursor: "")
    }

    private func items(
        _ key: String, _ first: Int64, _ count: Int64, whole: Bool, _ session: Session, _ patience: Patience
    ) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in
            try session.redis.run(
                StateCalls.items, keys: [calls.base], argumentCount: 5, patience: patience, expectsMuch: whole
            ) { writer, _ in
                writer.argument(key)
                writer.argument(StateHandle.exact(first))
                writer.argument(count)
                writer.argument(whole ? StateHandle.answerLimit : StateCalls.smallValue)
                writer.argument(whole ? "1" as StaticString : "0")
            }
        }
    }

    private func notAList(_ key: String) -> CoordinationError {
        CoordinationError(.conflict, "under '\(key)' there is a value and no list; delete it or use another key")
    }

    /// A number that Lua has exactly; beyond it nothing is different.
    private static func exact(_ number: Int64) -> Int64 {
        min(max(number, -(1 << 52)), 1 << 52)
    }
}
