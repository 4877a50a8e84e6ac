// What a connection is made of: a non-blocking stream of bytes in both directions.

import Glibc

/// A connected stream. But for `readOrWait`, nothing blocks; whoever has to wait longer polls `descriptor`.
///
/// One thread may read while another writes. Two threads must not read, or write, at the same time.
public protocol Transport: AnyObject, Sendable {
    /// What to poll. The number stays taken until the transport is freed, also after `close`.
    var descriptor: Int32 { get }

    /// Reads what is there now.
    ///
    /// - Returns: Number of bytes; 0 when nothing is there yet.
    /// - Throws: `connectionLost` at the end of the stream, and when the connection is broken or closed.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int

    /// Reads what is there, or waits for it, for at most `Patience.slice` milliseconds.
    ///
    /// - Returns: Number of bytes; 0 when nothing came, or a signal did.
    func readOrWait(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int

    /// Writes what fits now. What did not fit must be what the next call begins with; more may follow it.
    ///
    /// - Returns: Number of bytes taken; possibly 0.
    /// - Throws: `connectionLost` when the connection is broken or closed.
    func write(_ bytes: UnsafeRawBufferPointer) throws(RedisError) -> Int

    /// Whether bytes are waiting inside although poll(2) on the descriptor may not say so.
    var hasBufferedInput: Bool { get }

    /// Events of poll(2) to wait for before the next read. With TLS it is not always POLLIN.
    var readEvents: Int16 { get }

    /// Events of poll(2) to wait for before the next write. With TLS it is not always POLLOUT.
    var writeEvents: Int16 { get }

    /// Ends the connection in both directions and wakes whoever polls it. Any number of times, from any thread. In a child
    /// of fork it does nothing: the connection is the parent's.
    func close()
}

extension Transport {
    /// For transports that cannot wait in the read itself.
    public func readOrWait(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int {
        if !hasBufferedInput {
            var watched = pollfd(fd: descriptor, events: readEvents, revents: 0)
            if poll(&watched, 1, Int32(Patience.slice)) <= 0 { return 0 }
        }
        return try read(into: buffer)
    }
}
