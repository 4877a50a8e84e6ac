// Locks between processes that end with their holders.

import Glibc

/// A file that can be locked by flock(2).
final class FileLock {
    enum Mode {
        case shared, exclusive
    }

    private(set) var descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        forget()
    }

    /// Opens a file to lock it.
    ///
    /// - Returns: Nil when it is not to be created and does not exist.
    static func open(_ path: String, creating: Bool) throws(RedisError) -> FileLock? {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creating ? O_CREAT : 0)
        let opened = Glibc.open(path, flags, 0o600)
        guard opened >= 0 else {
            let number = errno
            if !creating, number == ENOENT { return nil }
            throw RedisError(
                .system, "cannot open '\(path)': \(TransportError.reason(number)); check its owner and permissions")
        }
        // Out of the way of the numbers under which a child process gets its own.
        let moved = fcntl(opened, F_DUPFD_CLOEXEC, 10)
        guard moved >= 0 else { return FileLock(descriptor: opened) }
        Glibc.close(opened)
        return FileLock(descriptor: moved)
    }

    /// Takes the lock if it is free.
    func tryAcquire(_ mode: Mode) throws(RedisError) -> Bool {
        while flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            let number = errno
            if number == EWOULDBLOCK { return false }
            guard number == EINTR else {
                throw RedisError(
                    .system,
                    "cannot lock a file: \(TransportError.reason(number)); put XDG_RUNTIME_DIR and XDG_DATA_HOME on a local disk"
                )
            }
        }
        return true
    }

    /// Gives the lock back and closes the file. Unlocks first: a child that was forked meanwhile has the file open too.
    func release() {
        guard descriptor >= 0 else { return }
        _ = flock(descriptor, LOCK_UN)
        forget()
    }

    /// Closes the file; whoever inherited it keeps the lock.
    func forget() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
