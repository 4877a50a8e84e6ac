import DistCoord
import Testing

@Suite(.timeLimit(.minutes(1))) struct SemaphoreTests {
    /// Permits, used, waiters.
    private func standing(_ semaphore: Semaphore) async throws -> [Int] {
        let status = try await semaphore.inspect()
        return [status.permits, status.used, status.waiters]
    }

    @Test func asManyAsThereArePermits() async throws {
        let semaphore = try await makeClient().semaphore("x", permits: 3)
        let one = try #require(try await semaphore.acquire())
        let two = try #require(try await semaphore.acquire(2))
        #expect(one.fence > 0 && two.fence > one.fence && !one.isLost)
        #expect(try await standing(semaphore) == [3, 3, 0])
        #expect(try await semaphore.tryAcquire() == nil)
        #expect(try await semaphore.acquire(timeout: .milliseconds(50)) == nil)
        #expect(await code { try await semaphore.withPermit(timeout: .zero) { _ in } } == .timedOut)
        try await two.release()
        #expect(try await semaphore.inspect().used == 1)
        try await semaphore.withPermits(2, timeout: .zero) { _ in
            let used = try await semaphore.inspect().used
            #expect(used == 3)
        }
        try await one.release()
        #expect(await code { try await one.release() } == .notHeld)
    }

    @Test func neverMoreThanThereAre() async throws {
        let client = try await makeClient()
        let inside = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<80 {
                group.addTask {
                    let count = round % 3 + 1
                    try await client.semaphore("x", permits: 4).withPermits(count, timeout: .seconds(30)) { _ in
                        #expect(
                            inside.change {
                                $0 += count
                                return $0
                            } <= 4)
                        await Task.yield()
                        inside.change { $0 -= count }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await client.semaphore("x", permits: 4).inspect().used == 0)
    }

    @Test func oneThatWantsManyIsNotOvertaken() async throws {
        let semaphore = try await makeClient().semaphore("x", permits: 2)
        let one = try #require(try await semaphore.acquire())
        let many = Task { try await semaphore.acquire(2) }
        try await eventually("the waiter") { try await semaphore.inspect().waiters == 1 }
        #expect(try await semaphore.tryAcquire() == nil)
        try await one.release()
        try await #require(try await many.value).release()
    }

    @Test func resizing() async throws {
        let semaphore = try await makeClient().semaphore("x", permits: 1)
        let first = try #require(try await semaphore.acquire())
        let waiter = Task { try await semaphore.acquire() }
        try await eventually("the waiter") { try await semaphore.inspect().waiters == 1 }
        try await semaphore.resize(2)
        let second = try #require(try await waiter.value)
        try await semaphore.resize(1)
        #expect(try await standing(semaphore) == [1, 2, 0])
        try await first.release()
        #expect(try await semaphore.tryAcquire() == nil)
        try await second.release()
        #expect(try await semaphore.tryAcquire() != nil)
    }

    @Test func wishesThatCannotBeGranted() async throws {
        let semaphore = try await makeClient().semaphore("x", permits: 2)
        #expect(await code { _ = try await semaphore.acquire(3) } == .conflict)
        #expect(await code { _ = try await semaphore.acquire(0) } == .invalidArgument)
        #expect(await code { try await semaphore.resize(0) } == .invalidArgument)
        let none = try await makeClient().semaphore("x", permits: 0)
        #expect(await code { _ = try await none.acquire() } == .invalidArgument)
    }

    @Test func waitsAreCancelledAlone() async throws {
        let semaphore = try await makeClient().semaphore("x", permits: 1)
        let permit = try #require(try await semaphore.acquire())
        let (first, second) = (Task { try await semaphore.acquire() }, Task { try await semaphore.acquire() })
        try await eventually("both to wait") { try await semaphore.inspect().waiters == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await semaphore.inspect().waiters == 1)
        try await permit.release()
        try await #require(try await second.value).release()
    }

    @Test func losingThePermitCancelsTheBody() async throws {
        let client = try await makeClient()
        let options = LockOptions(lease: .milliseconds(300), renew: false)
        let semaphore = client.semaphore("x", permits: 1, options: options)
        let failure = await code {
            try await semaphore.withPermit { lease in
                try? await Task.sleep(for: .seconds(30))
                #expect(lease.isLost && Task.isCancelled)
            }
        }
        #expect(failure == .lost)
        #expect(try await client.semaphore("x", permits: 1).acquire(timeout: .seconds(5)) != nil)
    }

    @Test func whatIsDroppedIsReleased() async throws {
        let semaphore = try await makeClient().semaphore("x", permits: 1)
        do { _ = try await semaphore.acquire() }
        #expect(try await semaphore.acquire(timeout: .seconds(5)) != nil)
    }
}
