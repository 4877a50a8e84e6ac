// A plain socket: TCP or unix.

import Glibc

/// A transport that is a socket and nothing else. Needs no lock: the kernel lets one thread read and another write.
public final class SocketTransport: Transport {
    public let descriptor: Int32
    private let owner = getpid()

    /// - Parameter descriptor: A connected non-blocking socket, which the transport owns from now on.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    // Only here, when no thread can be in poll with the number any more.
    deinit {
        Glibc.close(descriptor)
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int {
        guard buffer.count > 0 else { return 0 }
        switch SocketCalls.receive(descriptor, buffer.baseAddress, buffer.count) {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .ended: throw TransportError.endOfStream
        case .failed(let number): throw TransportError.broken(number)
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(RedisError) -> Int {
        guard bytes.count > 0 else { return 0 }
        switch SocketCalls.send(descriptor, bytes.baseAddress, bytes.count) {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .ended: throw TransportError.endOfStream
        case .failed(let number): throw TransportError.broken(number)
        }
    }

    public var hasBufferedInput: Bool { false }
    public var readEvents: Int16 { Int16(POLLIN) }
    public var writeEvents: Int16 { Int16(POLLOUT) }

    public func close() {
        guard getpid() == owner else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
