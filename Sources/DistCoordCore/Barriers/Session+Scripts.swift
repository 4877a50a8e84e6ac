// Calls of a script outside of a wait.

import DistCoordRedis

extension Session {
    /// One round trip, for the command timeout.
    func run(_ call: ScriptCall) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try redis.run(call, patience: patience()) }
    }

    /// Gives the background a moment to withdraw what a cancelled call may have brought about: whoever looks at the
    /// server after that call finds no trace of it.
    func settleChores() {
        chores.awaitIdle(until: .now.advanced(milliseconds: GrantHandle.farewell))
    }

    /// A call that must not count twice, see once.lua: its lane is the last key, its number the last argument.
    @discardableResult
    func once(
        _ script: Script, keys: [String], base: String, arguments: [String]
    ) throws(CoordinationError) -> Reply {
        try lanes.withLane { (ticket) throws(CoordinationError) in
            try run(
                ScriptCall(
                    script, keys: keys + [Keys.lane(base, ticket.lane)],
                    arguments: arguments + [String(ticket.number)]))
        }
    }
}
