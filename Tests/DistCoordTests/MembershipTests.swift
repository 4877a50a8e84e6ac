import DistCoord
import Testing

@Suite struct MembershipTests {
    @Test func joinAndLeave() async throws {
        let client = try await makeClient()
        let first = try client.membership("g", options: MembershipOptions(id: "ann", value: "one"))
        let second = try client.membership("g", value: "two")
        #expect(first.id == "ann" && !second.id.isEmpty && first.state == .outside)
        #expect(await code { try await first.leave() } == .notHeld)
        try await first.join()
        try await first.join()
        try await second.join()
        let members = try await client.membership("g").members()
        #expect(members.map(\.id) == ["ann", second.id] && members.map(\.value) == ["one", "two"])
        #expect(members[0].label == "swift-tests" && members[0].leaseLeft > .zero)
        let twin = try client.membership("g", options: MembershipOptions(id: "ann"))
        #expect(await code { try await twin.join() } == .exists)
        try await first.setValue("new")
        #expect(try await first.members().first?.value == "new")
        try await first.leave()
        #expect(first.state == .outside)
        #expect(try await second.members().map(\.id) == [second.id])
    }

    @Test func comingAndGoingIsSeen() async throws {
        let client = try await makeClient()
        let seen = Shared<[String]>([])
        let ann = try client.membership("g", options: MembershipOptions(id: "ann", value: "one"))
        try await ann.join()
        let watcher = Task {
            for try await change in try client.membership("g").changes {
                seen.change { $0.append("\(change.id) \(change.kind) \(change.value)") }
            }
        }
        @Sendable func expectSeen(_ last: String) async throws {
            try await eventually("\(last)") { seen.value.last == last }
        }
        try await expectSeen("ann came one")
        try await ann.setValue("two")
        try await expectSeen("ann changed two")
        let bob = try client.membership("g", options: MembershipOptions(id: "bob", value: "b"))
        try await bob.withMembership { member in
            #expect(member.id == "bob" && member.state == .joined)
            try await expectSeen("bob came b")
        }
        try await expectSeen("bob went b")
        try await ann.leave()
        try await expectSeen("ann went two")
        watcher.cancel()
        try await watcher.value
        #expect(seen.value.count == 5)
    }

    @Test func theBodyEndsWithTheMembership() async throws {
        struct Broken: Error {}
        let server = LiveServer()
        defer { server.resume() }
        let client = try await makeClient(server: server)
        let group = try client.membership("g", options: MembershipOptions(lease: .seconds(3)))
        await #expect(throws: Broken.self) { try await group.withMembership { _ in throw Broken() } }
        #expect(try await group.members().isEmpty)
        let failure = await code {
            try await group.withMembership { member in
                server.pause()
                try? await Task.sleep(for: .seconds(60))
                #expect(member.state == .lost)
                server.resume()
            }
        }
        #expect(failure == .lost)
    }
}
