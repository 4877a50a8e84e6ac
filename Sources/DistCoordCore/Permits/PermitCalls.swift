// The calls to the server for holds of read-write locks and for permits of semaphores: two names for one thing, see
// permits_state.lua.

import DistCoordRedis

/// What an acquire asks for.
enum PermitWish: Hashable, Sendable {
    case read(PermitOwner)
    case write(PermitOwner)
    case permits(Int64)

    var kind: HoldKind {
        switch self {
        case .read: .read
        case .write: .write
        case .permits: .semaphore
        }
    }

    /// As the scripts write it.
    fileprivate var weight: String {
        switch self {
        case .read: "r"
        case .write: "w"
        case .permits(let count): String(count)
        }
    }
}

/// Who holds a read-write lock.
enum PermitOwner: Hashable, Sendable {
    /// A thread, with one object.
    case thread(Int)
    /// Whoever knows the id in the object's options.
    case explicit
}

/// Calls on one name, for one wish. A class, because each hold has them, and several closures.
final class PermitCalls: GrantCalls {
    /// The one declared key; the holders and the line of waiters are named after it, in the same slot.
    private let keys: [String]
    let subjects: [GrantSubject]
    private let weight: String
    private let owner: String
    /// How many permits there are, if nobody has said so before.
    private let limit: String
    /// What stands between the token and what others see.
    private let extra: String
    /// What others see of the holder.
    private let info: String
    /// Whether a hold of it can be turned into a reader's.
    var canBeDowngraded: Bool { !owner.isEmpty }

    private static let acquire = Script("permits_acquire", PackageResources.permits_acquire_lua)
    private static let release = Script("permits_release", PackageResources.permits_release_lua)
    private static let extend = Script("permits_extend", PackageResources.permits_extend_lua)
    private static let withdraw = Script("permits_withdraw", PackageResources.permits_withdraw_lua)
    private static let downgrade = Script("permits_downgrade", PackageResources.permits_downgrade_lua)
    private static let look = Script("permits_look", PackageResources.permits_look_lua)

    static var scripts: [Script] { [acquire, release, extend, withdraw, downgrade, look] }

    /// - Parameters:
    ///   - owner: As it stands in a member; empty for permits.
    ///   - limit: Empty for read-write locks.
    init(key: String, name: String, wish: PermitWish, owner: String, limit: String, info: String) {
        keys = [key]
        subjects = [GrantSubject(kind: wish.kind, name: name)]
        weight = wish.weight
        self.owner = owner
        self.limit = limit
        extra = owner.isEmpty ? weight : weight + ";" + owner
        self.info = info
    }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        try redis.run(PermitCalls.acquire, keys: keys, argumentCount: 6, patience: patience) { writer, _ in
            writer.member(token, extra, info)
            writer.argument(weight)
            writer.argument(owner)
            writer.argument(lease)
            if let arrival { writer.argument(arrival) } else { writer.argument("try" as StaticString) }
            writer.argument(limit)
        }
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try redis.run(PermitCalls.release, keys: keys, argumentCount: 3, patience: patience) { writer, isResent in
            if isResent { onResend() }
            writeGrant(writer, token, fence)
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(PermitCalls.release, keys: keys, argumentCount: 3) { [self] writer, _ in
            writeGrant(writer, token, fence)
        }
    }

    /// Turns a writer's hold into a reader's.
    func downgrade(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(PermitCalls.downgrade, keys: keys, argumentCount: 3) { [self] writer, _ in
            writeGrant(writer, token, fence)
        }
    }

    private func writeGrant(_ writer: CommandWriter, _ token: String, _ fence: UInt64) {
        writer.member(token, extra, info)
        writer.argument(owner)
        writer.argument(Int64(clamping: fence))
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(PermitCalls.extend, keys: keys, argumentCount: 3) { [self] writer, _ in
            writer.member(token, extra, info)
            writer.argument(Int64(clamping: fence))
            writer.argument(lease)
        }
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall {
        ScriptCall(PermitCalls.withdraw, keys: keys, argumentCount: 3) { [self] writer, _ in
            writer.member(token, extra, info)
            writer.argument(owner)
            writer.argument(givesBack ? "1" as StaticString : "0")
        }
    }

    /// Looks at one hold.
    func look(token: String, fence: UInt64) -> ScriptCall {
        ScriptCall(PermitCalls.look, keys: keys, argumentCount: 2) { [self] writer, _ in
            writer.member(token, extra, info)
            writer.argument(Int64(clamping: fence))
        }
    }

    func refusal(_ code: Int64) -> CoordinationError {
        switch code {
        case -1:
            CoordinationError(
                .conflict,
                "the owner reads \(what) and would wait for itself; release that first, or write from the start")
        case -2:
            CoordinationError(
                .conflict, "\(what) has fewer than \(weight) permits altogether; ask for fewer, or resize it")
        case -3:
            CoordinationError(
                .conflict,
                "the owner has another hold that writes \(what); release all but one before downgrading it")
        default:
            CoordinationError(
                .internalError, "the server refused \(what) with \(code), which this version does not know")
        }
    }
}
