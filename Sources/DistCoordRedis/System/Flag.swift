// A flag that threads share.

import Synchronization

/// A Boolean that any thread may set and clear.
public final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    public init() {}

    public var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }

    public func set() { value.store(true, ordering: .sequentiallyConsistent) }

    public func clear() { value.store(false, ordering: .sequentiallyConsistent) }
}
