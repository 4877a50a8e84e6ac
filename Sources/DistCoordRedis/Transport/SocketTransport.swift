// A plain socket: TCP or unix.

import Glibc

/// A transport that is a socket and nothing else. Needs no lock: the kernel lets one thread read and another write.
public final class SocketTransport: Transport {
    /// The socket.
    public let descriptor: Int32
    private let owner = getpid()

    /// - Parameter descriptor: A connected socket, which the transport owns from now on.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
        // Blocking with a time limit, and MSG_DONTWAIT where nothing is to be waited for: a caller alone on its connection
        // then waits for its reply in recv itself, where poll and recv would cost a tenth of the throughput.
        SocketCalls.setReceiveTimeout(descriptor, milliseconds: Patience.slice)
    }

    // Only here, when no thread can be in poll with the number any more.
    deinit {
        Glibc.close(descriptor)
    }

    /// See `Transport.read(into:)`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int {
        try receive(into: buffer, waits: false)
    }

    /// See `Transport.readOrWait(into:)`.
    public func readOrWait(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int {
        try receive(into: buffer, waits: true)
    }

    private func receive(into buffer: UnsafeMutableRawBufferPointer, waits: Bool) throws(RedisError) -> Int {
        guard buffer.count > 0 else { return 0 }
        switch SocketCalls.receive(descriptor, buffer.baseAddress, buffer.count, waits: waits) {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .ended: throw TransportError.endOfStream
        case .failed(let number): throw TransportError.broken(number)
        }
    }

    /// See `Transport.write(_:)`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(RedisError) -> Int {
        guard bytes.count > 0 else { return 0 }
        switch SocketCalls.send(descriptor, bytes.baseAddress, bytes.count) {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .ended: throw TransportError.endOfStream
        case .failed(let number): throw TransportError.broken(number)
        }
    }

    /// See `Transport.hasBufferedInput`.
    public var hasBufferedInput: Bool { false }
    /// See `Transport.readEvents`.
    public var readEvents: Int16 { Int16(POLLIN) }
    /// See `Transport.writeEvents`.
    public var writeEvents: Int16 { Int16(POLLOUT) }

    /// See `Transport.close()`.
    public func close() {
        guard getpid() == owner else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
