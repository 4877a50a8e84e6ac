// Setting up OpenSSL for one connection, and putting its errors into words.

import COpenSSL
import Glibc

/// Makes SSL objects.
enum TLSSession {
    /// OpenSSL cleans up at exit by default, under the feet of threads that still talk TLS then. The memory is the system's
    /// to take back.
    private static let initialized: Bool = OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// A client's SSL object that reads and writes the socket, without owning it.
    ///
    /// Certificates are loaded for each connection anew, so that renewed files are taken up.
    static func make(
        descriptor: Int32, host: String, settings: ServerAddress.TLSSettings
    ) throws(RedisError) -> OpaquePointer {
        guard initialized, let context = SSL_CTX_new(TLS_client_method()) else { throw setupError() }
        // The SSL object keeps the context alive.
        defer { SSL_CTX_free(context) }
        ERR_clear_error()
        try configure(context, settings)
        guard let session = SSL_new(context) else { throw setupError() }
        do throws(RedisError) {
            try setName(session, settings.serverName ?? host, verify: settings.verify)
            let stream = try SocketStream.make(descriptor)
            // Gives the stream to the session, for both directions.
            SSL_set_bio(session, stream, stream)
            return session
        } catch {
            SSL_free(session)
            throw error
        }
    }

    private static func configure(_ context: OpaquePointer, _ settings: ServerAddress.TLSSettings) throws(RedisError) {
        guard SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1 else {
            throw setupError()
        }
        // A write that did not fit is repeated from a buffer that may have moved and grown meanwhile.
        SSL_CTX_ctrl(
            context, SSL_CTRL_MODE, Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER), nil)
        // A library must not ask for a passphrase on the terminal, which is what happens by default.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }

        if settings.verify {
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            if let file = settings.caFile {
                var status = stat()
                let isFolder = stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                guard SSL_CTX_load_verify_locations(context, isFolder ? nil : file, isFolder ? file : nil) == 1 else {
                    throw fileError("the authorities' certificates (ssl_ca_certs, REDIS_CA_CERT)", file)
                }
            } else if SSL_CTX_set_default_verify_paths(context) != 1 {
                throw setupError()
            }
        } else {
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        }
        if let file = settings.certFile {
            guard SSL_CTX_use_certificate_chain_file(context, file) == 1 else {
                throw fileError("the client's certificate (ssl_certfile, REDIS_CLIENT_CERT)", file)
            }
            let keyFile = settings.keyFile ?? file
            guard SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1 else {
                throw fileError(
                    "the client's key (ssl_keyfile, REDIS_CLIENT_KEY; one with a passphrase is not supported)", keyFile)
            }
        }
    }

    /// Tells the session whose certificate to expect, and the server for whom we came.
    private static func setName(_ session: OpaquePointer, _ name: String, verify: Bool) throws(RedisError) {
        // The zone of an IPv6 address and the final dot of a host name are for the resolver alone.
        var expected = String(name.prefix { $0 != "%" })
        if expected.utf8.last == UInt8(ascii: ".") { expected.removeLast() }
        let isAddress = AddressText.isIPv4(expected) || AddressText.isIPv6(expected)
        if !isAddress {
            var bytes = Array(expected.utf8CString)
            let result = bytes.withUnsafeMutableBytes {
                SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), $0.baseAddress)
            }
            guard result == 1 else { throw setupError() }
        }
        guard verify else { return }
        let result =
            isAddress
            ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), expected) : SSL_set1_host(session, expected)
        guard result == 1 else { throw setupError() }
    }

    /// The oldest error in OpenSSL's queue of this thread, in words; empties the queue.
    static func reason() -> String? {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return nil }
        if let text = ERR_reason_error_string(code) { return String(cString: text) }
        var buffer = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &buffer, buffer.count)
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }

    private static func setupError() -> RedisError {
        RedisError(.system, "cannot set up TLS: \(reason() ?? "no reason given")")
    }

    private static func fileError(_ what: String, _ file: String) -> RedisError {
        RedisError(.invalidAddress, "cannot use the file '\(file)' for \(what): \(reason() ?? "no reason given")")
    }

    static func handshakeError(
        _ session: OpaquePointer, kind: Int32, number: Int32, settings: ServerAddress.TLSSettings, server: String
    ) -> RedisError {
        let verdict = SSL_get_verify_result(session)
        let text = reason()
        if settings.verify, verdict != Int(X509_V_OK) {
            let reason = X509_verify_cert_error_string(verdict).map { String(cString: $0) } ?? "error \(verdict)"
            return RedisError(
                .unreachable,
                "cannot reach \(server): its certificate is not accepted: \(reason); give its authority as ssl_ca_certs or"
                    + " REDIS_CA_CERT, and connect by a name that is in it")
        }
        if kind == SSL_ERROR_SYSCALL || kind == SSL_ERROR_ZERO_RETURN || text == nil {
            let reason =
                kind == SSL_ERROR_SYSCALL && number != 0
                ? TransportError.reason(number) : "the server closed the connection"
            return RedisError(
                .unreachable,
                "cannot reach \(server): \(reason) during the TLS handshake; check that the port is one for TLS")
        }
        return RedisError(
            .unreachable,
            "cannot reach \(server): TLS handshake failed: \(text ?? "no reason given"); check that the port is one for TLS and"
                + " whether the server wants a client certificate")
    }
}

/// OpenSSL's view of a socket. Its own one writes by write(2), which raises SIGPIPE on a broken connection and so would end
/// hosts that do not ignore it.
private enum SocketStream {
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static let method = Method(pointer: makeMethod())

    private static func makeMethod() -> OpaquePointer? {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE") else {
            return nil
        }
        BIO_meth_set_read(method) { stream, buffer, size in
            BIO_clear_flags(stream, SocketStream.retryFlags)
            let outcome = SocketCalls.receive(SocketStream.descriptor(of: stream), buffer, Int(max(size, 0)))
            return SocketStream.answer(outcome, stream, BIO_FLAGS_READ)
        }
        BIO_meth_set_write(method) { stream, bytes, size in
            BIO_clear_flags(stream, SocketStream.retryFlags)
            guard size > 0 else { return 0 }
            let outcome = SocketCalls.send(SocketStream.descriptor(of: stream), bytes, Int(size))
            return SocketStream.answer(outcome, stream, BIO_FLAGS_WRITE)
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            // Nothing is buffered, so a flush is always done; all other commands are optional.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }

    private static let retryFlags = BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY

    private static func descriptor(of stream: OpaquePointer?) -> Int32 {
        Int32(truncatingIfNeeded: Int(bitPattern: BIO_get_data(stream)))
    }

    private static func answer(_ outcome: SocketCalls.Outcome, _ stream: OpaquePointer?, _ direction: Int32) -> Int32 {
        switch outcome {
        case .moved(let count):
            return Int32(clamping: count)
        case .wouldBlock:
            BIO_set_flags(stream, direction | BIO_FLAGS_SHOULD_RETRY)
            return -1
        case .ended:
            errno = 0
            return 0
        case .failed(let number):
            errno = number
            return -1
        }
    }

    static func make(_ descriptor: Int32) throws(RedisError) -> OpaquePointer {
        guard let method = method.pointer, let stream = BIO_new(method) else {
            throw RedisError(.system, "cannot set up TLS: out of memory")
        }
        BIO_set_data(stream, UnsafeMutableRawPointer(bitPattern: Int(descriptor)))
        BIO_set_init(stream, 1)
        return stream
    }
}
