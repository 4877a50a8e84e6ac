// Many readers or one writer.

import DistCoordRedis

/// A read-write lock; each acquire is a hold of its own.
public final class ReadWriteLock: Sendable {
    private let place: PermitPlace

    /// Makes an object; nothing is sent.
    public init(client: Client, name: String, options: LockOptions) throws(CoordinationError) {
        place = try PermitPlace(client: client, kind: .read, name: name, options: options)
    }

    /// How long an acquire waits that does not say.
    public var defaultWait: Int64 { place.options.wait }

    /// Acquires it for reading, waiting for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with the hold, `.timedOut`, `.cancelled`, `.interrupted`.
    public func read(milliseconds: Int64) throws(CoordinationError) -> (Status, (any LockForm)?) {
        try place.acquire(.read(owner), milliseconds: milliseconds)
    }

    /// Acquires it for writing; as `read`.
    public func write(milliseconds: Int64) throws(CoordinationError) -> (Status, (any LockForm)?) {
        try place.acquire(.write(owner), milliseconds: milliseconds)
    }

    /// Asks the server.
    public func inspect() throws(CoordinationError) -> PermitSnapshot { try place.inspect() }

    /// Ends the waits in progress.
    public func cancelWaits() { place.cancelWaits() }

    /// Who acquires: the explicit owner, else the calling thread with this object.
    private var owner: PermitOwner {
        place.options.owner == nil ? .thread(NativeThread.currentID) : .explicit
    }
}
