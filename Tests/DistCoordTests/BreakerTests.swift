import DistCoord
import Testing

@Suite struct BreakerTests {
    struct Broken: Error {}
    struct Unasked: Error {}

    @Test func itOpensForAllAndClosesByTrial() async throws {
        let namespace = "breaker-\(UInt64.random(in: 0 ... .max))"
        let options = BreakerOptions(
            failureThreshold: 3, recoveryTimeout: .seconds(3), flushInterval: .milliseconds(20))
        let breakers = try [
            try await makeClient(namespace: namespace), try await makeClient(namespace: namespace),
        ].map { try $0.breaker("b", options: options) }
        #expect(try await breakers[0].run { 7 } == 7)
        #expect(try await breakers[1].run { 8 } == 8)
        for breaker in [breakers[0], breakers[1], breakers[0]] {
            await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        }
        try await eventually("both to know") { breakers.allSatisfy { $0.state == .open } }
        let refused = await #expect(throws: DistCoordError.self) {
            try await breakers[1].run { Issue.record("called while open") }
        }
        #expect(refused?.code == .rejected && refused?.isRetriable == true)
        #expect(try #require(refused?.retryAfter) <= .seconds(3))
        try await eventually("the trial") {
            do {
                return try await breakers[1].run { true }
            } catch let error as DistCoordError where error.code == .rejected {
                return false
            }
        }
        try await eventually("both to close") { breakers.allSatisfy { $0.state == .closed } }
        let info = try await breakers[0].inspect()
        #expect(info.state == .closed && info.opened == 1 && info.failures == 0)
    }

    @Test func whatDoesNotCount() async throws {
        let client = try await makeClient()
        let breaker = try client.breaker("b", options: BreakerOptions(failureThreshold: 1)) { !($0 is Unasked) }
        await #expect(throws: Unasked.self) { try await breaker.run { throw Unasked() } }
        await #expect(throws: CancellationError.self) { try await breaker.run { throw CancellationError() } }
        _ = try await breaker.allow()
        try await breaker.flush()
        #expect(try await breaker.inspect().failures == 0 && breaker.state == .closed)
        let permit = try await breaker.allow()
        await permit.report(.failed)
        await permit.report(.succeeded)
        try await eventually("it to open") { breaker.state == .open }
        #expect(try await breaker.inspect().succeeded == 0)
    }

    @Test func aTrialThatNobodyReportsLetsAnotherThrough() async throws {
        let client = try await makeClient()
        let breaker = try client.breaker(
            "b", options: BreakerOptions(failureThreshold: 1, recoveryTimeout: .milliseconds(20)))
        await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        func tryOnce() async throws -> BreakerPermit? {
            do {
                return try await breaker.allow()
            } catch let error as DistCoordError where error.code == .rejected {
                return nil
            }
        }
        try await eventually("a first trial, which is dropped") {
            if try await tryOnce() == nil { return false }
            return try await breaker.inspect().state == .halfOpen
        }
        try await eventually("a second trial") {
            guard let permit = try await tryOnce() else { return false }
            await permit.report(.succeeded)
            return true
        }
        try await eventually("it to close") { try await breaker.inspect().state == .closed }
    }

    @Test func forcedAndWatched() async throws {
        let client = try await makeClient()
        let breaker = try client.breaker("b")
        try await breaker.run {}
        let seen = Shared<[BreakerState]>([])
        let watcher = Task {
            for try await info in breaker.changes { seen.change { $0.append(info.state) } }
        }
        try await eventually("the state of now") { seen.value == [.closed] }
        try await client.breaker("b").forceOpen()
        try await eventually("it to be seen") { seen.value.last == .forcedOpen && breaker.state == .forcedOpen }
        #expect(await code { try await breaker.run {} } == .rejected)
        #expect(try await breaker.inspect().retryAfter == nil)
        try await breaker.forceClosed()
        try await breaker.run {}
        try await breaker.reset()
        try await eventually("the end of it") { seen.value.last == .closed }
        watcher.cancel()
        try await watcher.value
    }

    @Test func withoutAServerItGoesByItself() async throws {
        let options = ClientOptions(commandTimeout: .milliseconds(200))
        let client = try Client.open("unix:///nowhere/at/all.sock", options: options)
        let breaker = try client.breaker("b", options: BreakerOptions(failureThreshold: 2))
        #expect(try await breaker.run { 1 } == 1)
        for _ in 0..<2 { await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } } }
        #expect(await code { try await breaker.run {} } == .rejected)
        let shut = try client.breaker("c", options: BreakerOptions(fallback: .open))
        #expect(await code { try await shut.run {} } == .rejected)
    }

    @Test func anActorCallsThroughIt() async throws {
        actor Counter {
            var calls = 0
            func call(_ breaker: Breaker) async throws { try await breaker.run { calls += 1 } }
        }
        let breaker = try await makeClient().breaker("b")
        let counter = Counter()
        try await counter.call(breaker)
        #expect(await counter.calls == 1)
    }
}
