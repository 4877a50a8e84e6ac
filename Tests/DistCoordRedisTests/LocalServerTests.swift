// The private server of `local:`: started once, by whoever comes first, stopped when idle, whatever is killed meanwhile.

import Foundation
import Testing

@testable import DistCoordRedis

/// A user with folders of their own, so that nothing of the real one's is touched.
private final class User: Sendable {
    let folder: TemporaryFolder
    let runtime: String
    let data: String
    private let overrides: [String: String]

    init(idle: Int = 1, _ overrides: [String: String] = [:], in shared: TemporaryFolder? = nil) throws {
        folder = try shared ?? TemporaryFolder()
        runtime = folder.path + "/run"
        data = folder.path + "/data \"x\""
        mkdir(runtime, 0o700)
        self.overrides = [
            "XDG_RUNTIME_DIR": runtime, "XDG_DATA_HOME": data, "DISTCOORD_LOCAL_IDLE": String(idle),
        ].merging(overrides) { _, new in new }
    }

    deinit {
        // Whatever still runs has the folder's name in its command line.
        for process in processes() { kill(process, SIGKILL) }
    }

    var environment: LocalServerEnvironment {
        let overrides = self.overrides
        return LocalServerEnvironment { name in
            if let value = overrides[name] { return value.isEmpty ? nil : value }
            return getenv(name).map { String(cString: $0) }
        }
    }

    func join(_ name: String = "x", within milliseconds: Int64 = 10_000, shouldStop: StopQuestion? = nil)
        throws(RedisError)
        -> JoinedServer
    {
        try LocalServer.join(
            name: name, deadline: .after(waitMilliseconds: milliseconds), shouldStop: shouldStop,
            environment: environment)
    }

    /// Joins, for the time that the transport lives.
    func transport(_ name: String = "x") throws -> any Transport {
        SocketTransport(descriptor: try join(name).descriptor)
    }

    func processes(_ program: String? = nil) -> [pid_t] {
        DetachedProcess.numbers(in: "/proc").filter { process in
            guard let line = SmallFile.read("/proc/\(process)/cmdline") else { return false }
            return line.contains(folder.path) && program.map { line.contains($0) } ?? true
        }
    }

    var servers: [pid_t] { processes("redis-server unixsocket") }
    var watchers: [pid_t] { processes("watch.sh") }
}

@Suite("The private server")
struct LocalServerTests {
    @Test("starts when first needed, at its place, for this user only")
    func starting() throws {
        let user = try User()
        let transport = try user.transport()
        #expect(try exchange(transport, "PING") == "+PONG\r\n")
        #expect(user.servers.count == 1)
        var status = stat()
        #expect(stat(user.runtime + "/distcoord", &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(stat(user.runtime + "/distcoord/x.sock", &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(stat(user.data + "/distcoord/x/appendonlydir", &status) == 0)
        for (setting, value) in [
            ("port", "0"), ("appendonly", "yes"), ("appendfsync", "everysec"), ("save", ""),
            ("maxmemory-policy", "noeviction"),
            ("stop-writes-on-bgsave-error", "no"), ("dir", user.data + "/distcoord/x"),
        ] {
            let answer = try exchange(transport, "CONFIG GET \(setting)")
            #expect(answer.contains("$\(value.utf8.count)\r\n\(value)\r\n"), "\(setting): \(answer)")
        }
    }

    @Test("takes nothing of its host along")
    func detachment() throws {
        let user = try User()
        // Without close-on-exec, as many a program in C opens its descriptors.
        let leaked = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(leaked) }
        var mask = sigset_t()
        sigfillset(&mask)
        var previous = sigset_t()
        pthread_sigmask(SIG_SETMASK, &mask, &previous)
        let transport = try user.transport()
        pthread_sigmask(SIG_SETMASK, &previous, nil)

        let server = try #require(user.servers.first)
        let sockets = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server)/fd").filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(server)/fd/\($0)"))?.hasPrefix(
                "socket:") ?? false
        }
        #expect(sockets.count == 2, "the listening socket and this client")
        let status = SmallFile.read("/proc/\(server)/status") ?? ""
        #expect(status.contains("SigBlk:\t0000000000000000"))
        #expect(getsid(server) != getsid(0))
        #expect(status.contains("PPid:\t\(user.watchers.first ?? 0)\n"))
        #expect(!(SmallFile.read("/proc/\(server)/environ") ?? "").contains("XDG_RUNTIME_DIR"))
        _ = transport
    }

    @Test("is one, however many threads ask for it at once")
    func oneServer() async throws {
        let user = try User(idle: 5)
        try await withThrowingTaskGroup(of: (any Transport).self) { group in
            for _ in 0..<12 { group.addTask { try user.transport() } }
            var transports: [any Transport] = []
            for try await transport in group { transports.append(transport) }
            #expect(user.servers.count == 1)
            #expect(eventually { user.watchers.count == 1 })
        }
    }

    @Test("is one, however many processes ask for it at once")
    func processes() async throws {
        let user = try User(idle: 30)
        let path = user.folder.path
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [path = path as String] in
                        setenv("XDG_RUNTIME_DIR", path + "/run", 1)
                        setenv("XDG_DATA_HOME", path + "/data \"x\"", 1)
                        setenv("DISTCOORD_LOCAL_IDLE", "30", 1)
                        let transport = try connect("local:x", within: 20_000)
                        #expect(try exchange(transport, "INCR processes").hasPrefix(":"))
                    }
                }
            }
        }
        #expect(user.servers.count == 1)
        #expect(try exchange(user.transport(), "GET processes") == "$1\r\n4\r\n")
    }

    @Test("stops when idle, not before, and has its data when started again")
    func idling() throws {
        let user = try User(idle: 1)
        var transport: (any Transport)? = try user.transport()
        #expect(try exchange(#require(transport), "SET key value") == "+OK\r\n")
        sleep(4)
        #expect(user.servers.count == 1, "somebody is connected")
        transport = nil
        #expect(eventually { user.processes().isEmpty }, "both the server and the watcher end")
        #expect(!FileManager.default.fileExists(atPath: user.runtime + "/distcoord/x.sock"))
        transport = try user.transport()
        #expect(try exchange(#require(transport), "GET key") == "$5\r\nvalue\r\n")
    }

    @Test("stays for ever if told so")
    func neverIdle() throws {
        let user = try User(idle: 0)
        close(try user.join().descriptor)
        #expect(eventually { user.watchers.isEmpty })
        sleep(2)
        #expect(user.servers.count == 1)
        close(try user.join().descriptor)
        #expect(user.watchers.isEmpty)
    }

    @Test("does not stop under somebody who is just joining")
    func joiningWhileStopping() throws {
        let user = try User(idle: 1)
        var failures = 0
        // The idle time is over about a second after each of these; somewhere among them is the moment of stopping.
        for round in 0..<12 {
            let transport = try user.transport()
            usleep(30_000)
            if (try? exchange(transport, "PING")) != "+PONG\r\n" { failures += 1 }
            transport.close()
            usleep(900_000 + UInt32(round) * 50_000)
        }
        #expect(failures == 0)
    }

    @Test("is started again after it was killed, and stops when idle all the same")
    func killed() throws {
        let user = try User(idle: 1)
        let transport = try user.transport()
        #expect(try exchange(transport, "CONFIG SET appendfsync always") == "+OK\r\n")
        #expect(try exchange(transport, "SET key value") == "+OK\r\n")
        let first = try #require(user.servers.first)
        kill(first, SIGKILL)
        #expect { try exchange(transport, "PING") } throws: { ($0 as? RedisError)?.code == .connectionLost }
        var second: (any Transport)? = try user.transport()
        #expect(try exchange(#require(second), "GET key") == "$5\r\nvalue\r\n")
        second = nil
        #expect(eventually { user.processes().isEmpty })
    }

    @Test("gets another watcher when its own was killed")
    func watcherKilled() throws {
        let user = try User(idle: 1)
        close(try user.join().descriptor)
        let watcher = try #require(user.watchers.first)
        kill(watcher, SIGKILL)
        #expect(eventually { user.watchers.isEmpty })
        sleep(3)
        #expect(user.servers.count == 1, "nobody is there to stop it")
        close(try user.join().descriptor)
        // The programs that it starts bear its name until they are themselves.
        #expect(eventually { user.watchers.count == 1 })
        #expect(eventually { user.processes().isEmpty })
    }

    @Test("is found through its data where the runtime folders differ")
    func otherRuntimeFolder() throws {
        let folder = try TemporaryFolder()
        mkdir(folder.path + "/other", 0o700)
        let first = try User(idle: 30, in: folder)
        let second = try User(["XDG_RUNTIME_DIR": folder.path + "/other"], in: folder)
        let transport = try first.transport()
        #expect(try exchange(transport, "SET key value") == "+OK\r\n")
        let joined = try second.join()
        defer { close(joined.descriptor) }
        #expect(joined.socketPath == first.runtime + "/distcoord/x.sock")
        #expect(first.servers.count == 1)
    }

    @Test("does not get a second one for its data when its socket has vanished")
    func socketRemoved() throws {
        let user = try User(idle: 1)
        let transport = try user.transport()
        unlink(user.runtime + "/distcoord/x.sock")
        #expect { try user.join(within: 300) } throws: { error in
            guard let error = error as? RedisError else { return false }
            return error.code == .unreachable && error.message.contains("did not answer in time")
                && error.message.contains("server.log")
        }
        #expect(user.servers.count == 1)
        transport.close()
    }

    @Test("that is loading its data is waited for")
    func loading() throws {
        let user = try User()
        mkdir(user.runtime + "/distcoord", 0o700)
        let listener = try UnixListener(user.runtime + "/distcoord/x.sock")
        let answers = Mutexed<Int>(0)
        let thread = Thread {
            let peer = listener.accept()
            var buffer = [UInt8](repeating: 0, count: 64)
            for answer in ["-LOADING Redis is loading", " the dataset in memory\r\n", "-LOADING x\r\n", "+PONG\r\n"] {
                if !answer.hasPrefix(" ") { _ = Glibc.read(peer, &buffer, buffer.count) }
                usleep(20_000)
                _ = Glibc.write(peer, answer, answer.utf8.count)
                answers.value += 1
            }
            close(peer)
        }
        thread.start()
        close(try user.join().descriptor)
        #expect(answers.value == 4)
        #expect(user.servers.isEmpty)
    }

    @Test("that cannot start says why")
    func failures() throws {
        func message(_ user: User, _ name: String = "x", within: Int64 = 5_000, shouldStop: StopQuestion? = nil)
            -> String
        {
            do throws(RedisError) {
                close(try user.join(name, within: within, shouldStop: shouldStop).descriptor)
                return "joined"
            } catch {
                return error.message
            }
        }
        #expect(message(try User(["PATH": "/nowhere"])).contains("apt install redis-server"))
        #expect(message(try User(["DISTCOORD_LOCAL_IDLE": "soon"])).contains("DISTCOORD_LOCAL_IDLE is 'soon'"))
        #expect(message(try User(), "..").contains("letters, digits"))
        #expect(message(try User(["XDG_DATA_HOME": "/proc/nowhere"])).contains("cannot make the folder '/proc/nowhere"))

        let open = try User()
        mkdir(open.runtime + "/distcoord", 0o700)
        chmod(open.runtime + "/distcoord", 0o755)
        #expect(message(open).contains("chmod 700"))

        let link = try User()
        symlink("/tmp", link.runtime + "/distcoord")
        #expect(message(link).contains("is not a folder of this user"))

        let long = try User()
        let deep = long.runtime + "/" + String(repeating: "d", count: 80)
        mkdir(deep, 0o700)
        #expect(message(try User(["XDG_RUNTIME_DIR": deep], in: long.folder)).contains("shorten XDG_RUNTIME_DIR"))

        let broken = try User()
        close(try broken.join().descriptor)
        #expect(eventually { broken.processes().isEmpty })
        for file in try FileManager.default.contentsOfDirectory(atPath: broken.data + "/distcoord/x/appendonlydir") {
            try Data("garbage".utf8).write(to: URL(fileURLWithPath: broken.data + "/distcoord/x/appendonlydir/" + file))
        }
        #expect(message(broken).contains("redis-server ended at once; its log"))

        let event = EventDescriptor()
        event.raise()
        #expect(message(try User(), shouldStop: { event.isRaised }).contains("cancelled"))
    }

    @Test("that is stopped for debugging is not waited for beyond the deadline")
    func stalled() throws {
        let user = try User(idle: 30)
        let transport = try user.transport()
        let server = try #require(user.servers.first)
        kill(server, SIGSTOP)
        #expect { try user.join(within: 300) } throws: {
            ($0 as? RedisError)?.message.contains("did not answer in time") ?? false
        }
        kill(server, SIGCONT)
        close(try user.join().descriptor)
        _ = transport
    }

    @Test("has its folders where the environment says, and somewhere safe where it says nothing")
    func folders() throws {
        let folder = try TemporaryFolder()
        func folders(_ environment: [String: String]) throws -> LocalServerFolders {
            try LocalServerFolders(name: "dcr-test", environment: LocalServerEnvironment { environment[$0] })
        }
        let shared = "/tmp/distcoord-\(geteuid())"
        let home = try folders(["HOME": folder.path])
        #expect(home.dataFolder == folder.path + "/.local/share/distcoord/dcr-test")
        #expect(home.socketPath == shared + "/dcr-test.sock")
        // Not absolute, or not ours.
        #expect(
            try folders(["HOME": folder.path, "XDG_RUNTIME_DIR": "run", "XDG_DATA_HOME": "data"]).socketPath
                == home.socketPath)
        #expect(try folders(["HOME": folder.path, "XDG_RUNTIME_DIR": "/nowhere"]).socketPath == home.socketPath)
        let homeless = try folders([:])
        #expect(homeless.dataFolder == shared + "/dcr-test.data")
        rmdir(homeless.dataFolder)
    }
}
