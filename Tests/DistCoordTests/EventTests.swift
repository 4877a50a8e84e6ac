import DistCoord
import Testing

@Suite struct EventTests {
    @Test func allGoOnWhenItIsSet() async throws {
        let client = try await makeClient()
        let event = client.event("e")
        #expect(try await !event.isSet())
        #expect(try await !event.wait(timeout: .milliseconds(30)))
        let waits = (0..<4).map { _ in Task { try await event.wait() } }
        try await client.event("e").set()
        for wait in waits { try await wait.value }
        #expect(try await event.isSet())
        #expect(try await event.wait(timeout: .zero))
        try await event.clear()
        #expect(try await !event.isSet())
    }

    @Test func whoGivesUpDisturbsNobody() async throws {
        let event = try await makeClient().event("e")
        let waits = (0..<3).map { _ in Task { try await event.wait() } }
        waits[1].cancel()
        await #expect(throws: CancellationError.self) { try await waits[1].value }
        try await event.set()
        try await waits[0].value
        try await waits[2].value
    }
}
