// The calls to the server for what one owner has at a time: locks and leaderships.

import DistCoordRedis

/// What makes a holder special; written behind its token, see exclusive_state.lua.
enum HolderExtra: Sendable {
    /// It stands for an owner, which other handles may stand for, too.
    case owner(String)
    /// It keeps the grant for a while after use, and is to be recalled.
    case lingers

    var text: String {
        switch self {
        case .owner(let id): "o" + Owner.encoded(id)
        case .lingers: "g"
        }
    }
}

/// How a handle acquires and releases.
struct ExclusiveManner: Sendable {
    var extra: HolderExtra?
    /// Takes what is free though others are in line, and leaves it free.
    var isUnfair = false
    /// The owner may enter again.
    var isReentrant = false
}

/// Calls on one name.
struct ExclusiveCalls: GrantCalls {
    /// The one declared key; the line of waiters and the channel of changes are named after it, in the same slot.
    private let keys: [String]
    let subjects: [GrantSubject]
    /// What others see of the holder.
    private let info: String
    private let extra: String?
    let isUnfair: Bool
    /// As the scripts read them.
    private let acquireFlags: StaticString
    private let releaseFlags: StaticString

    private static let acquire = Script("exclusive_acquire", PackageResources.exclusive_acquire_lua)
    private static let release = Script("exclusive_release", PackageResources.exclusive_release_lua)
    private static let extend = Script("exclusive_extend", PackageResources.exclusive_extend_lua)
    private static let withdraw = Script("exclusive_withdraw", PackageResources.exclusive_withdraw_lua)
    private static let inspect = Script("exclusive_inspect", PackageResources.exclusive_inspect_lua)
    private static let adopt = Script("exclusive_adopt", PackageResources.exclusive_adopt_lua)
    private static let detach = Script("exclusive_detach", PackageResources.exclusive_detach_lua)
    private static let raise = Script("exclusive_raise", PackageResources.exclusive_raise_lua)
    private static let mend = Script("exclusive_mend", PackageResources.exclusive_mend_lua)
    private static let announce = Script("exclusive_announce", PackageResources.exclusive_announce_lua)
    private static let breakHold = Script("exclusive_break", PackageResources.exclusive_break_lua)

    static var scripts: [Script] { [acquire, release, extend, withdraw, inspect, adopt, detach, raise, mend, announce, breakHold] }

    /// - Parameter kind: `.lock` or `.election`.
    init(
        keys: Keys, kind: HoldKind, name: String, info: String, manner: ExclusiveManner = ExclusiveManner()
    ) {
        self.keys = [keys.exclusive(kind: kind, name: name)]
        subjects = [GrantSubject(kind: kind, name: name)]
        self.info = info
        extra = manner.extra?.text
        isUnfair = manner.isUnfair
        let announces = kind == .election
        releaseFlags = announces ? "a" : manner.isUnfair ? "u" : "0"
        acquireFlags =
            announces ? "a" : manner.isUnfair ? (manner.isReentrant ? "ur" : "u") : manner.isReentrant ? "r" : "0"
    }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        try redis.run(
            ExclusiveCalls.acquire, keys: keys, argumentCount: extra == nil ? 4 : 5, patience: patience
        ) { writer, _ in
            writer.member(token, extra, info)
            writer.argument(lease)
            if let arrival { writer.argument(arrival) } else { writer.argument("try" as StaticString) }
            writer.argument(acquireFlags)
            if let extra { writer.argument(extra) }
        }
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try redis.run(ExclusiveCalls.release, keys: keys, argumentCount: 3, patience: patience) { writer, isResent in
            if isResent { onResend() }
            writeRelease(writer, token, fence)
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.release, keys: keys, argumentCount: 3) { writer, _ in
            writeRelease(writer, token, fence)
        }
    }

    private func writeRelease(_ writer: CommandWriter, _ token: String, _ fence: UInt64) {
        writer.member(token, extra, info)
        writer.argument(Int64(clamping: fence))
        writer.argument(releaseFlags)
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.extend, keys: keys, argumentCount: 3) { [info, extra] writer, _ in
            writer.member(token, extra, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(lease)
        }
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall {
        ScriptCall(ExclusiveCalls.withdraw, keys: keys, argumentCount: 3) { [info, extra, releaseFlags] writer, _ in
            writer.member(token, extra, info)
            writer.argument(givesBack ? "1" as StaticString : "0")
            writer.argument(releaseFlags)
        }
    }

    /// Takes a level of the same owner over.
    func adopt(token: String, lease: Int64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.adopt, keys: keys, argumentCount: 2) { [info, extra] writer, _ in
            writer.member(token, extra, info)
            writer.argument(lease)
        }
    }

    /// Leaves a level to other handles of the owner.
    func detach(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.detach, keys: keys, argumentCount: 3) { [info, extra] writer, _ in
            writer.member(token, extra, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(lease)
        }
    }

    /// Raises the fence of what is held.
    func raise(token: String, fence: UInt64, to greater: UInt64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.raise, keys: keys, argumentCount: 3) { [info, extra] writer, _ in
            writer.member(token, extra, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(Int64(clamping: greater))
        }
    }

    /// Has one server of a quorum grant again what the others grant under a fence.
    func mend(token: String, lease: Int64, fence: UInt64) -> ScriptCall {
        ScriptCall(ExclusiveCalls.mend, keys: keys, argumentCount: 4) { [info, releaseFlags] writer, _ in
            writer.member(token, nil, info)
            writer.argument(lease)
            writer.argument(Int64(clamping: fence))
            writer.argument(releaseFlags)
        }
    }

    /// Has the leader publish another value than the one it won with.
    func announce(token: String, fence: UInt64, value: String) -> ScriptCall {
        ScriptCall(ExclusiveCalls.announce, keys: keys, argumentCount: 3) { [info, extra] writer, _ in
            writer.member(token, extra, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(value)
        }
    }

    /// - Parameter fence: 0 for any grant.
    func breakHold(fence: UInt64, _ ticket: CallTicket) -> ScriptCall {
        ScriptCall(
            ExclusiveCalls.breakHold, keys: keys + keys.map { Keys.lane($0, ticket.lane) },
            arguments: [String(fence), "\(releaseFlags)", String(ticket.number)])
    }

    /// - Parameter waiters: How many of those in line to name.
    func inspect(waiters: Int = 0) -> ScriptCall {
        ScriptCall(ExclusiveCalls.inspect, keys: keys, arguments: [String(waiters)])
    }
}

extension CommandWriter {
    /// Who holds or waits, as exclusive_state.lua writes it: "<token>[;<extra>] <what others see>".
    func member(_ token: String, _ extra: String?, _ info: String) {
        beginArgument(length: token.utf8.count + (extra.map { 1 + $0.utf8.count } ?? 0) + 1 + info.utf8.count)
        append(token)
        if let extra {
            append(";")
            append(extra)
        }
        append(" ")
        append(info)
        endArgument()
    }
}
