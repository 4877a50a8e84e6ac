// A number of permits for the fleet.

/// A semaphore; permits are taken one or several at a time.
public final class Semaphore: Sendable {
    private let place: PermitPlace
    private let permits: Int64

    /// Most permits that there can be.
    public static let mostPermits: Int64 = 1_000_000_000

    /// - Parameter permits: How many there are, if nobody has said so before.
    public init(client: Client, name: String, permits: Int64, options: LockOptions) throws(CoordinationError) {
        try Semaphore.check(permits)
        place = try PermitPlace(client: client, kind: .semaphore, name: name, permits: permits, options: options)
        self.permits = permits
    }

    /// How long an acquire waits that does not say.
    public var defaultWait: Int64 { place.options.wait }

    /// Acquires that many permits, waiting for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with the hold, `.timedOut`, `.cancelled`, `.interrupted`.
    public func acquire(_ count: Int64, milliseconds: Int64) throws(CoordinationError) -> (Status, (any LockForm)?) {
        if count < 1 { throw .invalid("\(count) permits cannot be acquired; ask for 1 or more") }
        return try place.acquire(.permits(count), milliseconds: milliseconds)
    }

    /// Changes how many permits there are, for all.
    public func resize(_ permits: Int64) throws(CoordinationError) {
        try Semaphore.check(permits)
        try place.resize(permits)
    }

    /// Asks the server. Before the first acquire the number of permits is the one that this object would set.
    public func inspect() throws(CoordinationError) -> PermitSnapshot {
        var snapshot = try place.inspect()
        if snapshot.permits == 0 { snapshot.permits = permits }
        return snapshot
    }

    /// Ends the waits in progress.
    public func cancelWaits() { place.cancelWaits() }

    private static func check(_ permits: Int64) throws(CoordinationError) {
        if !(1...mostPermits).contains(permits) {
            throw .invalid("\(permits) permits are out of range; 1 to \(mostPermits) are possible")
        }
    }
}
