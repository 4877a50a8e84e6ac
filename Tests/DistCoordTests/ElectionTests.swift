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

    @Test func theLeadersWorkStartsAgainAfterALoss() async throws {
        let client = try await makeClient()
        let election = client.election("e", options: ElectionOptions(lease: .seconds(5), renewal: .milliseconds(100)))
        let terms = Shared<[UInt64]>([])
        let leading = Task {
            try await election.whileLeading { leadership in
                terms.change { $0.append(leadership.term) }
                while !leadership.isLost { try await Task.sleep(for: .milliseconds(5)) }
                return "returned although lost"
            }
        }
        try await eventually("the first term") { terms.value.count == 1 }
        let first = try #require(terms.value.first)
        #expect(try await client.election("e").evict(term: first))
        try await eventually("a second term") { terms.value.count == 2 }
        #expect(try #require(terms.value.last) > first)
        leading.cancel()
        await #expect(throws: CancellationError.self) { try await leading.value }
        #expect(try await election.leader() == nil, "it resigned on its way out")
    }

    @Test func theLeadersWorkComesToItsEnd() async throws {
        struct Broken: Error {}
        let client = try await makeClient()
        let election = client.election("e")
        #expect(try await election.whileLeading { $0.term } > 0)
        #expect(try await election.leader() == nil)
        await #expect(throws: Broken.self) { try await election.whileLeading { _ in throw Broken() } }
        #expect(try await election.leader() == nil)
    }

    @Test func whoWaitsToLeadCanBeCancelled() async throws {
        let client = try await makeClient()
        let leader = client.election("e")
        #expect(try await leader.campaign())
        let standby = Task { try await client.election("e").whileLeading { _ in } }
        try await eventually("a candidate") { try await leader.leader()?.candidates == 1 }
        standby.cancel()
        await #expect(throws: CancellationError.self) { try await standby.value }
        #expect(try await leader.leader()?.candidates == 0)
    }

    @Test func valuesChangeWhileLeading() async throws {
        let client = try await makeClient()
        let options = ElectionOptions(lease: .seconds(5), value: "one", renewal: .milliseconds(100))
        let election = client.election("e", options: options)
        let seen = Shared<[String]>([])
        let watcher = Task {
            for try await leader in election.leaders { seen.change { $0.append(leader?.value ?? "nobody") } }
        }
        try await eventually("the watch") { seen.value == ["nobody"] }
        try await election.setValue("two")
        #expect(try await election.campaign())
        try await eventually("the value set before") { seen.value.last == "two" }
        try await election.setValue("three")
        try await eventually("the value set now") { seen.value.last == "three" }
        try await client.election("f", value: "a").withLeadership { leadership in
            try await leadership.setValue("b")
            #expect(try await client.election("f").leader()?.value == "b")
        }
        #expect(try await election.evict(term: election.term))
        #expect(try await !client.election("e").evict(), "nobody leads any more")
        try await eventually("the loss") { !election.isLeader }
        #expect(await code { try await election.setValue("four") } == .lost)
        watcher.cancel()
        try await watcher.value
    }

    @Test func optionsOutOfRangeAreNamed() async throws {
        let client = try await makeClient()
        for options in [
            ElectionOptions(lease: .milliseconds(1)), ElectionOptions(value: String(repeating: "x", count: 5_000)),
            ElectionOptions(renewal: .seconds(9)), ElectionOptions(renewal: .zero),
            ElectionOptions(stepDown: .seconds(9)), ElectionOptions(stepDown: .milliseconds(-1)),
        ] {
            #expect(await code { _ = try await client.election("e", options: options).leader() } == .invalidArgument)
        }
    }

    @Test func oneLeaderOverAQuorum() async throws {
        let servers = (0..<3).map { _ in LiveServer() }
        defer { for server in servers { server.resume() } }
        let url = "quorum:" + servers.map(\.url).joined(separator: ",")
        let client = try await Client.connect(url, options: ClientOptions(namespace: "q", label: "swift-tests"))
        let (first, second) = (client.election("e", value: "one"), client.election("e", value: "two"))
        #expect(try await first.campaign())
        servers[0].pause()
        try await eventually("a leader although a server is away") { try await second.leader()?.value == "one" }
        let standby = Task { try await second.campaign() }
        try await first.resign()
        #expect(try await standby.value)
        #expect(second.term > first.term)
    }
}
