import DistCoord
import Testing

@Suite struct LockTests {
    @Test func acquireAndRelease() async throws {
        let lock = try await makeClient().lock("x")
        #expect(lock.state == .free && lock.fence == 0)
        #expect(try await lock.acquire())
        #expect(lock.state == .held && lock.fence > 0 && lock.leaseLeft > .seconds(5))
        let first = lock.fence
        try await lock.extend(.seconds(30))
        #expect(lock.leaseLeft > .seconds(20))
        try await lock.release()
        #expect(lock.state == .free)
        #expect(try await lock.tryAcquire())
        #expect(lock.fence > first)
        try await lock.release()
        #expect(await code { try await lock.release() } == .notHeld)
        #expect(await code { try await lock.extend() } == .notHeld)
    }

    @Test func aHeldLockIsNotHadTwice() async throws {
        let client = try await makeClient()
        let lock = client.lock("x")
        #expect(try await lock.acquire())
        #expect(try await !client.lock("x").tryAcquire())
        #expect(try await !lock.tryAcquire(), "a lock is a mutex, for its own object too")
        #expect(try await !client.lock("x").acquire(timeout: .milliseconds(50)))
        #expect(await code { try await client.withLock("x", timeout: .zero) { _ in } } == .timedOut)
        let info = try #require(try await lock.inspect())
        #expect(info.holder == "swift-tests" && info.fence == lock.fence && info.waiters == 0)
        try await lock.release()
        #expect(try await lock.inspect() == nil)
    }

    @Test func withLockReleasesOnEveryWayOut() async throws {
        struct Failure: Error {}
        let client = try await makeClient()
        let text = try await client.withLock("x") { lease in
            #expect(lease.name == "x" && lease.fence > 0 && !lease.isLost && lease.timeLeft > .zero)
            return "done"
        }
        #expect(text == "done")
        await #expect(throws: Failure.self) { try await client.withLock("x") { _ in throw Failure() } }
        #expect(try await client.lock("x").tryAcquire())
    }

    @Test func oneAtATime() async throws {
        let client = try await makeClient()
        let inside = Shared(0)
        let fences = Shared<[UInt64]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await client.withLock("x") { lease in
                        #expect(
                            inside.change {
                                $0 += 1
                                return $0
                            } == 1)
                        await Task.yield()
                        fences.change { $0.append(lease.fence) }
                        inside.change { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        let order = fences.value
        #expect(order.count == 100 && order == order.sorted() && Set(order).count == 100)
    }

    @Test func waitsDoNotHoldUpTheCooperativePool() async throws {
        let client = try await makeClient()
        let lock = client.lock("x")
        #expect(try await lock.acquire())
        let waiters = (0..<64).map { _ in Task { try await client.lock("x").acquire(timeout: .seconds(20)) } }
        try await eventually("64 waiters") { try await lock.inspect()?.waiters == 64 }
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters { await #expect(throws: CancellationError.self) { try await waiter.value } }
        let left = try await lock.inspect()?.waiters
        #expect(left == 0)
    }

    @Test func cancellingOneWaitDisturbsNoOther() async throws {
        let lock = try await makeClient().lock("x")
        #expect(try await lock.acquire())
        let (first, second) = (Task { try await lock.acquire() }, Task { try await lock.acquire() })
        try await eventually("both to wait") { try await lock.inspect()?.waiters == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        let left = try await lock.inspect()?.waiters
        #expect(left == 1)
        try await lock.release()
        #expect(try await second.value)
        try await lock.release()
    }

    @Test func aCancelledTaskDoesNotBegin() async throws {
        let lock = try await makeClient().lock("x")
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await lock.acquire()
        }
        task.cancel()
        _ = await task.result
        #expect(try await lock.inspect() == nil)
    }

    @Test func cancellationInEveryMomentLeavesNothing() async throws {
        let client = try await makeClient()
        let lock = client.lock("x")
        for round in 0..<100 {
            #expect(try await lock.acquire())
            let task = Task { try await client.withLock("x") { _ in } }
            try await Task.sleep(for: .microseconds(round * 20))
            task.cancel()
            if round % 2 == 0 { try await lock.release() }
            _ = await task.result
            if round % 2 == 1 { try await lock.release() }
        }
        try await eventually(within: .seconds(2), "nobody to hold or wait") { try await lock.inspect() == nil }
    }

    @Test func cancellingTheCallerCancelsTheBody() async throws {
        let client = try await makeClient()
        let began = Shared(false)
        let task = Task {
            try await client.withLock("x") { _ in
                began.change { $0 = true }
                try await Task.sleep(for: .seconds(60))
            }
        }
        try await eventually("the body to begin") { began.value }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await client.lock("x").tryAcquire())
    }

    @Test func withoutRenewalTheLeaseEnds() async throws {
        let client = try await makeClient()
        let lock = client.lock("x", lease: .milliseconds(200), renew: false)
        #expect(try await lock.acquire())
        #expect(try await client.lock("x").acquire(timeout: .seconds(10)))
        #expect(lock.state == .lost)
        #expect(await code { try await lock.release() } == .lost)
    }

    @Test func losingTheLeaseCancelsTheBody() async throws {
        let lock = try await makeClient().lock("x", lease: .milliseconds(300), renew: false)
        let wasCancelled = Shared(false)
        let failure = await code {
            try await lock.withLock { lease in
                try? await Task.sleep(for: .seconds(30))
                #expect(lease.isLost)
                wasCancelled.change { $0 = Task.isCancelled }
            }
        }
        #expect(failure == .lost)
        #expect(wasCancelled.value)
    }

    @Test func aServerThatIsAwayForALeaseIsALoss() async throws {
        let server = LiveServer()
        let client = try await makeClient(server: server)
        let failure = await code {
            try await client.withLock("x", lease: .milliseconds(400)) { _ in
                server.pause()
                try? await Task.sleep(for: .seconds(30))
                server.resume()
            }
        }
        #expect(failure == .lost)
    }
}
