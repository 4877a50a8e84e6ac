// An eventfd: something a poll loop can watch beside its sockets.

import CLinux
import Glibc

/// A descriptor that is readable while it is raised.
public final class EventDescriptor: Sendable {
    /// The descriptor, or -1 when the process has none left.
    public let descriptor: Int32

    public init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Makes the descriptor readable.
    public func raise() {
        var one: UInt64 = 1
        _ = Glibc.write(descriptor, &one, 8)
    }

    /// Makes it unreadable again.
    public func lower() {
        var count: UInt64 = 0
        _ = Glibc.read(descriptor, &count, 8)
    }
}
