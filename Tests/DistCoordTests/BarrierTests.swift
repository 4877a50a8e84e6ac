import DistCoord
import Testing

@Suite struct BarrierTests {
    @Test func allGoOnTogether() async throws {
        let barrier = try await makeClient().barrier("b", parties: 4)
        for generation in 0..<3 {
            let arrivals = try await withThrowingTaskGroup(of: Barrier.Arrival.self) { group in
                for _ in 0..<4 { group.addTask { try await barrier.wait(timeout: .seconds(10)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(arrivals.map(\.index)) == [0, 1, 2, 3])
            #expect(Set(arrivals.map(\.generation)) == [Int64(generation)])
        }
        let status = try await barrier.inspect()
        #expect(status.waiting == 0 && status.generation == 3 && !status.isBroken)
    }

    @Test func aPartyThatGivesUpBreaksIt() async throws {
        let barrier = try await makeClient().barrier("b", parties: 3)
        let other = Task { await code { try await barrier.wait() } }
        try await eventually("one to wait") { try await barrier.inspect().waiting == 1 }
        #expect(await code { try await barrier.wait(timeout: .milliseconds(50)) } == .timedOut)
        #expect(await other.value == .broken)
        #expect(await code { try await barrier.wait() } == .broken)
        try await barrier.reset()
        #expect(try await barrier.inspect().isBroken == false)
    }

    @Test func aCancelledTaskBreaksIt() async throws {
        let barrier = try await makeClient().barrier("b", parties: 3)
        let other = Task { await code { try await barrier.wait() } }
        let party = Task { try await barrier.wait() }
        try await eventually("two to wait") { try await barrier.inspect().waiting == 2 }
        party.cancel()
        await #expect(throws: CancellationError.self) { try await party.value }
        #expect(await other.value == .broken)
    }

    @Test func abortAndConflict() async throws {
        let client = try await makeClient()
        let barrier = client.barrier("b", parties: 2)
        let other = Task { await code { try await barrier.wait() } }
        try await eventually("one to wait") { try await barrier.inspect().waiting == 1 }
        #expect(await code { try await client.barrier("b", parties: 3).wait() } == .conflict)
        try await barrier.abort()
        #expect(await other.value == .broken)
        #expect(try await barrier.inspect().isBroken)
    }

    @Test func oneActsBeforeAnybodyGoesOn() async throws {
        let barrier = try await makeClient().barrier("b", parties: 4)
        let acted = Shared(0)
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await barrier.wait {
                        try await Task.sleep(for: .milliseconds(30))
                        acted.change { $0 += 1 }
                    }
                    return acted.value
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(seen == [1, 1, 1, 1])
    }

    @Test func anActionThatThrowsBreaksIt() async throws {
        struct Broken: Error {}
        let barrier = try await makeClient().barrier("b", parties: 2)
        let other = Task {
            await code { try await barrier.wait { Issue.record("the last party acts, not the first") } }
        }
        try await eventually("one to wait") { try await barrier.inspect().waiting == 1 }
        await #expect(throws: Broken.self) { try await barrier.wait { throw Broken() } }
        #expect(await other.value == .broken)
        #expect(try await barrier.inspect().isBroken)
    }

    @Test func cancellingTheLastPartyCancelsItsAction() async throws {
        let barrier = try await makeClient().barrier("b", parties: 2)
        let other = Task { await code { try await barrier.wait {} } }
        try await eventually("one to wait") { try await barrier.inspect().waiting == 1 }
        let began = Shared(false)
        let party = Task {
            try await barrier.wait {
                began.change { $0 = true }
                try await Task.sleep(for: .seconds(60))
            }
        }
        try await eventually("the action") { began.value }
        party.cancel()
        await #expect(throws: CancellationError.self) { try await party.value }
        #expect(await other.value == .broken)
    }
}
