// Pipes, threads and the clock.

import Glibc
import Synchronization

/// Held while a pipe is made and while a child is started. Swift's Glibc has no pipe2, and a child of another thread
/// that got a descriptor before it was marked would keep the pipe open: nobody would ever see its end.
let descriptorLock = Mutex(())

struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    /// Closed in children unless they are given it.
    init() throws {
        var ends: [Int32] = [-1, -1]
        let failure: Int32 = descriptorLock.withLock { _ in
            guard pipe(&ends) == 0 else { return errno }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return 0
        }
        if failure != 0 {
            throw Complaint("no pipe: \(String(cString: strerror(failure)))", status: ExitStatus.ourFault)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    func closeBoth() {
        close(readEnd)
        close(writeEnd)
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread that nobody joins.
func startThread(_ body: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, &attributes,
        { context in
            if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }, context.toOpaque())
    if failure != 0 {
        context.release()
        throw Complaint("no thread: \(String(cString: strerror(failure)))", status: ExitStatus.ourFault)
    }
}

/// Milliseconds of a clock that nobody sets.
func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}

/// Time left until a deadline as poll(2) wants it; -1 without a deadline.
func pollTimeout(until deadline: Int64?) -> Int32 {
    guard let deadline else { return -1 }
    return Int32(clamping: max(0, deadline - monotonicMilliseconds()))
}
