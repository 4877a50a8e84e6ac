import DistCoord
import Testing

@Suite struct ElectionTests {
    @Test func campaignAndResign() async throws {
        let client = try await makeClient()
        let (first, second) = (client.election("e", value: "one"), client.election("e", value: "two"))
        #expect(try await first.leader() == nil)
        #expect(await code { try await first.resign() } == .notHeld)
        #expect(try await first.campaign())
        #expect(try await first.campaign(), "one that leads already returns at once")
        #expect(first.isLeader && first.term > 0)
        #expect(try await !second.campaign(timeout: .milliseconds(50)))
        let leader = try #require(try await second.leader())
        #expect(leader.value == "one" && leader.label == "swift-tests" && leader.term == first.term)
        let standby = Task { try await second.campaign() }
        try await eventually("the candidate") { try await first.leader()?.candidates == 1 }
        try await first.resign()
        #expect(try await standby.value)
        #expect(!first.isLeader && second.isLeader && second.term > first.term)
        #expect(await code { try await first.resign() } == .notHeld)
    }

    @Test func tasksOfOneObjectLeadTogether() async throws {
        let client = try await makeClient()
        let (other, election) = (client.election("e"), client.election("e"))
        #expect(try await other.campaign())
        let campaigns = (0..<3).map { _ in Task { try await election.campaign() } }
        try await eventually("three to wait") { try await other.leader()?.candidates == 3 }
        campaigns[0].cancel()
        await #expect(throws: CancellationError.self) { try await campaigns[0].value }
        try await other.resign()
        #expect(try await campaigns[1].value)
        #expect(try await campaigns[2].value)
        #expect(try await election.leader()?.candidates == 0)
    }

    @Test func leadersAreObserved() async throws {
        let client = try await makeClient()
        let seen = Shared<[String]>([])
        let watcher = Task {
            for try await leader in client.election("e").leaders {
                seen.change { $0.append(leader?.value ?? "nobody") }
            }
        }
        func expectSeen(_ names: [String]) async throws {
            try await eventually("\(names) to be seen") { seen.value == names }
        }
        let (first, second) = (client.election("e", value: "one"), client.election("e", value: "two"))
        #expect(try await first.campaign())
        try await expectSeen(["one"])
        try await first.resign()
        try await expectSeen(["one", "nobody"])
        #expect(try await second.campaign())
        try await expectSeen(["one", "nobody", "two"])
        watcher.cancel()
        try await watcher.value
    }

    @Test func withLeadership() async throws {
        let client = try await makeClient()
        let election = client.election("e")
        let term = try await election.withLeadership { leadership in
            #expect(leadership.name == "e" && !leadership.isLost)
            #expect(await code { try await client.election("e").withLeadership(timeout: .zero) { _ in } } == .timedOut)
            return leadership.term
        }
        #expect(term > 0)
        #expect(try await election.leader() == nil)
    }

    @Test func losingTheLeadershipCancelsTheBody() async throws {
        let server = LiveServer()
        let client = try await makeClient(server: server)
        let failure = await code {
            try await client.election("e", lease: .milliseconds(400)).withLeadership { leadership in
                server.pause()
                try? await Task.sleep(for: .seconds(30))
                #expect(leadership.isLost)
                server.resume()
            }
        }
        #expect(failure == .lost)
    }
}
