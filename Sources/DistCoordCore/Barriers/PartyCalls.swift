// The calls to the server for the lease that a party of a double barrier has while it is inside.

import DistCoordRedis

/// Entering and leaving as acquiring and releasing. The fence is the number on arrival.
final class PartyCalls: GrantCalls {
    let subjects: [GrantSubject] = []
    let what: String
    let key: String
    private let parties: Int64
    private let shrinks: Bool

    private static let enter = Script("double_enter", PackageResources.double_enter_lua)
    private static let leave = Script("double_leave", PackageResources.double_leave_lua)
    private static let renew = Script("double_renew", PackageResources.double_renew_lua)

    static var scripts: [Script] { [enter, leave, renew] }

    init(key: String, name: String, parties: Int64, shrinks: Bool) {
        self.key = key
        self.parties = parties
        self.shrinks = shrinks
        what = "double barrier '\(name)'"
    }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        let arguments = [token, String(lease), String(parties), shrinks ? "1" : "0"]
        return try redis.run(ScriptCall(PartyCalls.enter, keys: [key], arguments: arguments), patience: patience)
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try redis.run(PartyCalls.leave, keys: [key], argumentCount: 2, patience: patience) { writer, isResent in
            if isResent { onResend() }
            writer.argument(token)
            writer.argument(Int64(clamping: fence))
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(PartyCalls.leave, keys: [key], arguments: [token, String(fence)])
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(PartyCalls.renew, keys: [key], arguments: [token, String(fence), String(lease)])
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall {
        // Of no round that has ended: such an attempt has nothing to take back.
        release(token: token, fence: UInt64(Int64.max))
    }

    func refusal(_ code: Int64) -> CoordinationError {
        BarrierHandle.disagreement(what, parties, inUse: 0 &- code)
    }
}
