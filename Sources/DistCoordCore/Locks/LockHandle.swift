// What makes an exclusive handle a lock.

/// Options of a lock.
public struct LockOptions: Sendable {
    /// Milliseconds for which the lock outlives its holder.
    public var lease: Int64 = 10_000
    /// Whether the lease is renewed while the lock is held.
    public var renews = true

    public init() {}
}

extension ExclusiveHandle {
    /// A handle on a lock.
    public convenience init(lockOf client: Client, name: String, options: LockOptions) throws(CoordinationError) {
        try self.init(
            client: client, kind: .lock, name: name, lease: options.lease, renews: options.renews,
            info: client.options.label)
    }
}
