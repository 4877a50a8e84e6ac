import DistCoord
import Testing

@Suite struct LimiterTests {
    @Test func neverOneMore() async throws {
        let client = try await makeClient()
        let limiter = try client.limiter("l", .tokenBucket(limit: 5, per: .seconds(60)))
        let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<12 { group.addTask { try await limiter.tryAcquire() } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(granted == 5)
        #expect(try await limiter.tryAcquire(key: "another"))
        let status = try await limiter.inspect()
        #expect(status.available == 0 && status.nextAfter > .zero && status.nextAfter <= .seconds(12))
        guard case .refused(let retryAfter) = try await limiter.request(timeout: .seconds(1)) else {
            Issue.record("it was not due within a second")
            return
        }
        #expect(retryAfter > .seconds(1) && retryAfter <= .seconds(12))
        try await limiter.reset()
        #expect(try await limiter.inspect().available == 5)
    }

    @Test func whoHasToWaitGetsItsMoment() async throws {
        let limiter = try await makeClient().limiter("l", .tokenBucket(limit: 1, per: .seconds(3), burst: 1))
        #expect(try await limiter.withPermit { 7 } == 7)
        guard case .acquired(let waited) = try await limiter.request() else {
            Issue.record("a wait without a limit was refused")
            return
        }
        #expect(waited > .zero && waited < .seconds(10))
        let refused = await #expect(throws: DistCoordError.self) {
            for _ in 0..<100 { try await limiter.withPermit(timeout: .zero) {} }
        }
        #expect(refused?.code == .timedOut && refused?.retryAfter != nil)
    }

    @Test func theWaitIsCancelledWithItsTask() async throws {
        let limiter = try await makeClient().limiter("l", .slidingWindow(limit: 1, per: .seconds(60)))
        #expect(try await limiter.acquire())
        let waits = (0..<2).map { _ in Task { try await limiter.acquire(timeout: .seconds(300)) } }
        for wait in waits.reversed() {
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
        }
    }

    @Test func limitsOutOfRangeAreNamed() async throws {
        let client = try await makeClient()
        for rate in [
            RateLimit.tokenBucket(limit: 0), .tokenBucket(limit: 1, per: .zero), .tokenBucket(limit: 1, burst: 0),
            .slidingWindow(limit: -1),
        ] {
            #expect(await code { _ = try client.limiter("l", rate) } == .invalidArgument)
        }
    }
}
