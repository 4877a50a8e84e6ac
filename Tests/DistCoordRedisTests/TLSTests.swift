// TLS against a real redis-server with certificates of a test's own authority.

import Foundation
import Testing

@testable import DistCoordRedis

/// A redis-server that speaks TLS, and everything needed to meet it.
private final class TLSServer: Sendable {
    let folder: TemporaryFolder
    let port: UInt16
    private let server: PrivateRedis

    /// - Parameter clients: What redis-server's tls-auth-clients says.
    init(clients: String = "optional", protocols: String = "TLSv1.2 TLSv1.3") throws {
        folder = try TemporaryFolder()
        let path = folder.path
        let authority =
            "openssl req -x509 \(TLSServer.newKey) -days 2 -subj '/CN=test authority' -keyout ca.key -out ca.pem"
        try run("sh", "-c", authority, in: path)
        try TLSServer.certify("server", "subjectAltName=DNS:localhost,IP:127.0.0.1", in: path)
        try TLSServer.certify("client", "extendedKeyUsage=clientAuth", in: path)
        let variants =
            "cat client.pem client.key > both.pem; openssl pkey -aes128 -passout pass:x -in client.key -out locked.key"
        try run("sh", "-c", variants, in: path)
        port = try freePort()
        server = try PrivateRedis(
            [
                "--tls-port", String(port), "--tls-cert-file", path + "/server.pem", "--tls-key-file",
                path + "/server.key",
                "--tls-ca-cert-file", path + "/ca.pem", "--tls-auth-clients", clients, "--tls-protocols", protocols,
            ], in: folder)
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

    private static func certify(_ name: String, _ details: String, in path: String) throws {
        let script = """
            openssl req \(newKey) -subj '/CN=\(name)' -keyout \(name).key -out \(name).csr &&
            echo '\(details)' > \(name).ext &&
            openssl x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem
            """
        try run("sh", "-c", script, in: path)
    }

    func url(_ host: String = "localhost", _ query: String...) -> String {
        "rediss://\(host):\(port)?" + query.map { $0.replacing("@", with: folder.path + "/") }.joined(separator: "&")
    }
}

@Suite("TLS")
struct TLSTests {
    private func failure(_ url: String, within milliseconds: Int64 = 5_000) -> RedisError? {
        do throws(RedisError) {
            _ = try connect(url, within: milliseconds)
            return nil
        } catch {
            return error
        }
    }

    @Test("connects by name and by address, and checks the certificate", arguments: ["TLSv1.2", "TLSv1.3"])
    func verification(protocols: String) throws {
        let server = try TLSServer(protocols: protocols)
        for host in ["localhost", "127.0.0.1"] {
            let transport = try connect(server.url(host, "ssl_ca_certs=@ca.pem"))
            #expect(try exchange(transport, "PING") == "+PONG\r\n")
            transport.close()
            transport.close()
            #expect { try read(transport) } throws: { ($0 as? RedisError)?.code == .connectionLost }
        }
        // 127.0.0.2 is this machine too, but not in the certificate.
        let stranger = try #require(failure(server.url("127.0.0.2", "ssl_ca_certs=@ca.pem")))
        #expect(stranger.code == .unreachable)
        #expect(stranger.message.contains("IP address mismatch"))
        let unknown = try #require(failure(server.url()))
        #expect(unknown.message.contains("its certificate is not accepted") && unknown.message.contains("ssl_ca_certs"))
        #expect(try exchange(try connect(server.url("127.0.0.2", "ssl_cert_reqs=none")), "PING") == "+PONG\r\n")
    }

    @Test("expects the server name that it is told to expect")
    func serverName() throws {
        let server = try TLSServer()
        func connect(as name: String) throws -> any Transport {
            var address = try ServerAddress.parse(server.url("127.0.0.1", "ssl_ca_certs=@ca.pem"))
            address.tls?.serverName = name
            return try Transports.connect(
                to: address, deadline: .after(waitMilliseconds: 5_000), shouldStop: nil)
        }
        #expect(try exchange(connect(as: "localhost"), "PING") == "+PONG\r\n")
        #expect(try exchange(connect(as: "localhost."), "PING") == "+PONG\r\n")
        #expect { try connect(as: "example.org") } throws: {
            ($0 as? RedisError)?.message.contains("hostname mismatch") ?? false
        }
    }

    @Test("shows a client certificate")
    func clientCertificate() throws {
        let server = try TLSServer(clients: "yes")
        for query in ["ssl_certfile=@client.pem&ssl_keyfile=@client.key", "ssl_certfile=@both.pem"] {
            let transport = try connect(server.url("localhost", "ssl_ca_certs=@ca.pem", query))
            #expect(try exchange(transport, "PING") == "+PONG\r\n")
        }
        // With TLS 1.3 the server refuses after the client's handshake is done, so the first read says it.
        #expect(throws: RedisError.self) {
            _ = try exchange(connect(server.url("localhost", "ssl_ca_certs=@ca.pem")), "PING")
        }
    }

    @Test("names the file that is of no use")
    func files() throws {
        let server = try TLSServer()
        for (query, part) in [
            ("ssl_ca_certs=/nowhere", "'/nowhere'"), ("ssl_ca_certs=@client.key", "authorities"),
            ("ssl_cert_reqs=none&ssl_certfile=/nowhere", "certificate"),
            ("ssl_cert_reqs=none&ssl_certfile=@client.pem", "key"),
            ("ssl_cert_reqs=none&ssl_certfile=@client.pem&ssl_keyfile=@server.key", "mismatch"),
            ("ssl_cert_reqs=none&ssl_certfile=@client.pem&ssl_keyfile=@locked.key", "passphrase"),
        ] {
            let error = try #require(failure(server.url("localhost", query)))
            #expect(error.code == .invalidAddress)
            #expect(error.message.contains(part), "\(query): \(error.message)")
        }
    }

    @Test("trusts a folder of authorities")
    func folder() throws {
        let server = try TLSServer()
        try run("sh", "-c", "mkdir cas && cp ca.pem cas && openssl rehash cas", in: server.folder.path)
        #expect(try exchange(connect(server.url("localhost", "ssl_ca_certs=@cas")), "PING") == "+PONG\r\n")
    }

    @Test("says so when the server does not speak TLS, or nothing at all")
    func plainServer() throws {
        let port = try freePort()
        let server = try PrivateRedis(["--port", String(port)])
        let error = try #require(failure("rediss://127.0.0.1:\(port)?ssl_cert_reqs=none", within: 500))
        #expect(error.code == .unreachable && error.message.contains("the port is one for TLS"))
        let listener = try Listener()
        #expect {
            try connect("rediss://127.0.0.1:\(listener.port)", within: 200)
        } throws: { ($0 as? RedisError)?.message.contains("handshake was not done in time") ?? false }
        let event = EventDescriptor()
        event.raise()
        #expect {
            try connect("rediss://127.0.0.1:\(listener.port)", shouldStop: { event.isRaised })
        } throws: { ($0 as? RedisError)?.code == .cancelled }
        _ = server
    }

    @Test("moves megabytes both ways at once, read and written by two threads", arguments: ["TLSv1.2", "TLSv1.3"])
    func volume(protocols: String) throws {
        let server = try TLSServer(protocols: protocols)
        let transport = try connect(server.url("localhost", "ssl_ca_certs=@ca.pem"))
        let payload = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let rounds = 8
        let thread = Thread {
            for _ in 0..<rounds {
                var bytes = Array("*2\r\n$4\r\nECHO\r\n$\(payload.count)\r\n".utf8)
                bytes += payload
                bytes += Array("\r\n".utf8)
                try? write(transport, bytes)
            }
        }
        thread.start()
        var expected = Array("$\(payload.count)\r\n".utf8)
        expected += payload
        expected += Array("\r\n".utf8)
        for _ in 0..<rounds {
            var received: [UInt8] = []
            // An odd size, so that records are taken in pieces and the rest waits inside.
            while received.count < expected.count {
                received += try read(transport, atMost: min(10_007, expected.count - received.count))
            }
            #expect(received == expected)
        }
    }

    @Test("says at once what waits inside although poll would sleep")
    func bufferedInput() throws {
        let server = try TLSServer()
        let transport = try connect(server.url("localhost", "ssl_ca_certs=@ca.pem"))
        #expect(!transport.hasBufferedInput)
        try write(transport, Array("ECHO hello\r\n".utf8))
        #expect(try read(transport, atMost: 1) == Array("$".utf8))
        #expect(transport.hasBufferedInput)
        #expect(String(decoding: try read(transport), as: UTF8.self) == "5\r\nhello\r\n")
        #expect(!transport.hasBufferedInput)
    }

    @Test("ends with the server, without SIGPIPE")
    func loss() throws {
        signal(SIGPIPE, SIG_DFL)
        var server: TLSServer? = try TLSServer()
        let transport = try connect(try #require(server).url("localhost", "ssl_ca_certs=@ca.pem"))
        server = nil
        #expect {
            for _ in 0..<50 {
                try write(transport, Array("PING\r\n".utf8))
                usleep(1_000)
            }
        } throws: { ($0 as? RedisError)?.code == .connectionLost }
        #expect { try read(transport) } throws: { ($0 as? RedisError)?.code == .connectionLost }
    }
}
