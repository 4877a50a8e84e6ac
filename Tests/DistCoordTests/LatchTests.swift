import DistCoord
import Testing

@Suite struct LatchTests {
    @Test func allGoOnAtZero() async throws {
        let client = try await makeClient()
        let latch = client.latch("l", count: 3)
        let waits = (0..<5).map { _ in Task { try await client.latch("l").wait() } }
        #expect(try await latch.countDown() == 2)
        #expect(try await !latch.wait(timeout: .milliseconds(30)))
        #expect(try await latch.countDown(by: 5) == 0)
        for wait in waits { try await wait.value }
        try await latch.wait()
        #expect(try await client.latch("l").count() == 0)
    }

    @Test func whoGivesUpDisturbsNobody() async throws {
        let client = try await makeClient()
        let latch = client.latch("l", count: 1)
        let waits = (0..<2).map { _ in Task { try await latch.wait() } }
        #expect(try await latch.count() == 1)
        waits[0].cancel()
        await #expect(throws: CancellationError.self) { try await waits[0].value }
        #expect(try await latch.countDown() == 0)
        try await waits[1].value
    }

    @Test func resetBreaksWaits() async throws {
        let client = try await makeClient()
        let latch = client.latch("l", count: 2)
        #expect(try await latch.count() == 2)
        let wait = Task { await code { try await latch.wait() } }
        // Its wait may begin after any one reset, but not after all of them.
        let end = Shared(false)
        let resets = Task {
            while !end.value {
                try await latch.reset(to: 4)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        #expect(await wait.value == .broken)
        end.change { $0 = true }
        try await resets.value
        #expect(try await latch.count() == 4)
        try await latch.reset()
        #expect(try await latch.count() == 2)
    }

    @Test func aCountIsNeeded() async throws {
        let client = try await makeClient()
        #expect(await code { _ = try await client.latch("l").countDown() } == .notFound)
        #expect(await code { _ = try await client.latch("l").count() } == .notFound)
        #expect(await code { try await client.latch("l").reset() } == .invalidArgument)
        #expect(await code { _ = try await client.latch("l", count: 0).count() } == .invalidArgument)
    }
}
