// Tells when a lease is lost. One thread watches the descriptors of all leases: a thread for each would make a program
// with a thousand held locks a program with a thousand threads.

import Glibc
import Synchronization

final class LossMonitor: Sendable {
    static let shared = LossMonitor()

    private struct State {
        var watched: [Int32: @Sendable () -> Void] = [:]
        var wakeWriteEnd: Int32 = -1
    }

    private let state = Mutex(State())

    /// Calls `onLoss` once, on the monitor's thread, when the descriptor becomes readable. False when the process has
    /// no descriptor or thread left: then a loss could not be told, and the lease must not be worked under.
    func watch(_ descriptor: Int32, onLoss: @escaping @Sendable () -> Void) -> Bool {
        guard descriptor >= 0 else { return false }
        return state.withLock { state in
            if state.wakeWriteEnd < 0, !start(&state) { return false }
            state.watched[descriptor] = onLoss
            wake(state.wakeWriteEnd)
            return true
        }
    }

    /// Afterwards the descriptor may be closed, while a call of `onLoss` that has begun may still run. The thread may
    /// poll the number once more; it looks up what it is for only after it woke, so a number in new use does no harm.
    func unwatch(_ descriptor: Int32) { state.withLock { _ = $0.watched.removeValue(forKey: descriptor) } }

    private func start(_ state: inout State) -> Bool {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return false }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        // Holds a thread of the pool for good, which is what it has instead of a pool of its own.
        guard WaitingThreads.shared.run({ LossMonitor.shared.serve(readEnd) }) else {
            close(readEnd)
            close(writeEnd)
            return false
        }
        state.wakeWriteEnd = writeEnd
        return true
    }

    private func wake(_ writeEnd: Int32) {
        var byte: UInt8 = 1
        // A full pipe means that the thread is to wake anyway.
        _ = write(writeEnd, &byte, 1)
    }

    private func serve(_ wakeReadEnd: Int32) {
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            var descriptors = [pollfd(fd: wakeReadEnd, events: Int16(POLLIN), revents: 0)]
            state.withLock { state in
                for descriptor in state.watched.keys {
                    descriptors.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                }
            }
            guard poll(&descriptors, nfds_t(descriptors.count), -1) > 0 else { continue }
            while read(wakeReadEnd, &buffer, buffer.count) > 0 {}
            for entry in descriptors.dropFirst() where entry.revents != 0 {
                // Looked at again with the lock held: the number may have come to mean another lease meanwhile.
                let onLoss = state.withLock { state -> (@Sendable () -> Void)? in
                    guard state.watched[entry.fd] != nil else { return nil }
                    var again = pollfd(fd: entry.fd, events: Int16(POLLIN), revents: 0)
                    guard poll(&again, 1, 0) > 0 else { return nil }
                    return state.watched.removeValue(forKey: entry.fd)
                }
                // Without the lock, as it cancels a task, which runs the cancellation handlers of whoever is in it.
                onLoss?()
            }
        }
    }
}
