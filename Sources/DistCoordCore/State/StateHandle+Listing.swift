// Listing keys of shared state by prefix, and deleting them.

import DistCoordRedis

extension StateHandle {
    private static let pageSize: ClosedRange<Int64> = 1...1_000
    /// So many keys are deleted in one step; the server does nothing else meanwhile.
    private static let step: Int64 = 100

    /// One page of keys with their values, in order of the keys' bytes.
    ///
    /// - Parameters:
    ///   - prefix: Empty for all.
    ///   - cursor: Of the page before; empty for the first.
    public func list(prefix: String, cursor: String, limit: Int64) throws(CoordinationError) -> StatePage {
        try check(prefix: prefix)
        if !cursor.isEmpty { try Names.check(cursor, what: "cursor") }
        guard StateHandle.pageSize.contains(limit) else {
            throw .invalid("\(limit) keys cannot be listed at once; 1 to 1000 can")
        }
        let session = try client.openSession()
        let patience = session.patience()
        let page = try calls.list(prefix: prefix, after: cursor, limit: limit, session, patience).page
        var entries: [StateEntry] = []
        entries.reserveCapacity(page.entries.count)
        for entry in page.entries {
            guard entry.isCut else {
                entries.append(entry)
                continue
            }
            // Deleted in the meantime, it is as if the page had been read later.
            if let whole = try get(entry.key) { entries.append(whole) }
        }
        return StatePage(entries: entries, cursor: page.cursor)
    }

    /// Deletes all keys that begin with a prefix.
    ///
    /// - Parameter prefix: Empty for all.
    /// - Returns: How many were deleted.
    public func clear(prefix: String) throws(CoordinationError) -> Int64 {
        try check(prefix: prefix)
        var deleted: Int64 = 0
        var cursor = ""
        repeat {
            let reply = try calls.change(StateCalls.clear, try client.openSession(), argumentCount: 3) { writer in
                writer.argument(prefix)
                writer.argument(cursor)
                writer.argument(StateHandle.step)
            }
            // "<how many> <where to go on>"
            let answer = reply.string
            let parts = answer.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            deleted &+= parts.first.flatMap { Int64($0) } ?? 0
            cursor = parts.count > 1 ? String(parts[1]) : ""
        } while !cursor.isEmpty
        return deleted
    }

    func check(prefix: String) throws(CoordinationError) {
        if !prefix.isEmpty { try Names.check(prefix, what: "prefix") }
    }
}
