import DistCoord
import Testing

@Suite struct ProducerTests {
    struct Note: JobPayload { var text: String }

    @Test func whatIsPushedIsSent() async throws {
        let queue = try await makeClient().queue("q")
        let producer = try queue.producer()
        var ids: [String] = []
        for number in 0..<500 { ids.append(try await producer.push("\(number)")) }
        ids.append(try await producer.push(Note(text: "typed")))
        try await producer.flush()
        #expect(producer.pending == 0 && producer.sent == 501)
        let jobs = try await queue.claimMany(1000)
        let isInOrder = jobs.map(\.id) == ids
        #expect(isInOrder && jobs.last?.task == "Note")
        try await producer.close()
        #expect(await code { try await producer.push("late") } == .closed)
        #expect(try producer.failures().isEmpty)
    }

    @Test func aBatchIsSentAfterItsTime() async throws {
        let queue = try await makeClient().queue("q")
        let producer = try queue.producer(options: ProducerOptions(batchTimeout: .milliseconds(20)))
        let id = try await producer.push("x")
        #expect(try await queue.claim(timeout: .seconds(20))?.id == id)
    }

    @Test func whatIsNotAcceptedIsTold() async throws {
        let queue = try await makeClient().queue("q")
        try await queue.push("first", options: PushOptions(id: "known"))
        let producer = try queue.producer()
        try await producer.push("second", options: PushOptions(id: "known"))
        try await producer.push("third", options: PushOptions(id: "other"))
        #expect(await code { try await producer.push("x", options: PushOptions(priority: .max)) } == .invalidArgument)
        #expect(await code { try await producer.flush() } == .broken)
        let failures = try producer.failures()
        #expect(failures.map(\.id) == ["known"] && failures.map(\.code) == [.exists])
        #expect(failures.first?.message.isEmpty == false)
        #expect(try producer.failures().isEmpty, "each is told once")
        try await producer.flush()
        #expect(try await queue.counts().waiting == 2)
    }

    @Test func aFullBufferRefuses() async throws {
        let server = LiveServer()
        let queue = try await makeClient(server: server).queue("q")
        let producer = try queue.producer(options: ProducerOptions(capacity: 10, whenFull: .refuse))
        server.pause()
        for _ in 0..<10 { try await producer.push("x") }
        #expect(await code { try await producer.push("one too many") } == .timedOut)
        #expect(producer.pending == 10)
        server.resume()
        try await producer.flush()
        #expect(producer.sent == 10)
        try await producer.push("there is room again")
        try await producer.close()
    }

    @Test func aFullBufferIsWaitedFor() async throws {
        let server = LiveServer()
        let queue = try await makeClient(server: server).queue("q")
        let producer = try queue.producer(options: ProducerOptions(capacity: 10))
        server.pause()
        for _ in 0..<10 { try await producer.push("x") }
        let pushed = Shared(0)
        let waiters = (0..<2).map { _ in
            Task {
                try await producer.push("more")
                pushed.change { $0 += 1 }
            }
        }
        let given = Task { try await producer.push("given up") }
        given.cancel()
        await #expect(throws: CancellationError.self) { try await given.value }
        #expect(pushed.value == 0)
        server.resume()
        for waiter in waiters { try await waiter.value }
        try await producer.close()
        #expect(producer.sent == 12, "only the one that was cancelled is missing")
    }

    @Test func aDroppedProducerIsSentToItsEnd() async throws {
        let queue = try await makeClient().queue("q")
        do {
            let producer = try queue.producer(options: ProducerOptions(batchTimeout: .seconds(60)))
            for number in 0..<20 { try await producer.push("\(number)") }
        }
        try await eventually("all to be sent") { try await queue.counts().waiting == 20 }
    }
}
