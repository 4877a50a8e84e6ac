// A private redis-server for the tests, on a unix socket in a temporary folder, ended with the process.

import DistCoord
import Foundation
import Synchronization
import Testing

/// One server for all tests; each test has a namespace of its own on it.
final class LiveServer: Sendable {
    static let shared = LiveServer()

    let url: String
    private let folder: String
    private let socketPath: String
    private let process = Mutex<pid_t>(0)

    /// - Parameter isStarted: Whether it answers from the beginning.
    init(isStarted: Bool = true) {
        folder = NSTemporaryDirectory() + "distcoord-test-" + UUID().uuidString.prefix(8)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        socketPath = folder + "/redis.sock"
        url = "unix://" + socketPath
        if isStarted { start() }
    }

    func start() {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "redis-server", "--port", "0", "--unixsocket", socketPath, "--save", "", "--dir", folder,
            "--maxmemory-policy", "noeviction",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // A server that could not be started shows as an unreachable one in every test.
        try? process.run()
        let pid = process.processIdentifier
        self.process.withLock { $0 = pid }
        for _ in 0..<500 where !Self.answers(socketPath) { usleep(10_000) }
        if pid > 0 { Self.endAtExit(pid: pid, folder: folder) }
    }

    /// Whether somebody listens: the socket is there a moment before that.
    private static func answers(_ path: String) -> Bool {
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func endAtExit(pid: pid_t, folder: String) {
        // A shell that outlives us in waiting: `atexit` would not run when the test process crashes.
        let guardian = Process()
        guardian.executableURL = URL(fileURLWithPath: "/bin/sh")
        guardian.arguments = [
            "-c", "while kill -0 \(getpid()) 2>/dev/null; do sleep 0.2; done; kill -9 \(pid); rm -rf '\(folder)'",
        ]
        guardian.standardInput = FileHandle.nullDevice
        guardian.standardOutput = FileHandle.nullDevice
        guardian.standardError = FileHandle.nullDevice
        try? guardian.run()
    }

    func pause() { signal(SIGSTOP) }
    func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        // Number 0 would be this process and all of its group.
        let pid = process.withLock { $0 }
        if pid > 0 { kill(pid, number) }
    }
}

/// A client in a namespace that nothing else uses.
func makeClient(server: LiveServer = .shared, namespace: String = "test-" + UUID().uuidString) async throws -> Client {
    try await Client.connect(server.url, options: ClientOptions(namespace: namespace, label: "swift-tests"))
}

/// Waits until the condition holds.
func eventually(
    within limit: Duration = .seconds(10), _ what: Comment, _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        if ContinuousClock.now > end {
            Issue.record(what)
            return
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// The code with which the work fails.
func code(of work: () async throws -> Void) async -> DistCoordError.Code? {
    do {
        try await work()
        return nil
    } catch let error as DistCoordError {
        return error.code
    } catch {
        Issue.record("an error of another type: \(error)")
        return nil
    }
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    @discardableResult
    func change<Result: Sendable>(_ body: (inout sending Value) -> sending Result) -> Result { mutex.withLock(body) }
}
