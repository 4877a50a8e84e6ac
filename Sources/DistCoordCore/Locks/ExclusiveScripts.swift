// The calls to the server for what one holder has at a time: locks and leaderships.

import DistCoordRedis

/// What is held exclusively; part of the key.
enum ExclusiveKind: String, Sendable {
    case lock
    case election
}

/// Calls on one name.
struct ExclusiveCalls: Sendable {
    /// The one declared key; the line of waiters and the channel of changes are named after it, in the same slot.
    private let keys: [String]
    private let announces: Bool
    /// What others see of the holder.
    private let info: String

    private static let acquire = Script("exclusive_acquire", PackageResources.exclusive_acquire_lua)
    private static let release = Script("exclusive_release", PackageResources.exclusive_release_lua)
    private static let extend = Script("exclusive_extend", PackageResources.exclusive_extend_lua)
    private static let withdraw = Script("exclusive_withdraw", PackageResources.exclusive_withdraw_lua)
    private static let inspect = Script("exclusive_inspect", PackageResources.exclusive_inspect_lua)

    static var scripts: [Script] { [acquire, release, extend, withdraw, inspect] }

    init(keys: Keys, kind: ExclusiveKind, name: String, info: String) {
        self.keys = [keys.exclusive(kind: kind, name: name)]
        announces = kind == .election
        self.info = info
    }

    /// - Parameter arrival: Number on first arrival, 0 at first; nil not to wait.
    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        try redis.run(ExclusiveCalls.acquire, keys: keys, argumentCount: 4, patience: patience) { writer, _ in
            writer.member(token, info)
            writer.argument(lease)
            if let arrival { writer.argument(arrival) } else { writer.argument("try" as StaticString) }
            writer.argument(announces ? "1" as StaticString : "0")
        }
    }

    /// - Parameter onResend: Called when the call is sent a second time: its answer is then ambiguous.
    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try redis.run(ExclusiveCalls.release, keys: keys, argumentCount: 3, patience: patience) { writer, isResent in
            if isResent { onResend() }
            writeRelease(writer, token, fence)
        }
    }

    /// The same for the background.
    func release(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.release, keys: keys, argumentCount: 3) { writer, _ in
            writeRelease(writer, token, fence)
        }
    }

    private func writeRelease(_ writer: CommandWriter, _ token: String, _ fence: UInt64) {
        writer.member(token, info)
        writer.argument(Int64(clamping: fence))
        writer.argument(announces ? "1" as StaticString : "0")
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.extend, keys: keys, argumentCount: 3) { [info] writer, _ in
            writer.member(token, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(lease)
        }
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall {
        ScriptCall(
            ExclusiveCalls.withdraw, keys: keys,
            arguments: [token + " " + info, givesBack ? "1" : "0", announces ? "1" : "0"])
    }

    func inspect() -> ScriptCall {
        ScriptCall(ExclusiveCalls.inspect, keys: keys, arguments: [])
    }
}

extension CommandWriter {
    /// Who holds or waits, as exclusive_state.lua writes it: "<token> <what others see>".
    fileprivate func member(_ token: String, _ info: String) {
        beginArgument(length: token.utf8.count + 1 + info.utf8.count)
        append(token)
        append(" ")
        append(info)
        endArgument()
    }
}
