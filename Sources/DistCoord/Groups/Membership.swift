// Who belongs to a group right now.

/// A view on a group, and a member of it once it has joined. A member that dies is gone when its lease ends; one that
/// leaves, at once. <doc:Groups> says what holds.
///
/// ```swift
/// let workers = try client.membership("workers", value: address)
/// try await workers.withMembership { member in
///     try await serve()
/// }
/// ```
///
/// One that is dropped while it is a member leaves in the background.
public final class Membership: Sendable {
    /// What a membership knows about itself, without asking the server.
    public enum State: Sendable, Hashable {
        /// It has not joined, or has left.
        case outside
        /// It is a member.
        case joined
        /// It was one, but its lease has ended.
        case lost
    }

    /// The group's name.
    public let name: String
    /// How it belongs to the group; ``MembershipOptions/value`` is what it began with.
    public let options: MembershipOptions
    /// The id under which it joins.
    public let id: String

    private let client: Client
    private let handle: BlockingMembership

    init(_ client: Client, name: String, _ options: MembershipOptions) throws {
        let handle = try BlockingMembership(client.blocking, name, options)
        self.client = client
        self.name = name
        self.options = options
        self.handle = handle
        id = handle.id
    }

    // MARK: Belonging

    /// Joins; one that is a member already stays it. Its lease is renewed until it leaves.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/exists`` when another member has the id.
    public func join() async throws {
        if try await offload({ [handle] in try handle.join() }) != .ok {
            throw DistCoordError(.exists, "\(what): another member has the id '\(id)'")
        }
    }

    /// Leaves. Throws ``DistCoordError/Code-swift.struct/notHeld`` when it is no member, and
    /// ``DistCoordError/Code-swift.struct/lost`` when the lease had ended before.
    public func leave() async throws { try expectMember(try await offload { [handle] in try handle.leave() }) }

    /// Changes what others see of this member, now if it has joined, and for the next time it joins. Throws
    /// ``DistCoordError/Code-swift.struct/lost`` when the lease had ended.
    public func setValue(_ value: String) async throws {
        try expectMember(try await offload { [handle] in try handle.setValue(value) })
    }

    /// What it knows about itself.
    public var state: State { handle.state }

    /// Joins, runs the body, and leaves on every way out. Each call is a member of its own, which the body gets.
    ///
    /// When the membership is lost meanwhile, the task that runs the body is cancelled, and this throws
    /// ``DistCoordError/Code-swift.struct/lost`` once the body has returned.
    public func withMembership<Value: Sendable>(
        _ body: @escaping @Sendable (Membership) async throws -> Value
    ) async throws -> Value {
        let member = try Membership(client, name: name, options)
        try await member.join()
        let handle = member.handle
        let result = await runUnderLease(lossDescriptor: handle.lossDescriptor) { try await body(member) }
        let isLost = handle.state == .lost
        // When the server cannot be told, the lease ends the membership; the work was done all the same.
        let answer = try? await offload { try handle.leave() }
        if isLost || answer == .lost { try expectMember(.lost) }
        return try result.get()
    }

    // MARK: Looking on

    /// Lists the members in order of joining.
    public func members() async throws -> [Member] { try await offload { [handle] in try handle.members() } }

    /// Who comes and goes; the members of now come first.
    public var changes: Changes<MemberChange> { Changes(of: what) { [handle] in try handle.watch() } }

    private var what: String { "group '\(name)'" }

    private func expectMember(_ answer: Answer) throws {
        switch answer {
        case .ok: return
        case .lost: throw DistCoordError(.lost, "\(what): the lease of member '\(id)' has ended")
        default: throw DistCoordError(answer.code, "\(what): '\(id)' is no member")
        }
    }
}

extension Client {
    /// A view on a group, to join it or to see who is in it. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The group's name.
    ///   - options: What differs from the defaults.
    public func membership(_ name: String, options: MembershipOptions) throws -> Membership {
        try Membership(self, name: name, options)
    }

    /// A view on a group whose options are the defaults but for the value. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The group's name.
    ///   - value: What others see of this member; the client's label if not given.
    public func membership(_ name: String, value: String? = nil) throws -> Membership {
        try membership(name, options: MembershipOptions(value: value))
    }
}
