// TLS by OpenSSL over a socket.

import COpenSSL
import Glibc

/// A transport that encrypts. Checks the certificate's chain and name unless told not to; TLS 1.2 and later.
///
/// An SSL object may be used by one thread at a time only, so a lock guards it. It is never held while waiting.
public final class TLSTransport: Transport, @unchecked Sendable {
    /// The socket.
    public let descriptor: Int32

    private let lock = NativeLock()
    private let session: OpaquePointer
    private let settings: ServerAddress.TLSSettings
    private let serverDescription: String
    private let owner = getpid()
    // Guarded by the lock.
    private var wantedByRead = Int16(POLLIN)
    private var wantedByWrite = Int16(POLLOUT)
    private var isEstablished = false
    /// Set by the first error: OpenSSL forbids to use the session after one.
    private var failure: RedisError?

    /// - Parameters:
    ///   - descriptor: A connected non-blocking socket. The transport owns it from now on, also when this throws.
    ///   - host: Where it is connected to; the certificate must be for it unless the settings say another name.
    ///   - settings: Certificates and checks.
    ///   - serverDescription: The server's URL for messages.
    public init(
        descriptor: Int32, host: String, settings: ServerAddress.TLSSettings, serverDescription: String
    ) throws(RedisError) {
        do throws(RedisError) {
            session = try TLSSession.make(descriptor: descriptor, host: host, settings: settings)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.settings = settings
        self.serverDescription = serverDescription
    }

    deinit {
        SSL_free(session)
        Glibc.close(descriptor)
    }

    /// Agrees with the server on keys and checks its certificate. To be done once, before anything else.
    public func handshake(deadline: Instant, shouldStop: StopQuestion?) throws(RedisError) {
        while true {
            guard let events = try stepHandshake() else { return }
            guard
                try SocketCalls.wait(descriptor, for: events, until: deadline, shouldStop: shouldStop)
            else {
                throw RedisError(
                    .unreachable,
                    "cannot reach \(serverDescription): the TLS handshake was not done in time; check that the port is one for TLS"
                )
            }
        }
    }

    /// The events to wait for before the next step, or nil when the handshake is done.
    private func stepHandshake() throws(RedisError) -> Int16? {
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        ERR_clear_error()
        let result = SSL_connect(session)
        let number = errno
        if result == 1 {
            isEstablished = true
            return nil
        }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return Int16(POLLIN)
        case SSL_ERROR_WANT_WRITE: return Int16(POLLOUT)
        case let kind:
            let error = TLSSession.handshakeError(
                session, kind: kind, number: number, settings: settings, server: serverDescription)
            failure = error
            throw error
        }
    }

    /// See `Transport.read(into:)`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RedisError) -> Int {
        guard buffer.count > 0 else { return 0 }
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        wantedByRead = Int16(POLLIN)
        ERR_clear_error()
        let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        let number = errno
        if count > 0 { return Int(count) }
        return try outcome(count, number: number, wanted: &wantedByRead)
    }

    /// See `Transport.write(_:)`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(RedisError) -> Int {
        guard bytes.count > 0 else { return 0 }
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        wantedByWrite = Int16(POLLOUT)
        ERR_clear_error()
        let count = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
        let number = errno
        if count > 0 { return Int(count) }
        return try outcome(count, number: number, wanted: &wantedByWrite)
    }

    /// What a transfer of nothing means: 0 and the events to wait for, or the end.
    private func outcome(_ result: Int32, number: Int32, wanted: inout Int16) throws(RedisError) -> Int {
        let error: RedisError
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ:
            wanted = Int16(POLLIN)
            return 0
        case SSL_ERROR_WANT_WRITE:
            wanted = Int16(POLLOUT)
            return 0
        case SSL_ERROR_ZERO_RETURN:
            error = TransportError.endOfStream
        case SSL_ERROR_SYSCALL:
            error = number == 0 ? TransportError.endOfStream : TransportError.broken(number)
        default:
            error = RedisError(.connectionLost, "the TLS connection broke: \(TLSSession.reason() ?? "no reason given")")
        }
        failure = error
        throw error
    }

    /// See `Transport.hasBufferedInput`.
    public var hasBufferedInput: Bool {
        lock.withLock { failure == nil && SSL_pending(session) > 0 }
    }

    /// See `Transport.readEvents`.
    public var readEvents: Int16 { lock.withLock { wantedByRead } }
    /// See `Transport.writeEvents`.
    public var writeEvents: Int16 { lock.withLock { wantedByWrite } }

    /// See `Transport.close()`.
    public func close() {
        // In a child of fork neither the socket nor the lock (another thread of the parent may have held it) may be touched.
        guard getpid() == owner else { return }
        lock.withLock {
            if failure == nil {
                // A word of goodbye, if there is room for it; its answer is not awaited.
                if isEstablished {
                    ERR_clear_error()
                    SSL_shutdown(session)
                }
                failure = RedisError(.connectionLost, "the connection was closed")
            }
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
