// Signals that ask the process to end, as they come.

import Glibc
import Synchronization

/// SIGINT and SIGTERM while somebody asks for them. Before and after that they do what the program had them do.
enum Terminations {
    private struct State {
        var listeners: [Int: AsyncStream<Int32>.Continuation] = [:]
        var next = 0
        var before: [Int32: sigaction] = [:]
        var hasReader = false
    }

    private static let numbers = [SIGINT, SIGTERM]
    private static let state = Mutex(State())
    // Read and write end. Never closed: a handler may be about to write.
    private static let pipeEnds: [Int32] = {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return [-1, -1] }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        return ends
    }()
    // All that the handler touches, set before it is installed: an array's element is not safe to reach there.
    private nonisolated(unsafe) static let writeEnd: UnsafeMutablePointer<Int32> = {
        let place = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        place.initialize(to: -1)
        return place
    }()

    /// The signals that come from now on, until the stream is dropped or its task cancelled. Ends at once when the
    /// process has no descriptor or thread for it.
    static func stream() -> AsyncStream<Int32> {
        let (stream, listener) = AsyncStream<Int32>.makeStream()
        let number: Int? = state.withLock { state in
            guard startReader(&state) else { return nil }
            if state.listeners.isEmpty { install(&state) }
            state.next += 1
            state.listeners[state.next] = listener
            return state.next
        }
        guard let number else {
            listener.finish()
            return stream
        }
        listener.onTermination = { _ in
            state.withLock { state in
                state.listeners[number] = nil
                if state.listeners.isEmpty { restore(&state) }
            }
        }
        return stream
    }

    /// Has the signal do what it did before anybody asked, and sends it.
    static func end(by number: Int32) {
        state.withLock { restore(&$0) }
        // Threads that run tasks have all signals blocked, where this one would wait for ever.
        var numbers = sigset_t()
        sigemptyset(&numbers)
        sigaddset(&numbers, number)
        pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
        raise(number)
    }

    private static func startReader(_ state: inout State) -> Bool {
        if state.hasReader { return true }
        guard pipeEnds[0] >= 0 else { return false }
        writeEnd.pointee = pipeEnds[1]
        // Holds a thread of the pool for good.
        state.hasReader = WaitingThreads.shared.run {
            var byte: UInt8 = 0
            while true {
                guard read(pipeEnds[0], &byte, 1) == 1 else { continue }
                let listeners = Self.state.withLock { Array($0.listeners.values) }
                for listener in listeners { listener.yield(Int32(byte)) }
            }
        }
        return state.hasReader
    }

    private static func install(_ state: inout State) {
        for number in numbers {
            var before = sigaction()
            sigaction(number, nil, &before)
            // A caller that has us ignore it means it. SIG_IGN is a pointer with the value 1.
            if before.__sigaction_handler.sa_handler.map({ unsafeBitCast($0, to: Int.self) }) == 1 { continue }
            var action = sigaction()
            action.sa_flags = SA_RESTART
            action.__sigaction_handler.sa_handler = { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Terminations.writeEnd.pointee, &byte, 1)
                errno = saved
            }
            sigaction(number, &action, nil)
            state.before[number] = before
        }
    }

    private static func restore(_ state: inout State) {
        for (number, var before) in state.before { sigaction(number, &before, nil) }
        state.before = [:]
    }
}
