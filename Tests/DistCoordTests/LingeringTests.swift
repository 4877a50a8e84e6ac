// Locks that keep their grant for a while after a release.

import DistCoord
import Testing

@Suite(.timeLimit(.minutes(1))) struct LingeringTests {
    private let options = LockOptions(linger: .seconds(60))

    @Test func whatLingersIsHadAgainWithTheSameFence() async throws {
        let client = try await makeClient()
        let lock = client.lock("x", options: options)
        var fences: Set<UInt64> = []
        for _ in 0..<20 {
            #expect(try await lock.acquire())
            fences.insert(lock.fence)
            try await lock.release()
        }
        try await lock.withLock { lease in _ = lease }
        #expect(fences.count == 1, "one grant of the server served them all")
        #expect(lock.state == .free)
        #expect(await code { try await lock.release() } == .notHeld)
    }

    @Test func aWaiterElsewhereRecallsIt() async throws {
        let (client, elsewhere) = (
            try await makeClient(namespace: "recall"), try await makeClient(namespace: "recall")
        )
        let lock = client.lock("x", options: options)
        #expect(try await lock.acquire())
        let fence = lock.fence
        try await lock.release()
        let begun = ContinuousClock.now
        let other = elsewhere.lock("x")
        #expect(try await other.acquire(timeout: .seconds(10)))
        #expect(ContinuousClock.now - begun < .seconds(5))
        #expect(other.fence > fence)
        #expect(try await !lock.acquire(timeout: .milliseconds(50)))
        try await other.release()
        #expect(try await lock.acquire(timeout: .seconds(10)))
        try await lock.release()
    }

    @Test func tasksOfOneObjectExcludeEachOther() async throws {
        let client = try await makeClient()
        let lock = client.lock("x", options: options)
        let inside = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<100 {
                group.addTask {
                    if round % 10 == 0 { try await client.lock("x").withLock(timeout: .seconds(30)) { _ in } }
                    try await lock.withLock(timeout: .seconds(30)) { _ in
                        #expect(
                            inside.change {
                                $0 += 1
                                return $0
                            } == 1)
                        await Task.yield()
                        inside.change { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func waitsOfTasksEndOneByOne() async throws {
        let lock = try await makeClient().lock("x", options: options)
        #expect(try await lock.acquire())
        #expect(try await !lock.tryAcquire())
        #expect(try await !lock.acquire(timeout: .milliseconds(50)))
        // Before it stands in line, while it does so, and after.
        for round in 0..<60 {
            let waiter = Task { try await lock.acquire(timeout: .seconds(20)) }
            try await Task.sleep(for: .microseconds(round * 50))
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        let waiter = Task { try await lock.acquire(timeout: .seconds(20)) }
        try await lock.release()
        #expect(try await waiter.value)
        try await lock.release()
        #expect(try await lock.acquire(timeout: .seconds(5)), "nobody's turn is left over")
    }

    @Test func aLeaseThatIsOverDoesNotReachTheNextHold() async throws {
        let lock = try await makeClient().lock("x", options: options)
        let kept = Shared<Lease?>(nil)
        try await lock.withLock { lease in kept.change { $0 = lease } }
        #expect(try await lock.acquire())
        let past = try #require(kept.value)
        #expect(past.timeLeft == .zero && !past.isLost)
        #expect(await code { try await past.release() } == .notHeld)
        #expect(await code { try await past.extend(.seconds(1)) } == .notHeld)
        #expect(lock.state == .held && lock.leaseLeft > .seconds(5))
        try await lock.release()
    }

    @Test func aWaitElsewhereIsCancelledAlone() async throws {
        let client = try await makeClient()
        let holder = client.lock("x")
        #expect(try await holder.acquire())
        let lock = client.lock("x", options: options)
        let (first, second) = (Task { try await lock.acquire() }, Task { try await lock.acquire() })
        try await eventually("one to stand in the server's line") { try await holder.inspect()?.waiters == 1 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        try await holder.release()
        #expect(try await second.value)
    }

    @Test func aLossIsToldAndGivesTheTurnOn() async throws {
        let client = try await makeClient()
        let lock = client.lock(
            "x", options: LockOptions(lease: .milliseconds(300), renew: false, linger: .seconds(60)))
        let failure = await code {
            try await lock.withLock { lease in
                try? await Task.sleep(for: .seconds(30))
                #expect(lease.isLost && Task.isCancelled)
            }
        }
        #expect(failure == .lost)
        #expect(try await lock.acquire(timeout: .seconds(5)))
        try await eventually("the lease to end") { lock.state == .lost }
        #expect(try await lock.acquire(timeout: .seconds(5)), "one that is lost and not released is not waited for")
    }
}
