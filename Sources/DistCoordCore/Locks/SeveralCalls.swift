// The calls to the server for several locks that are held together.

import DistCoordRedis

/// Calls on several names at once.
struct SeveralCalls: GrantCalls {
    private let keys: [String]
    let subjects: [GrantSubject]
    private let info: String

    /// Marks the member in each line; see exclusive_state.lua.
    private static let extra = "m"

    private static let acquire = Script("several_acquire", PackageResources.several_acquire_lua)
    private static let release = Script("several_release", PackageResources.several_release_lua)
    private static let extend = Script("several_extend", PackageResources.several_extend_lua)
    private static let withdraw = Script("several_withdraw", PackageResources.several_withdraw_lua)

    static var scripts: [Script] { [acquire, release, extend, withdraw] }

    init(keys: Keys, names: [String], info: String) {
        self.keys = names.map { keys.exclusive(kind: .lock, name: $0) }
        subjects = names.map { GrantSubject(kind: .lock, name: $0) }
        self.info = info
    }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        try redis.run(SeveralCalls.acquire, keys: keys, argumentCount: 3, patience: patience) { writer, _ in
            writer.member(token, SeveralCalls.extra, info)
            writer.argument(lease)
            if let arrival { writer.argument(arrival) } else { writer.argument("try" as StaticString) }
        }
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try redis.run(SeveralCalls.release, keys: keys, argumentCount: 2, patience: patience) { writer, isResent in
            if isResent { onResend() }
            writer.member(token, SeveralCalls.extra, info)
            writer.argument(Int64(clamping: fence))
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(SeveralCalls.release, keys: keys, argumentCount: 2) { [info] writer, _ in
            writer.member(token, SeveralCalls.extra, info)
            writer.argument(Int64(clamping: fence))
        }
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(SeveralCalls.extend, keys: keys, argumentCount: 3) { [info] writer, _ in
            writer.member(token, SeveralCalls.extra, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(lease)
        }
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall {
        ScriptCall(SeveralCalls.withdraw, keys: keys, argumentCount: 2) { [info] writer, _ in
            writer.member(token, SeveralCalls.extra, info)
            writer.argument(givesBack ? "1" as StaticString : "0")
        }
    }
}
