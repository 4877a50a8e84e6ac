// The calls to the server for the lease of one member.

import DistCoordRedis
import Synchronization

/// Joining and leaving as acquiring and releasing. The fence is the number of the change by which it joined.
final class MemberCalls: GrantCalls {
    let subjects: [GrantSubject] = []
    let what: String
    let key: String
    let id: String
    private let label: String
    /// Tells this handle from others of the client.
    private let handle: String
    private let presentValue: Guarded<String>

    private static let nextHandle = Atomic<UInt64>(0)
    private static let join = Script("members_join", PackageResources.members_join_lua)
    private static let leave = Script("members_leave", PackageResources.members_leave_lua)
    private static let renew = Script("members_renew", PackageResources.members_renew_lua)
    private static let takeBack = Script("members_withdraw", PackageResources.members_withdraw_lua)
    private static let announce = Script("members_announce", PackageResources.members_announce_lua)

    static var scripts: [Script] { [join, leave, renew, takeBack, announce] }

    init(key: String, group: String, id: String, label: String, value: String) {
        self.key = key
        self.id = id
        self.label = label
        handle = String(MemberCalls.nextHandle.wrappingAdd(1, ordering: .relaxed).newValue)
        presentValue = Guarded(value)
        what = "member '\(id)' of group '\(group)'"
    }

    /// What others see of the member, from the next time it joins.
    var value: String {
        get { presentValue.withLock { $0 } }
        set { presentValue.withLock { $0 = newValue } }
    }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        let arguments = [token, handle, id, String(lease), label, value]
        return try redis.run(ScriptCall(MemberCalls.join, keys: [key], arguments: arguments), patience: patience)
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try redis.run(MemberCalls.leave, keys: [key], argumentCount: 4, patience: patience) { writer, isResent in
            if isResent { onResend() }
            writer.argument(token)
            writer.argument(handle)
            writer.argument(id)
            writer.argument(Int64(clamping: fence))
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(MemberCalls.leave, keys: [key], arguments: [token, handle, id, String(fence)])
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(MemberCalls.renew, keys: [key], arguments: [token, handle, id, String(fence), String(lease)])
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall {
        ScriptCall(MemberCalls.takeBack, keys: [key], arguments: [token, id])
    }

    /// Tells the others the present value; answers 1, or 0 when it is no member any more.
    func announce(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(MemberCalls.announce, keys: [key], arguments: [token, handle, id, String(fence), value])
    }
}
