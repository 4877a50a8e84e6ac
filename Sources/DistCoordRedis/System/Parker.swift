// Where a thread sleeps until another wakes it. One bit of memory: a wake-up that comes before the sleep is not lost.

import Glibc

/// A one-bit semaphore for one sleeping thread at a time.
public final class Parker: @unchecked Sendable {
    // Allocated by hand: pthread objects must not move, and Swift gives stored properties no fixed address.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var permitted = false

    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Lets the sleeping thread go on, or the next sleep end at once.
    public func unpark() {
        pthread_mutex_lock(mutex)
        permitted = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Sleeps until `unpark` or the deadline; true when it was `unpark`.
    @discardableResult
    public func park(until deadline: Instant) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !permitted {
            if deadline == .never {
                pthread_cond_wait(condition, mutex)
                continue
            }
            let left = deadline.milliseconds()
            if left == 0 { return false }
            // Deadlines are of the boot clock, which pthread conditions cannot wait for: sleep on the monotonic one, at most
            // a minute at a time, so that a suspended machine is noticed soon after it wakes up.
            var until = timespec()
            clock_gettime(CLOCK_MONOTONIC, &until)
            let step = min(left, 60_000)
            until.tv_sec += Int(step / 1_000)
            until.tv_nsec += Int(step % 1_000) * 1_000_000
            if until.tv_nsec >= 1_000_000_000 {
                until.tv_sec += 1
                until.tv_nsec -= 1_000_000_000
            }
            pthread_cond_timedwait(condition, mutex, &until)
        }
        permitted = false
        return true
    }

    /// Forgets a wake-up that nobody slept for.
    public func reset() {
        pthread_mutex_lock(mutex)
        permitted = false
        pthread_mutex_unlock(mutex)
    }
}
