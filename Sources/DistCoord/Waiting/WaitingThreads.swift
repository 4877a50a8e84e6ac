// Threads for calls that block. Swift's cooperative pool has one thread per core and stalls as a whole when tasks block
// on it, so no call of the library that can wait or talk to the server ever runs there.

import Glibc
import Synchronization

/// As many threads as there are blocked calls; one that had nothing to do for ten seconds ends.
final class WaitingThreads: Sendable {
    typealias Work = @Sendable () -> Void

    static let shared = WaitingThreads()

    private struct State {
        var work: [Work] = []
        var idle = 0
    }

    private static let idleSeconds = 10
    // The calls need little stack, and a thousand of these threads may exist.
    private static let stackBytes = 512 * 1024

    // Never freed: the pool lives as long as the process.
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let wake: UnsafeMutablePointer<pthread_cond_t>
    // Touched only with the mutex held.
    private nonisolated(unsafe) let state: UnsafeMutablePointer<State>

    private init() {
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Idle time must not follow someone setting the clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(wake, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// Runs the work on a thread that no other call occupies. False when the process can have no further thread.
    func run(_ work: @escaping Work) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        // Queueing without a thread for it could wait for the very call that this work is to end.
        if state.pointee.idle <= state.pointee.work.count, !startThread() { return false }
        state.pointee.work.append(work)
        pthread_cond_signal(wake)
        return true
    }

    private func startThread() -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        // Signals are the host's business; a thread of ours must not be the one that runs its handlers.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, &attributes,
            { _ in
                WaitingThreads.shared.serve()
                return nil
            }, nil)
        if failed != 0 { return false }
        // Counted here and not by the thread itself, which may run later than the next `run`.
        state.pointee.idle += 1
        return true
    }

    private func serve() {
        pthread_mutex_lock(mutex)
        while true {
            var deadline = timespec()
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            deadline.tv_sec += Self.idleSeconds
            while state.pointee.work.isEmpty {
                if pthread_cond_timedwait(wake, mutex, &deadline) == ETIMEDOUT, state.pointee.work.isEmpty {
                    state.pointee.idle -= 1
                    pthread_mutex_unlock(mutex)
                    return
                }
            }
            let work = state.pointee.work.removeFirst()
            state.pointee.idle -= 1
            pthread_mutex_unlock(mutex)
            work()
            pthread_mutex_lock(mutex)
            state.pointee.idle += 1
        }
    }
}
