// What the tests of this floor share: a folder, a server, certificates, commands.

import Foundation
import Testing

@testable import DistCoordRedis

/// A folder that is removed with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/dcr-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Runs a program to its end.
@discardableResult
func run(_ program: String, _ arguments: String..., in folder: String = "/") throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program) \(arguments): \(text)")
    return text
}

/// A redis-server of the test's own. It ends when the test does, however that ends: its guard reads from a pipe of which
/// only this process has the other end.
final class PrivateRedis: @unchecked Sendable {
    let folder: TemporaryFolder
    let socketPath: String
    private let process = Process()
    private let leash = Pipe()

    init(_ options: [String] = [], in folder: TemporaryFolder? = nil) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        socketPath = folder.path + "/redis.sock"
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            ["-c", #"redis-server "$@" > "$0/log" 2>&1 & server=$!; read -r line; kill -9 "$server""#, folder.path]
            + ["--unixsocket", socketPath, "--save", "", "--dir", folder.path, "--port", "0"] + options
        process.standardInput = leash
        try process.run()
        let ready = try eventually {
            guard let transport = try? connect("unix://\(socketPath)") else { return false }
            return try exchange(transport, "PING") == "+PONG\r\n"
        }
        try #require(ready, "redis-server does not start: \(SmallFile.read(folder.path + "/log") ?? "no log")")
    }

    deinit {
        try? leash.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// Tries until it is true, for at most some seconds.
func eventually(within seconds: Int64 = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Instant.now.advanced(milliseconds: seconds * 1000)
    while try !condition() {
        if Instant.now >= end { return false }
        usleep(20_000)
    }
    return true
}

/// A port that nobody listens at.
func freePort() throws -> UInt16 {
    let listener = try Listener()
    return listener.port
}

/// A TCP port of this machine that accepts (in the kernel's backlog), and says nothing.
final class Listener {
    let descriptor: Int32
    let port: UInt16

    init(backlog: Int32 = 16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(bound && listen(descriptor, backlog) == 0)
    }

    func accept() -> Int32 {
        Glibc.accept(descriptor, nil, nil)
    }

    deinit {
        close(descriptor)
    }
}

/// A unix socket that accepts (in the kernel's backlog), and says nothing by itself.
final class UnixListener: Sendable {
    let descriptor: Int32

    init(_ path: String, backlog: Int32 = 16) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(bound && listen(descriptor, backlog) == 0)
    }

    func accept() -> Int32 {
        Glibc.accept(descriptor, nil, nil)
    }

    deinit {
        close(descriptor)
    }
}

func connect(_ url: String, within milliseconds: Int64 = 5_000, shouldStop: StopQuestion? = nil) throws(RedisError)
    -> any Transport
{
    try Transports.connect(
        to: ServerAddress.parse(url), deadline: .after(waitMilliseconds: milliseconds), shouldStop: shouldStop)
}

func write(_ transport: any Transport, _ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = try rest.withUnsafeBytes { try transport.write($0) }
        rest = rest.dropFirst(count)
        if count == 0 { try sleep(transport.descriptor, transport.writeEvents) }
    }
}

/// What comes next, at least one byte.
func read(_ transport: any Transport, atMost size: Int = 65_536) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: size)
    while true {
        let count = try buffer.withUnsafeMutableBytes { try transport.read(into: $0) }
        if count > 0 { return Array(buffer.prefix(count)) }
        if !transport.hasBufferedInput { try sleep(transport.descriptor, transport.readEvents) }
    }
}

private func sleep(_ descriptor: Int32, _ events: Int16) throws {
    let isReady = try SocketCalls.wait(
        descriptor, for: events, until: .after(waitMilliseconds: 5_000), shouldStop: nil)
    try #require(isReady, "nothing came in five seconds")
}

/// Sends an inline command and returns the first thing that comes back.
func exchange(_ transport: any Transport, _ command: String) throws -> String {
    try write(transport, Array("\(command)\r\n".utf8))
    return String(decoding: try read(transport), as: UTF8.self)
}

extension EventDescriptor {
    /// Whether it has been raised and not lowered since.
    var isRaised: Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, 0) > 0
    }
}
