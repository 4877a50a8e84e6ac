import DistCoord
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct MonitorTests {
    @Test func allThatIsHeldIsListed() async throws {
        let client = try await makeClient()
        #expect(try await client.holds().isEmpty)
        let lock = client.lock("a", options: LockOptions(owner: "me"))
        #expect(try await lock.acquire())
        let reader = try #require(try await client.readWriteLock("b").read())
        let writer = try #require(try await client.readWriteLock("c").write())
        let permits = try #require(try await client.semaphore("d", permits: 5).acquire(2))
        let election = client.election("e")
        #expect(try await election.campaign())
        let waiter = Task { try await client.lock("a").acquire() }
        try await eventually("the waiter") { try await lock.inspect()?.waiters == 1 }
        let holds = try await client.holds()
        #expect(holds.map(\.kind) == [.lock, .read, .write, .semaphore, .election])
        #expect(holds.map(\.name) == ["a", "b", "c", "d", "e"])
        #expect(holds.map(\.fence) == [lock.fence, reader.fence, writer.fence, permits.fence, election.term])
        #expect(holds.map(\.permits) == [1, 1, 1, 2, 1])
        #expect(holds.map(\.waiters) == [1, 0, 0, 0, 0])
        #expect(holds.map(\.owner) == ["me", nil, nil, nil, nil])
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        for hold in holds {
            #expect(hold.holder == "swift-tests" && hold.clientID == client.id && !hold.isStale)
            #expect(hold.processID == Int(getpid()) && hold.host != nil)
            #expect(abs(hold.sinceMillisecondsSince1970 - now) < 60_000)
            #expect(hold.held < .seconds(60) && hold.leaseLeft > .zero && hold.leaseLeft <= .seconds(10))
        }
        waiter.cancel()
        _ = await waiter.result
        #expect(try await client.holds(stale: true).isEmpty)
    }

    @Test func aHoldOfAnyKindIsTakenAway() async throws {
        let client = try await makeClient()
        let permit = try #require(try await client.semaphore("x", permits: 1).acquire())
        let waiter = Task { try await client.semaphore("x", permits: 1).acquire() }
        try await eventually("the waiter") { try await client.semaphore("x", permits: 1).inspect().waiters == 1 }
        let hold = try #require(try await client.holds().first)
        #expect(try await client.breakHold(hold))
        let next = try #require(try await waiter.value)
        #expect(next.fence > permit.fence)
        #expect(try await !client.breakHold(hold), "that grant has ended")
        #expect(await code { try await permit.release() } == .lost)
        try await next.release()
    }

    @Test func whatADeadClientHeldIsGivenBack() async throws {
        let (client, dead) = (try await makeClient(namespace: "dead"), try await makeClient(namespace: "dead"))
        let lock = dead.lock("x", lease: .seconds(60))
        #expect(try await lock.acquire())
        let permit = try #require(try await dead.semaphore("y", permits: 1).acquire())
        let own = client.lock("z")
        #expect(try await own.acquire())
        #expect(try await client.releaseDeadClient(dead.id) == 2)
        #expect(try await client.lock("x").tryAcquire())
        #expect(try await client.releaseDeadClient(dead.id) == 0)
        #expect(try await own.inspect()?.fence == own.fence)
        #expect(await code { try await permit.release() } == .lost)
    }

    @Test func aGuardianGivesBackWhatItsProcessHeld() async throws {
        let (client, guardian) = (
            try await makeClient(namespace: "guarded"), try await makeClient(namespace: "guarded")
        )
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["60"]
        try process.run()
        let lock = client.lock("x", lease: .seconds(60))
        #expect(try await lock.acquire())
        let watch = Task {
            try await guardian.runGuardian(ofProcess: Int(process.processIdentifier), clientID: client.id)
        }
        #expect(try await !client.lock("x").acquire(timeout: .milliseconds(100)), "while the process lives nothing is")
        // Not by SIGTERM: it may have been started by a thread that blocks that, and have inherited it.
        kill(process.processIdentifier, SIGKILL)
        #expect(try await watch.value == 1)
        #expect(try await client.lock("x").acquire(timeout: .seconds(5)))
    }

    @Test func aGuardianStopsWithItsTask() async throws {
        let client = try await makeClient()
        // Any other process that lives on: nobody can guard himself, and the task may begin before it is cancelled.
        let watch = Task { try await client.runGuardian(ofProcess: Int(getppid()), clientID: "nobody") }
        watch.cancel()
        await #expect(throws: CancellationError.self) { try await watch.value }
    }

    @Test func statistics() async throws {
        let client = try await makeClient()
        let empty = try await client.lockStatistics(name: "x")
        #expect(empty.acquired == 0 && empty.waits.mean == .zero && empty.holds.percentile(99) == .zero)
        let lock = client.lock("x")
        #expect(try await lock.acquire())
        #expect(try await !client.lock("x").tryAcquire())
        let waiter = Task { try await client.lock("x").withLock { _ in } }
        try await eventually("the waiter") { try await lock.inspect()?.waiters == 1 }
        try await Task.sleep(for: .milliseconds(100))
        try await lock.release()
        try await waiter.value
        let seen = try await client.lockStatistics(name: "x")
        #expect(seen.acquired == 2 && seen.contended == 1 && seen.timedOut == 1)
        #expect(seen.released == 2 && seen.lost == 0)
        #expect(seen.waits.percentile(100) >= .milliseconds(90) && seen.waits.percentile(100) < .seconds(20))
        #expect(seen.holds.mean >= .milliseconds(50) && seen.holds.percentile(0) < seen.holds.percentile(100))
        _ = try await client.semaphore("s", permits: 1).acquire()
        #expect(try await client.lockStatistics(.semaphore).acquired == 1)
        #expect(try await client.lockStatistics().acquired == 2)
        try await client.resetLockStatistics(name: "x")
        #expect(try await client.lockStatistics(name: "x").acquired == 0)
    }

    @Test func malformedOptionsOfTheClient() async throws {
        for options in [
            ClientOptions(minimumNodes: 65), ClientOptions(minimumNodes: -1), ClientOptions(guardian: [""]),
            ClientOptions(guardian: ["a\0b"]), ClientOptions(guardian: Array(repeating: "a", count: 65)),
        ] {
            #expect(await code { _ = try Client.open(LiveServer.shared.url, options: options) } == .invalidArgument)
        }
    }
}
