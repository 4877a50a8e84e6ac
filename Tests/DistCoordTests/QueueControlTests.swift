import DistCoord
import Testing

@Suite struct QueueControlTests {
    @Test func aPausedQueueGivesNothingOut() async throws {
        let queue = try await makeClient().queue("q")
        let running = try await queue.push("a")
        let job = try #require(try await queue.claim())
        let waiter = Task { try await queue.claim() }
        try await eventually("a claimer to wait") { try await queue.counts().claimers == 1 }
        try await queue.pause()
        let id = try await queue.push("b")
        #expect(try await queue.settings().isPaused)
        #expect(try await queue.claim(timeout: .milliseconds(100)) == nil)
        try await job.complete()
        #expect(try await queue.result(running).state == .completed, "what runs goes on")
        try await queue.resume()
        #expect(try await waiter.value?.id == id)
        #expect(try await queue.settings().isPaused == false)
    }

    @Test func settings() async throws {
        let queue = try await makeClient().queue("q")
        let defaults = try await queue.settings()
        #expect(!defaults.isPaused && defaults.rateLimit == nil && defaults.keyLimit == 1)
        #expect(defaults.results == 100_000 && defaults.dead == nil)
        try await queue.setRateLimit(QueueSettings.RateLimit(100, per: .seconds(60)))
        try await queue.setKeyLimit(3)
        try await queue.setHistory(results: 50, dead: 7)
        let set = try await queue.settings()
        #expect(set.rateLimit == QueueSettings.RateLimit(100, per: .seconds(60)) && set.keyLimit == 3)
        #expect(set.results == 50 && set.dead == 7)
        try await queue.setRateLimit(nil)
        try await queue.setHistory()
        #expect(try await queue.settings().rateLimit == nil)
        #expect(try await queue.settings().dead == nil)
        #expect(await code { try await queue.setKeyLimit(0) } == .invalidArgument)
        #expect(
            await code { try await queue.setRateLimit(QueueSettings.RateLimit(0, per: .seconds(1))) }
                == .invalidArgument)
        #expect(await code { try await queue.setHistory(dead: -1) } == .invalidArgument)
    }

    @Test func aRateLimitHoldsBack() async throws {
        let queue = try await makeClient().queue("q")
        try await queue.setRateLimit(QueueSettings.RateLimit(2, per: .seconds(3600)))
        try await queue.pushMany(["a", "b", "c"])
        for _ in 0..<2 { try await #require(try await queue.claim(timeout: .seconds(5))).complete() }
        #expect(try await queue.claim(timeout: .milliseconds(100)) == nil)
        try await queue.setRateLimit(nil)
        #expect(try await queue.claim(timeout: .seconds(10)) != nil)
    }

    @Test func oneJobOfAKeyAtATime() async throws {
        let queue = try await makeClient().queue("q")
        let key = PushOptions(concurrencyKey: "customer 7")
        let ids = try await queue.pushMany(["a", "b"], options: key)
        let other = try await queue.push("c")
        let first = try #require(try await queue.claim())
        let second = try #require(try await queue.claim())
        #expect(first.id == ids[0] && second.id == other, "who waits for the key keeps nobody else waiting")
        #expect(try await queue.claim(timeout: .zero) == nil)
        #expect(try await queue.counts().blocked == 1)
        try await first.complete()
        #expect(try await queue.claim(timeout: .seconds(10))?.id == ids[1])
    }
}
