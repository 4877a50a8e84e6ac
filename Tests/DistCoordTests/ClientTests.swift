import DistCoord
import Testing

@Suite struct ClientTests {
    @Test func connectsAndTellsWhatItIs() async throws {
        let client = try await makeClient(namespace: "some-namespace")
        #expect(client.namespace == "some-namespace")
        #expect(client.url.contains("redis.sock"))
        #expect(!client.id.isEmpty)
        #expect(try await client.ping() > .zero)
        try await client.close()
        try await client.close()
    }

    @Test func closedClientSaysSo() async throws {
        let client = try await makeClient()
        try await client.close()
        #expect(await code { _ = try await client.lock("x").acquire() } == .closed)
    }

    @Test func unreachableServer() async throws {
        let failure = await code { _ = try await Client.connect("unix:///nowhere/redis.sock") }
        #expect(failure == .unreachable)
        let client = try Client.open("unix:///nowhere/redis.sock")
        #expect(try await client.check().state == .unhealthy)
    }

    @Test func malformedArguments() async throws {
        #expect(await code { _ = try Client.open("what://is/this") } == .invalidArgument)
        #expect(await code { _ = try Client.open(options: ClientOptions(namespace: "")) } == .invalidArgument)
        #expect(await code { _ = try Client.open(options: ClientOptions(namespace: "a\0b")) } == .invalidArgument)
        #expect(await code { _ = try Client.open(options: ClientOptions(connectTimeout: .zero)) } == .invalidArgument)
        let client = try await makeClient()
        #expect(await code { _ = try await client.lock("").acquire() } == .invalidArgument)
        #expect(await code { _ = try await client.lock("a\0b").acquire() } == .invalidArgument)
        #expect(await code { _ = try await client.lock("x", lease: .zero).acquire() } == .invalidArgument)
        #expect(await code { try await client.barrier("b", parties: 0).wait() } == .invalidArgument)
    }

    @Test func healthOfALiveServer() async throws {
        let report = try await makeClient().check()
        #expect(report.state != .unhealthy)
        #expect(!report.checks.isEmpty)
        #expect(report.checks.allSatisfy { !$0.name.isEmpty && !$0.detail.isEmpty })
    }

    @Test func cancelWaitsEndsThemWithTheirOwnCode() async throws {
        let client = try await makeClient()
        let lock = client.lock("x")
        #expect(try await lock.acquire())
        let waiter = Task { await code { _ = try await client.lock("x").acquire() } }
        try await eventually("the waiter to wait") { try await lock.inspect()?.waiters == 1 }
        client.cancelWaits()
        #expect(await waiter.value == .cancelled)
        #expect(try await lock.inspect()?.waiters == 0)
    }

    @Test(arguments: [
        (Duration.milliseconds(1), Int64(1)), (.microseconds(1), 1), (.microseconds(1001), 2), (.zero, 0),
        (.seconds(-1), -1000), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min), (.seconds(2.5), 2500),
    ])
    func durationsRoundUpAndClamp(duration: Duration, milliseconds: Int64) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }
}
