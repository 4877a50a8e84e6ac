// System calls on sockets with what every caller would otherwise repeat: EINTR, no SIGPIPE, deadlines, interruption.

import CLinux
import Glibc

/// Calls on sockets.
enum SocketCalls {
    /// What became of a transfer.
    enum Outcome {
        /// So many bytes, at least one.
        case moved(Int)
        case wouldBlock
        /// The other side has ended the stream.
        case ended
        /// With this errno.
        case failed(Int32)
    }

    /// - Parameter waits: Waits for the first byte, for as long as `setReceiveTimeout` has set, or until a signal.
    static func receive(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ size: Int, waits: Bool = false
    ) -> Outcome {
        while true {
            let count = recv(descriptor, buffer, size, waits ? 0 : Int32(MSG_DONTWAIT))
            if count > 0 { return .moved(count) }
            if count == 0 { return .ended }
            let number = errno
            if number == EINTR {
                if waits { return .wouldBlock }
                continue
            }
            return number == EAGAIN || number == EWOULDBLOCK ? .wouldBlock : .failed(number)
        }
    }

    static func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ size: Int) -> Outcome {
        while true {
            let count = Glibc.send(descriptor, bytes, size, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if count > 0 { return .moved(count) }
            if count == 0 { return .wouldBlock }
            let number = errno
            if number == EINTR { continue }
            return number == EAGAIN || number == EWOULDBLOCK ? .wouldBlock : .failed(number)
        }
    }

    /// Makes a socket blocking, with a limit to each wait for input.
    static func setReceiveTimeout(_ descriptor: Int32, milliseconds: Int64) {
        var limit = timeval(tv_sec: Int(milliseconds / 1_000), tv_usec: Int(milliseconds % 1_000) * 1_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        clinux_set_blocking(descriptor)
    }

    /// Sleeps until one of the events (or an error or hang-up) is there.
    ///
    /// - Parameter shouldStop: Becomes readable to end the wait; -1 for none.
    /// - Returns: False when the deadline came first.
    static func wait(
        _ descriptor: Int32, for events: Int16, until deadline: Instant, shouldStop: StopQuestion?
    ) throws(RedisError) -> Bool {
        while true {
            if shouldStop?() == true { throw RedisError(.cancelled, "cancelled while connecting") }
            let look = shouldStop == nil ? deadline : min(deadline, Instant.now.advanced(milliseconds: Patience.slice))
            var watched = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&watched, 1, look.pollTimeout())
            let number = errno
            if count > 0 { return true }
            if count == 0 {
                if Instant.now >= deadline { return false }
            } else if number != EINTR && number != EAGAIN {
                throw RedisError(.system, "cannot wait for a connection: \(SystemMessage.text(number))")
            }
        }
    }

    /// Sets an option that is a number. A kernel that does not know the option does without.
    static func set(_ descriptor: Int32, level: Int32, option: Int32, to value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// Errors of established connections.
enum TransportError {
    static let endOfStream = RedisError(.connectionLost, "the server closed the connection")

    static func broken(_ number: Int32) -> RedisError {
        RedisError(.connectionLost, "the connection broke: \(reason(number))")
    }

    /// The system's text for an error number, worded to stand within a sentence.
    static func reason(_ number: Int32) -> String {
        let text = SystemMessage.text(number)
        // "I/O error" and the like stay as they are.
        guard let second = text.utf8.dropFirst().first, second >= UInt8(ascii: "a") else { return text }
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
