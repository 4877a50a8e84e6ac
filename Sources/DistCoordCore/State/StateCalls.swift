// The calls to the server for one scope of shared state.

import DistCoordRedis

/// Calls on one scope.
struct StateCalls: Sendable {
    /// What all keys of the scope begin with.
    let base: String

    static let put = Script("state_put", PackageResources.state_put_lua)
    static let set = Script("state_set", PackageResources.state_set_lua)
    static let delete = Script("state_delete", PackageResources.state_delete_lua)
    static let expire = Script("state_expire", PackageResources.state_expire_lua)
    static let add = Script("state_add", PackageResources.state_add_lua)
    static let append = Script("state_append", PackageResources.state_append_lua)
    static let clear = Script("state_clear", PackageResources.state_clear_lua)
    static let items = Script("state_items", PackageResources.state_items_lua)
    private static let read = Script("state_read", PackageResources.state_read_lua)
    private static let list = Script("state_list", PackageResources.state_list_lua)

    static var scripts: [Script] { [put, set, delete, expire, add, append, clear, items, read, list] }

    /// Values up to so many bytes come over the connection that leases are renewed on.
    static let smallValue: Int64 = 65_536

    /// Runs a script that changes something, once however often it is sent.
    ///
    /// - Parameters:
    ///   - argumentCount: How many arguments `arguments` writes.
    ///   - patience: nil for that of a call that begins now.
    ///   - arguments: Writes those behind the number of the call.
    func change(
        _ script: Script, _ session: Session, argumentCount: Int, patience: Patience? = nil,
        _ arguments: (CommandWriter) -> Void
    ) throws(CoordinationError) -> Reply {
        let patience = patience ?? session.patience()
        let reply = try session.lanes.withLane { (ticket) throws(CoordinationError) in
            try translating { () throws(RedisError) in
                try session.redis.run(
                    script, keys: [base, Keys.lane(base, ticket.lane)], argumentCount: argumentCount + 1,
                    patience: patience
                ) { writer, _ in
                    writer.argument(Int64(clamping: ticket.number))
                    arguments(writer)
                }
            }
        }
        if reply.withBytes({ $0.isEmpty }) {
            throw CoordinationError(
                .noReply, "the server has forgotten what it answered to \(script.name); look before trying again")
        }
        return reply
    }

    /// What the server answered to a read, and when it was asked.
    struct Reading {
        let page: StatePage
        let sentAt: Instant
        /// The server's time, in microseconds.
        let serverTime: Int64
    }

    /// Reads keys, each an entry.
    ///
    /// - Parameter limit: Of values with more bytes only that they are there; nil for all values whole.
    func read(
        _ keys: [String], upTo limit: Int64?, _ session: Session, _ patience: Patience
    ) throws(CoordinationError) -> Reading {
        try reading(
            StateCalls.read, session, patience, argumentCount: keys.count + 1, expectsMuch: limit == nil
        ) { writer in
            writer.argument(limit ?? -1)
            for key in keys { writer.argument(key) }
        }
    }

    /// A page of keys in order; of values that are big only that they are.
    func list(
        prefix: String, after cursor: String, limit: Int64, _ session: Session, _ patience: Patience
    ) throws(CoordinationError) -> Reading {
        try reading(StateCalls.list, session, patience, argumentCount: 3) { writer in
            writer.argument(prefix)
            writer.argument(cursor)
            writer.argument(limit)
        }
    }

    private func reading(
        _ script: Script, _ session: Session, _ patience: Patience, argumentCount: Int, expectsMuch: Bool = false,
        _ arguments: (CommandWriter) -> Void
    ) throws(CoordinationError) -> Reading {
        let sentAt = Instant.now
        let reply = try translating { () throws(RedisError) in
            try session.redis.run(
                script, keys: [base], argumentCount: argumentCount, patience: patience, expectsMuch: expectsMuch
            ) { writer, _ in arguments(writer) }
        }
        let entries = stride(from: 2, to: reply.count, by: 4).map { StateEntry(reply, at: $0) }
        return Reading(
            page: StatePage(entries: entries, cursor: reply.string(at: 0)), sentAt: sentAt,
            serverTime: reply.integer(at: 1))
    }
}
