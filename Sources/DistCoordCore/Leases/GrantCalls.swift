// What differs between the things that are granted: the calls to the server. The engine that waits, keeps and lets go
// (GrantHandle) is one for all of them, because all answer in the same words.

import DistCoordRedis

/// Kinds of what is held; numbers are those of include/distcoord/monitor.h.
public enum HoldKind: Int32, Sendable, CaseIterable {
    case lock = 0
    case read, write, semaphore, election

    /// As keys call it.
    var word: String {
        switch self {
        case .lock: "lock"
        case .read, .write: "rwlock"
        case .semaphore: "semaphore"
        case .election: "election"
        }
    }

    /// As people call it.
    var title: String {
        switch self {
        case .read, .write: "read-write lock"
        default: word
        }
    }

    /// Part of the keys of statistics, which tell readers and writers apart.
    var countedAs: String {
        switch self {
        case .read: "read"
        case .write: "write"
        default: word
        }
    }

    /// The kind with a number, or an error that says which numbers there are.
    public static func checked(_ number: Int32) throws(CoordinationError) -> HoldKind {
        guard let kind = HoldKind(rawValue: number) else {
            throw .invalid("there is no kind \(number); DISTCOORD_KIND_* of monitor.h are 0 to \(allCases.count - 1)")
        }
        return kind
    }
}

/// What a grant is of.
struct GrantSubject: Hashable, Sendable, CustomStringConvertible {
    let kind: HoldKind
    let name: String

    var description: String { "\(kind.title) '\(name)'" }
}

extension [GrantSubject] {
    /// One thing, or several locks.
    var inWords: String {
        count == 1 ? self[0].description : "locks " + map { "'\($0.name)'" }.joined(separator: ", ")
    }
}

/// The calls on one thing that can be granted. Every attempt has a token, which makes its calls safe to send twice.
///
/// Replies:
/// - acquire: the fence, when it is held now for the lease asked for; {1, fence, lease left in ms}, when it is held; {0, number on
///   arrival, place in line, ms until that may change, the server's clock in us[, 1 when a lingering holder was asked to let
///   go]}, when it is not; a negative number, when it is refused (`refusal`).
/// - release: 1 when it was held, -1 when it was not. extend: 1; 2 when it is extended but wanted elsewhere; 0 when it is lost.
/// - withdraw: {0}, or {1, fence, lease left in ms} when it was granted meanwhile and is held.
protocol GrantCalls: Sendable {
    /// What it is, for statistics and for messages; nothing where neither is done by name.
    var subjects: [GrantSubject] { get }
    /// What it is, in words.
    var what: String { get }
    /// Whether an acquire may have it though others are in line: then it pays to try before joining them.
    var isUnfair: Bool { get }

    /// - Parameter arrival: Number on first arrival, 0 at first; nil not to wait.
    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply

    /// - Parameter onResend: Called when the call is sent a second time: its answer is then ambiguous.
    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply

    /// The same for the background.
    func release(token: String, fence: UInt64) -> ScriptCall
    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall
    func withdraw(token: String, givesBack: Bool) -> ScriptCall

    /// Why the server refused, for a negative answer.
    func refusal(_ code: Int64) -> CoordinationError
}

extension GrantCalls {
    var isUnfair: Bool { false }

    var what: String { subjects.inWords }

    func refusal(_ code: Int64) -> CoordinationError {
        CoordinationError(.internalError, "the server refused \(what) with \(code), which this version does not know")
    }
}
