// What all lock handles of the C interface can do, whatever they stand for.

/// A lock, several, a hold of a read-write lock, permits of a semaphore.
public protocol LockForm: AnyObject, Sendable {
    /// Acquires, waiting for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok`, `.timedOut`, `.cancelled`, `.interrupted`.
    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status

    /// Lets go, and hands over to the next in line.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    func release() throws(CoordinationError) -> Status

    /// Sets the lease to end `milliseconds` from now (0: the handle's own length).
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    func extend(milliseconds: Int64) throws(CoordinationError) -> Status

    /// Takes over what the explicit owner holds.
    ///
    /// - Returns: `.ok`, `.notHeld`.
    func adopt() throws(CoordinationError) -> Status

    /// Leaves it to another handle of the explicit owner.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    func detach() throws(CoordinationError) -> Status

    /// Turns a writer's hold into a reader's.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    func downgrade() throws(CoordinationError) -> Status

    /// How long an acquire waits that does not say.
    var defaultWait: Int64 { get }
    /// What this handle holds, without asking the server.
    var state: GrantState { get }
    /// Fence of the present grant, else of the last one, else 0.
    var fence: UInt64 { get }
    /// For how long it is held for certain, in milliseconds.
    var leaseLeft: Int64 { get }
    /// How many levels are held.
    var depth: Int { get }
    /// Readable while the state is lost.
    var eventDescriptor: Int32 { get }

    /// Waits until the present grant is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status

    /// Ends the waits in progress on this handle.
    func cancelWaits()

    /// Asks the server who holds it, and who waits; nil when nobody holds it.
    func inspect() throws(CoordinationError) -> ExclusiveSnapshot?

    /// Takes it from whoever holds it under that fence (0: any).
    ///
    /// - Returns: `.ok`, `.notHeld`.
    func breakHold(fence: UInt64) throws(CoordinationError) -> Status

    /// Lets go in the background: the handle is being freed.
    func dispose()
}

extension LockForm {
    public var depth: Int { state == .held ? 1 : 0 }

    public func adopt() throws(CoordinationError) -> Status {
        throw .invalid("only a handle with an explicit owner can adopt; set one in its options")
    }

    public func detach() throws(CoordinationError) -> Status {
        throw .invalid("only a handle with an explicit owner can be detached; set one in its options")
    }

    public func downgrade() throws(CoordinationError) -> Status {
        throw .invalid("only a hold of a read-write lock can be downgraded")
    }
}

/// A lock that is one grant of one handle: the parts that need nothing else.
protocol SingleGrantForm: LockForm {
    var grant: GrantHandle { get }
}

extension SingleGrantForm {
    public func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        try grant.acquire(milliseconds: milliseconds)
    }

    public func release() throws(CoordinationError) -> Status { try grant.release() }

    public func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        try grant.extend(milliseconds: milliseconds)
    }

    public var state: GrantState { grant.state }
    public var fence: UInt64 { grant.fence }
    public var leaseLeft: Int64 { grant.leaseLeft }
    public var eventDescriptor: Int32 { grant.eventDescriptor }

    public func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try grant.waitLost(milliseconds: milliseconds)
    }

    public func cancelWaits() { grant.cancelWaits() }

    public func dispose() { grant.dispose() }
}
