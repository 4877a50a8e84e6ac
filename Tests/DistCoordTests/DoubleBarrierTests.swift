import DistCoord
import Testing

@Suite struct DoubleBarrierTests {
    @Test func beginTogetherAndEndTogether() async throws {
        let client = try await makeClient()
        let barrier = try client.doubleBarrier("d", parties: 3)
        let (begun, ended) = (Shared(0), Shared(0))
        let indices = try await withThrowingTaskGroup(of: Int.self) { group in
            for party in 0..<3 {
                group.addTask {
                    if party == 2 { try await eventually("two inside") { try await barrier.inspect().inside == 2 } }
                    let index = try await barrier.run { index in
                        begun.change { $0 += 1 }
                        try await eventually("all to begin") { begun.value == 3 }
                        ended.change { $0 += 1 }
                        return index
                    }
                    #expect(ended.value == 3, "left before all were done")
                    return index
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(indices.sorted() == [0, 1, 2])
        let status = try await barrier.inspect()
        #expect(status.inside == 0 && status.round == 1)
    }

    @Test func aPartyByItself() async throws {
        let client = try await makeClient()
        let parties = try (0..<2).map { _ in try client.doubleBarrier("d", parties: 2) }
        #expect(await code { try await parties[0].leave() } == .notHeld)
        #expect(await code { try await parties[0].enter(timeout: .milliseconds(30)) } == .timedOut)
        #expect(parties[0].state == .outside)
        let other = Task { try await parties[1].enter() }
        try await parties[0].enter()
        _ = try await other.value
        #expect(parties[0].state == .inside)
        #expect(await code { try await parties[0].enter() } == .exists)
        #expect(await code { try await parties[0].leave(timeout: .milliseconds(30)) } == .timedOut)
        try await parties[1].leave()
        #expect(parties.allSatisfy { $0.state == .outside })
    }

    @Test func givingUpWithdrawsTheParty() async throws {
        let client = try await makeClient()
        let barrier = try client.doubleBarrier("d", parties: 2)
        let party = Task { try await barrier.run { _ in } }
        try await eventually("one to wait") { try await barrier.inspect().inside == 1 }
        party.cancel()
        await #expect(throws: CancellationError.self) { try await party.value }
        try await eventually("the party to be withdrawn") { try await barrier.inspect().inside == 0 }
    }

    @Test func abortBreaksIt() async throws {
        let client = try await makeClient()
        let barrier = try client.doubleBarrier("d", parties: 2)
        let party = Task { await code { try await barrier.run { _ in } } }
        try await eventually("one to wait") { try await barrier.inspect().inside == 1 }
        try await barrier.abort()
        #expect(await party.value == .broken)
        #expect(await code { try await client.doubleBarrier("d", parties: 2).enter(timeout: .zero) } == .timedOut)
    }

    @Test func theBodyEndsWithItsParty() async throws {
        let server = LiveServer()
        defer { server.resume() }
        let client = try await makeClient(server: server)
        let options = DoubleBarrierOptions(lease: .seconds(3), onDeath: .shrink)
        let other = try client.doubleBarrier("d", parties: 2, options: options)
        let (isInside, isPaused) = (Shared(false), Shared(false))
        let party = Task {
            await code {
                try await client.doubleBarrier("d", parties: 2, options: options).run { _ in
                    isInside.change { $0 = true }
                    try await eventually("the server to be away") { isPaused.value }
                    try? await Task.sleep(for: .seconds(60))
                    server.resume()
                }
            }
        }
        try await other.enter()
        try await eventually("the party to be told, too") { isInside.value }
        server.pause()
        isPaused.change { $0 = true }
        #expect(await party.value == .lost)
        try await eventually("the other to know") { other.state == .lost }
        #expect(await code { try await other.leave() } == .lost)
    }
}
