// Sockets: connecting, moving bytes, and every way in which that ends.

import Foundation
import Testing

@testable import DistCoordRedis

@Suite("Transports")
struct TransportTests {
    @Test("connect to a unix socket and over TCP")
    func connecting() throws {
        let port = try freePort()
        let server = try PrivateRedis(["--port", String(port)])
        for url in ["unix://\(server.socketPath)", "redis://127.0.0.1:\(port)", "redis://localhost:\(port)"] {
            let transport = try connect(url)
            #expect(try exchange(transport, "PING") == "+PONG\r\n")
            withExtendedLifetime(transport) {
                #expect(fcntl(transport.descriptor, F_GETFD) & FD_CLOEXEC != 0)
            }
        }
    }

    @Test("over TCP send at once and notice peers that vanish")
    func options() throws {
        let listener = try Listener()
        let transport = try connect("redis://127.0.0.1:\(listener.port)")
        func option(_ level: Int32, _ name: Int32) -> Int32 {
            var value: Int32 = -1
            var size = socklen_t(4)
            getsockopt(transport.descriptor, level, name, &value, &size)
            return value
        }
        let tcp = Int32(IPPROTO_TCP)
        #expect(option(tcp, TCP_NODELAY) == 1)
        #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(tcp, TCP_KEEPIDLE) == 15)
        #expect(option(tcp, TCP_KEEPINTVL) == 5)
        #expect(option(tcp, TCP_KEEPCNT) == 3)
        withExtendedLifetime(transport) {}
    }

    @Test("say what cannot be reached and what to do")
    func unreachable() throws {
        let port = try freePort()
        func message(_ url: String) -> String {
            do throws(RedisError) {
                _ = try connect(url, within: 2_000)
                return ""
            } catch {
                #expect(error.code == .unreachable)
                return error.message
            }
        }
        #expect(
            message("redis://127.0.0.1:\(port)")
                == "cannot reach redis://127.0.0.1:\(port): connection refused; set DISTCOORD_URL or REDIS_URL, or start redis-server"
        )
        #expect(message("unix:///nowhere").contains("unix:///nowhere: no such file or directory"))
        #expect(
            message("redis://:secret@name.invalid").contains("redis://:***@name.invalid:6379: cannot look up the host"))
    }

    @Test("give up at the deadline, and at once when interrupted")
    func givingUp() throws {
        // A full backlog lets connections hang as a packet filter would.
        let listener = try Listener(backlog: 0)
        var fillers: [any Transport] = []
        while fillers.count < 8, let filler = try? connect("redis://127.0.0.1:\(listener.port)", within: 200) {
            fillers.append(filler)
        }
        try #require(fillers.count < 8)
        let start = Instant.now
        #expect {
            try connect("redis://127.0.0.1:\(listener.port)", within: 300)
        } throws: { ($0 as? RedisError)?.message.contains("no answer in time") ?? false }
        #expect((250...2_000).contains((Instant.now.nanoseconds - start.nanoseconds) / 1_000_000))

        let event = EventDescriptor()
        event.raise()
        #expect {
            try connect("redis://127.0.0.1:\(listener.port)", within: 60_000, shouldStop: { event.isRaised })
        } throws: { ($0 as? RedisError)?.code == .cancelled }
    }

    @Test("wait for room in a full backlog of a unix socket")
    func fullBacklog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/s"
        let listener = try UnixListener(path, backlog: 0)
        let first = try connect("unix://\(path)")
        #expect {
            try connect("unix://\(path)", within: 100)
        } throws: { ($0 as? RedisError)?.message.contains("no answer in time") ?? false }
        let accepted = Mutexed<Int32>(-1)
        let thread = Thread {
            usleep(200_000)
            accepted.value = listener.accept()
        }
        thread.start()
        let second = try connect("unix://\(path)")
        #expect(second.descriptor != first.descriptor)
        close(accepted.value)
    }

    @Test("read nothing where nothing is, and end with the stream")
    func endOfStream() throws {
        let listener = try Listener()
        let transport = try connect("redis://127.0.0.1:\(listener.port)")
        let peer = listener.accept()
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(try buffer.withUnsafeMutableBytes { try transport.read(into: $0) } == 0)
        #expect(try transport.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == 0)
        #expect(try transport.write(UnsafeRawBufferPointer(start: nil, count: 0)) == 0)
        close(peer)
        #expect { try read(transport) } throws: { ($0 as? RedisError)?.code == .connectionLost }
        // Twice, because the first write provokes the reset that the second one meets. Neither may raise SIGPIPE.
        signal(SIGPIPE, SIG_DFL)
        #expect {
            for _ in 0..<50 {
                try write(transport, Array("x".utf8))
                usleep(1_000)
            }
        } throws: { ($0 as? RedisError)?.code == .connectionLost }
    }

    @Test("take what fits and say when it is full")
    func backpressure() throws {
        let listener = try Listener()
        let transport = try connect("redis://127.0.0.1:\(listener.port)")
        let bytes = [UInt8](repeating: 1, count: 1 << 20)
        var taken = 0
        for _ in 0..<64 {
            let count = try bytes.withUnsafeBytes { try transport.write($0) }
            taken += count
            if count == 0 { break }
        }
        #expect(taken > 0)
        #expect(try bytes.withUnsafeBytes { try transport.write($0) } == 0)
        #expect(transport.writeEvents == Int16(POLLOUT))
    }

    @Test("closed by one thread wake another that polls them")
    func closing() throws {
        let listener = try Listener()
        let transport = try connect("redis://127.0.0.1:\(listener.port)")
        let thread = Thread {
            usleep(100_000)
            transport.close()
            transport.close()
        }
        thread.start()
        #expect { try read(transport) } throws: { ($0 as? RedisError)?.code == .connectionLost }
        withExtendedLifetime(transport) {
            #expect(fcntl(transport.descriptor, F_GETFD) >= 0, "the number is kept until the transport is freed")
        }
    }

    @Test("free their descriptors")
    func descriptors() throws {
        let listener = try Listener()
        let port = try freePort()
        func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        var numbers: Set<Int32> = []
        for _ in 0..<50 {
            let transport = try connect("redis://127.0.0.1:\(listener.port)")
            numbers.insert(transport.descriptor)
            close(listener.accept())
            #expect(throws: RedisError.self) { try connect("redis://127.0.0.1:\(port)") }
        }
        // Other tests open descriptors at the same time, so numbers need not be equal; a leak would use fifty of them.
        #expect(numbers.count < 25)
    }
}

/// A value that threads share.
final class Mutexed<Value>: @unchecked Sendable {
    private let lock = NativeLock()
    private var stored: Value

    init(_ value: Value) {
        stored = value
    }

    var value: Value {
        get { lock.withLock { stored } }
        set { lock.withLock { stored = newValue } }
    }
}
