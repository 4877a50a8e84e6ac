import DistCoord
import Testing

@Suite struct TopicTests {
    struct Order: Codable, Equatable, Sendable { var number: Int }

    @Test func messagesAreReadFromAnywhere() async throws {
        let client = try await makeClient()
        let topic = try client.topic("t")
        #expect(try await topic.inspect() == nil)
        let first = try await topic.publish("one")
        try await topic.publish(json: Order(number: 2))
        try await topic.publishMany([[3], [4]])
        let fresh = try await topic.messages()
        let last = try await topic.publish("five")
        let all = try await topic.messages(.oldest)
        let opening = try #require(try await all.next())
        #expect(opening.text == "one" && opening.id == first && opening.source == "t")
        #expect(opening.publishedMillisecondsSince1970 > 0 && opening.deliveries == 1)
        let later = try await topic.messages(.after(first))
        #expect(try await later.next()?.decode(Order.self) == Order(number: 2))
        #expect(try await later.next()?.payload == [3])
        #expect(try await fresh.next()?.id == last)
        let since = try await topic.messages(.since(opening.publishedMillisecondsSince1970))
        #expect(try await since.next()?.id == first)
        let info = try #require(try await topic.inspect())
        #expect(info.messages == 5 && info.published == 5 && info.firstID == first && info.lastID == last)
        #expect(try await topic.trim(keep: 2) == 3)
        #expect(try await topic.messages(.oldest).next()?.payload == [4])
        #expect(await code { _ = try await topic.messages(.after("nonsense")) } == .invalidArgument)
    }

    @Test func aGroupSharesItsMessages() async throws {
        let client = try await makeClient()
        let topic = try client.topic("t")
        let consumers = [
            try await topic.consumer(group: "g", options: ConsumerOptions(name: "ann", prefetch: 1)),
            try await topic.consumer(group: "g", options: ConsumerOptions(name: "bob", prefetch: 1)),
        ]
        #expect(
            await code { _ = try await topic.consumer(group: "g", options: ConsumerOptions(name: "ann")) } == .exists)
        try await topic.publishMany(json: (1...3).map { Order(number: $0) })
        let first = try #require(try await consumers[0].next())
        let second = try #require(try await consumers[1].next())
        #expect(try Set([first, second].map { try $0.decode(Order.self).number }) == [1, 2])
        let group = try #require(try await topic.inspect()?.groups.first)
        #expect(group.name == "g" && group.held == 2 && group.consumers == 2)
        try await consumers[0].release(first)
        let again = try #require(try await consumers[0].next())
        #expect(again.id == first.id && again.deliveries == 2)
        try await consumers[0].acknowledge(again)
        #expect(await code { try await consumers[0].acknowledge(again) } == .lost)
        try await consumers[1].close()
        let taken = try #require(try await consumers[0].next(timeout: .seconds(10)))
        #expect(taken.id == second.id, "what the other one held")
        #expect(try await consumers[0].acknowledge([taken.id]) == 1)
        #expect(try await consumers[0].next()?.decode(Order.self).number == 3)
        try await topic.deleteGroup("g")
        #expect(await code { try await topic.deleteGroup("g") } == .notFound)
        #expect(await code { try await topic.seek(group: "g", to: .oldest) } == .notFound)
    }

    @Test func handlersAcknowledgeOrRelease() async throws {
        struct Broken: Error {}
        let client = try await makeClient()
        let topic = try client.topic("t")
        let seen = Shared<[Int]>([])
        let handling = Task {
            try await topic.handle(
                group: "g", as: Order.self, concurrency: 2, retryDelay: .milliseconds(10)
            ) { order, message in
                seen.change { $0.append(order.number) }
                if order.number == 2, message.deliveries < 3 { throw Broken() }
            }
        }
        try await topic.publishMany(json: (1...4).map { Order(number: $0) })
        try await eventually("all to be handled") {
            let group = try await topic.inspect()?.groups.first
            return seen.value.count >= 6 && group?.held == 0 && group?.waiting == 0
        }
        #expect(seen.value.sorted() == [1, 2, 2, 2, 3, 4])
        handling.cancel()
        try await handling.value
        #expect(try await topic.inspect()?.groups.first?.consumers == 0)
    }

    @Test func whatIsInWorkComesBackWhenTheHandlingIsCancelled() async throws {
        let client = try await makeClient()
        let topic = try client.topic("t")
        let began = Shared(false)
        let handling = Task {
            try await topic.handle(group: "g") { _ in
                began.change { $0 = true }
                try await Task.sleep(for: .seconds(60))
            }
        }
        try await topic.publish("x")
        try await eventually("the handler") { began.value }
        handling.cancel()
        try await handling.value
        let consumer = try await topic.consumer(group: "g")
        let message = try #require(try await consumer.next(timeout: .seconds(10)))
        #expect(message.text == "x" && message.deliveries == 2)
    }
}
