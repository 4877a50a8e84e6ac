import DistCoord
import Testing

@Suite struct ChannelTests {
    struct Weather: Codable, Equatable, Sendable { var degrees: Int }

    @Test func whoListensGetsIt() async throws {
        let client = try await makeClient()
        #expect(try await client.channel("news").publish("nobody listens") == 0)
        let both = try await client.subscribe("news", "weather")
        let one = try await client.channel("weather").subscribe()
        #expect(try await both.next(timeout: .zero) == nil)
        try await client.channel("news").publish([1, 2])
        try await client.channel("weather").publish(json: Weather(degrees: 20))
        let first = try #require(try await both.next(timeout: .seconds(10)))
        #expect(first.source == "news" && first.payload == [1, 2] && first.missed == 0 && first.id.isEmpty)
        #expect(try await both.next()?.decode(Weather.self) == Weather(degrees: 20))
        #expect(try await one.next()?.source == "weather")
        #expect(try await both.remove("news"))
        #expect(try await !both.remove("news"))
        try await both.add("sports")
        try await client.channel("news").publish("not heard")
        try await client.channel("sports").publish("heard")
        #expect(try await both.next()?.text == "heard")
        #expect(both.missed == 0)
    }

    @Test func aSlowReaderIsToldWhatItMissed() async throws {
        let client = try await makeClient()
        let subscription = try await client.channel("c").subscribe(capacity: 3)
        let watched = try await client.channel("c").subscribe()
        for number in 0..<10 { try await client.channel("c").publish("\(number)") }
        // What the other one has got has come to this one as well.
        for _ in 0..<10 { _ = try await watched.next() }
        try await eventually("the buffer to overflow") { subscription.missed == 7 }
        let message = try #require(try await subscription.next())
        #expect(message.text == "7" && message.missed == 7)
        #expect(await code { _ = try await client.channel("c").subscribe(capacity: 0) } == .invalidArgument)
    }

    @Test func theSequenceEndsWithItsTask() async throws {
        let client = try await makeClient()
        let subscription = try await client.subscribe("c")
        let seen = Shared<[String]>([])
        let reader = Task {
            for try await message in subscription { seen.change { $0.append(message.text) } }
        }
        try await client.channel("c").publish("a")
        try await eventually("a message") { seen.value == ["a"] }
        reader.cancel()
        try await reader.value
        try await client.channel("c").publish("b")
        #expect(try await subscription.next()?.text == "b", "the subscription goes on")
    }
}
