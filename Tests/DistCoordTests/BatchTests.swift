import DistCoord
import Testing

@Suite struct BatchTests {
    @Test func aBatchIsDoneWhenAllHaveEnded() async throws {
        let queue = try await makeClient().queue("q")
        let batch = try queue.batch()
        #expect(batch.id.count == 22)
        #expect(await code { _ = try await batch.counts() } == .notFound)
        let ids = try await queue.pushMany(["a", "b", "c"], options: PushOptions(batch: batch.id, maxAttempts: 1))
        let jobs = try await queue.claimMany(2)
        #expect(jobs.map(\.batch) == [batch.id, batch.id])
        try await jobs[0].complete()
        try await jobs[1].fail("no")
        try await queue.cancel(ids[2])
        var counts = try await batch.counts()
        #expect(counts.total == 3 && counts.completed == 1 && counts.failed == 1 && counts.cancelled == 1)
        #expect(!counts.isSealed && !counts.isDone, "more may be pushed")
        #expect(await code { _ = try await batch.wait(timeout: .zero) } == .timedOut)
        try await batch.seal()
        counts = try await batch.wait()
        #expect(counts.isDone && counts.isSealed)
        #expect(await code { try await queue.push("d", options: PushOptions(batch: batch.id)) } == .conflict)
    }

    @Test func aBatchIsWaitedForByItsId() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        try await queue.push("a", options: PushOptions(batch: "nightly"))
        try await queue.batch(id: "nightly").seal()
        let waiter = Task { try await client.queue("q").batch(id: "nightly").wait() }
        let other = Task { try await client.queue("q").batch(id: "nightly").wait() }
        let job = try #require(try await queue.claim())
        other.cancel()
        await #expect(throws: CancellationError.self) { try await other.value }
        try await job.complete()
        let counts = try await waiter.value
        #expect(counts.total == 1 && counts.completed == 1)
        #expect(await code { _ = try queue.batch(id: "") } == .invalidArgument)
    }
}
