// A value behind a lock. Not Synchronization.Mutex: on Linux that identifies its owner by a thread number which it keeps in
// thread-local memory, and in a forked child the number is the parent's, so that the first contention there ends the process.

import Glibc

/// A value that one thread at a time may use.
public final class Guarded<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    public init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value, while no other thread does. Not to be called by `body` again, and whatever `body` lets go
    /// of must not call it either when it ends.
    @inlinable
    public func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body(&valueInPlace)
    }

    @usableFromInline
    func lock() {
        pthread_mutex_lock(mutex)
    }

    @usableFromInline
    func unlock() {
        pthread_mutex_unlock(mutex)
    }

    @usableFromInline
    var valueInPlace: Value {
        get { value }
        _modify { yield &value }
    }
}
