// Threads of the library itself. They block every signal, so that a host's handlers only ever run on the host's threads.

import CLinux
import Glibc

/// Starts and names threads.
public enum NativeThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new detached thread.
    ///
    /// - Parameters:
    ///   - name: Shown by `top -H`; at most 15 bytes.
    ///   - stack: Bytes of its stack.
    ///   - body: What the thread does; the thread ends with it.
    public static func start(
        _ name: String, stack: Int = 512 * 1024, _ body: @escaping @Sendable () -> Void
    ) throws(RedisError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stack)

        // A thread inherits the mask of its maker: set it around the making, so that no signal slips in between.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

        let argument = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                _ = clinux_name_thread(body.name)
                body.run()
                return nil
            }, argument.toOpaque())
        if failure != 0 {
            argument.release()
            throw RedisError(
                .system, "cannot start a thread: \(SystemMessage.text(failure)); raise the process's thread limit")
        }
    }

    /// The calling thread's number on this machine.
    public static var currentID: Int { clinux_gettid() }

    /// Whether the calling thread is the process's first, the one on which hosts such as Python handle signals.
    public static var isInitial: Bool {
        clinux_gettid() == Int(getpid())
    }
}

/// Texts of errno.
public enum SystemMessage {
    /// What the C library says about an error number.
    public static func text(_ number: Int32) -> String {
        // strerror is not safe between threads.
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
