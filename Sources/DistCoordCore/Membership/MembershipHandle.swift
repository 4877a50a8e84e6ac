// A handle on a group: who belongs to it right now. A member is held under a lease, as a lock is; the handle lists and
// watches all of them, and may be one itself.

import DistCoordRedis

/// Joins, leaves, lists and watches; used by any number of threads.
public final class MembershipHandle: Sendable {
    public let name: String
    private let client: Client
    private let calls: MemberCalls
    private let grant: GrantHandle

    private static let list = Script("members_list", PackageResources.members_list_lua)

    static var scripts: [Script] { [list] }

    /// Longest value of a member, and longest id, in bytes.
    public static let valueLimit = 4_096
    public static let idLimit = 128

    /// - Parameters:
    ///   - id: Under which it joins; nil for one that is made here.
    ///   - value: What others see of it; nil for the client's label.
    public init(
        client: Client, name: String, lease: Int64, id: String?, value: String?
    ) throws(CoordinationError) {
        try Names.check(name, what: "group name")
        try LeaseLength.check(lease)
        if let id { try MembershipHandle.check(id: id) }
        let value = value ?? client.options.label
        try MembershipHandle.check(value: value)
        try client.checkOpen()
        try client.requireOneServer("a group")
        self.client = client
        self.name = name
        calls = MemberCalls(
            key: Keys(namespace: client.options.namespace).group(name: name), group: name,
            id: id ?? Identifiers.make(), label: client.options.label, value: value)
        grant = GrantHandle(
            client: client, calls: calls, terms: GrantTerms(lease: lease, renews: true, isCounted: false))
    }

    /// Fails when an id is not one.
    public static func check(id: String) throws(CoordinationError) {
        try Names.check(id, what: "member's id", limit: idLimit)
    }

    /// Fails when a value is too long.
    public static func check(value: String) throws(CoordinationError) {
        if value.utf8.count > valueLimit {
            throw .invalid("the member's value has \(value.utf8.count) bytes; at most \(valueLimit) are allowed")
        }
    }

    /// Under which it joins.
    public var id: String { calls.id }

    // MARK: - Being a member

    /// Joins the group.
    ///
    /// - Returns: `.ok`, also when it is a member; `.exists` when another has its id; `.cancelled`, `.interrupted`.
    public func join() throws(CoordinationError) -> Status {
        try grant.checkProcess()
        if grant.state == .held { return .ok }
        let session = try client.openSession()
        let status = try grant.acquire(milliseconds: 0)
        if status != .ok, status != .timedOut { session.settleChores() }
        return status == .timedOut ? .exists : status
    }

    /// Leaves the group.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    public func leave() throws(CoordinationError) -> Status {
        let (lease, session) = grant.hold.withLock { ($0.lease, $0.session) }
        do throws(CoordinationError) {
            return try grant.release()
        } catch {
            // It is no member any more here: the others are to see that before its lease ends.
            if let lease, let session, error.status.isRetriable || error.status == .interrupted {
                session.chores.add(calls.release(token: lease.token, fence: lease.fence))
            }
            throw error
        }
    }

    /// Changes what others see of this member, now and the next time it joins.
    ///
    /// - Returns: `.ok`, `.lost`.
    public func setValue(_ value: String) throws(CoordinationError) -> Status {
        try MembershipHandle.check(value: value)
        try client.checkOpen()
        calls.value = value
        let status = try grant.change { calls.announce(token: $0, fence: $1) }
        return status == .notHeld ? .ok : status
    }

    /// What this handle is, without asking the server.
    public var state: GrantState { grant.state }

    /// Waits until the present membership is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try grant.waitLost(milliseconds: milliseconds)
    }

    /// Readable while the state is lost.
    public var eventDescriptor: Int32 { grant.eventDescriptor }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() { grant.cancelWaits() }

    /// Leaves in the background: the handle is being freed.
    public func dispose() { grant.dispose() }

    // MARK: - All members

    /// The members, in order of joining.
    public func members() throws(CoordinationError) -> [GroupMember] {
        let session = try client.openSession()
        return MemberList(try session.run(MembershipHandle.list(calls.key))).members
    }

    /// Watches who comes and goes.
    public func watch() throws(CoordinationError) -> MembershipWatch {
        try MembershipWatch(client, group: name, list: MembershipHandle.list(calls.key))
    }

    private static func list(_ key: String) -> ScriptCall {
        ScriptCall(list, keys: [key], arguments: [])
    }
}
