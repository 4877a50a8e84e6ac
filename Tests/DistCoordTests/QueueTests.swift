import DistCoord
import Testing

@Suite struct QueueTests {
    struct Resize: Codable, Equatable {
        var path: String
        var width: Int
    }

    @Test func aJobFromPushToResult() async throws {
        let queue = try await makeClient().queue("q")
        let payload: [UInt8] = Array(0...255)
        let id = try await queue.push(payload, options: PushOptions(task: "resize", priority: 3))
        #expect(id.count == 22)
        #expect(try await queue.counts().waiting == 1)
        #expect(await code { _ = try await queue.result(id, timeout: .zero) } == .timedOut)
        let job = try #require(try await queue.claim())
        #expect(job.id == id && job.payload == payload && job.task == "resize" && job.priority == 3)
        #expect(job.attempt == 1 && job.fence > 0 && job.state == .claimed && job.queue == "q")
        #expect(job.pushedMillisecondsSince1970 > 1_600_000_000_000)
        try await job.complete(with: "done")
        #expect(job.state == .settled)
        #expect(await code { try await job.complete() } == .notHeld)
        let result = try await queue.result(id)
        #expect(result.state == .completed && result.text == "done" && result.attempts == 1)
        #expect(try await queue.counts().completed == 1)
    }

    @Test func valuesAsJSON() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push(json: Resize(path: "a/b.jpg", width: 200))
        let job = try #require(try await queue.claim())
        #expect(job.text == #"{"path":"a/b.jpg","width":200}"#)
        var value = try job.decode(Resize.self)
        value.width = 100
        try await job.complete(json: value)
        #expect(try await queue.result(id).decode(Resize.self) == Resize(path: "a/b.jpg", width: 100))
    }

    @Test func manyAtOnce() async throws {
        let queue = try await makeClient().queue("q")
        #expect(try await queue.pushMany([String]()).isEmpty)
        let ids = try await queue.pushMany((0..<2000).map { $0 == 7 ? "" : "job \($0)" })
        #expect(Set(ids).count == 2000)
        // Kept: a job that is dropped goes back to the front.
        var claimed: [Job] = []
        while claimed.count < 2000 {
            let jobs = try await queue.claimMany(300, timeout: .zero)
            try #require(!jobs.isEmpty)
            claimed += jobs
        }
        let isInOrder = claimed.map(\.id) == ids
        #expect(isInOrder)
        #expect(claimed[7].payload.isEmpty && claimed[1999].text == "job 1999")
        #expect(try await queue.counts().active == 2000)
        #expect(await code { _ = try await queue.claimMany(0) } == .invalidArgument)
    }

    @Test func knownIds() async throws {
        let queue = try await makeClient().queue("q")
        #expect(try await queue.push("a", options: PushOptions(id: "mine")) == "mine")
        #expect(await code { try await queue.push("b", options: PushOptions(id: "mine")) } == .exists)
        #expect(try await queue.counts().waiting == 1)
        #expect(await code { _ = try await queue.result("nobody-knows-it", timeout: .zero) } == .notFound)
    }

    @Test func malformedOptions() async throws {
        let queue = try await makeClient().queue("q")
        for options in [
            PushOptions(id: ""), PushOptions(id: "a\0b"), PushOptions(task: String(repeating: "t", count: 256)),
            PushOptions(priority: Int.max), PushOptions(delay: .seconds(-1)), PushOptions(maxAttempts: 0),
            PushOptions(maxAttempts: Int.max), PushOptions(firstBackoff: .seconds(2), maxBackoff: .seconds(1)),
            PushOptions(resultLifetime: .seconds(-1)),
        ] {
            #expect(await code { try await queue.push("x", options: options) } == .invalidArgument, "\(options)")
        }
        #expect(try await queue.counts().waiting == 0)
    }

    @Test func failureAndRelease() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x", options: PushOptions(maxAttempts: 2, firstBackoff: .zero, maxBackoff: .zero))
        let first = try #require(try await queue.claim())
        try await first.release()
        let again = try #require(try await queue.claim())
        #expect(again.attempt == 1, "giving back counts no attempt")
        try await again.fail("no luck\0")
        let last = try #require(try await queue.claim(timeout: .seconds(5)))
        #expect(last.attempt == 2)
        try await last.fail("still none")
        let result = try await queue.result(id)
        #expect(result.state == .dead && result.text == "still none" && result.attempts == 2)
        let counts = try await queue.counts()
        #expect(counts.dead == 1 && counts.failed == 2 && counts.active == 0)
    }

    @Test func aDroppedJobIsGivenBack() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x")
        do { _ = try await queue.claim() }
        let job = try #require(try await queue.claim(timeout: .seconds(5)))
        #expect(job.id == id && job.attempt == 1)
    }

    @Test func claimsWaitAndAreCancelledAlone() async throws {
        let queue = try await makeClient().queue("q")
        #expect(try await queue.claim(timeout: .zero) == nil)
        #expect(try await queue.claim(timeout: .milliseconds(50)) == nil)
        let (first, second) = (Task { try await queue.claim() }, Task { try await queue.claim() })
        try await eventually("both to wait") { try await queue.counts().claimers == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        let id = try await queue.push("x")
        #expect(try await second.value?.id == id)
    }

    @Test func jobsAsASequence() async throws {
        let queue = try await makeClient().queue("q")
        try await queue.pushMany((0..<20).map { "\($0)" })
        let seen = Shared<[String]>([])
        let worker = Task {
            for try await job in queue.jobs {
                seen.change { $0.append(job.text) }
                try await job.complete(with: job.payload)
            }
        }
        try await eventually("20 completions") { try await queue.counts().completed == 20 }
        #expect(seen.value == (0..<20).map { "\($0)" })
        worker.cancel()
        try await worker.value
        #expect(try await queue.counts().claimers == 0)
    }

    @Test func aResultIsWaitedFor() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x")
        let waiter = Task { try await queue.result(id) }
        let job = try #require(try await queue.claim())
        try await Task.sleep(for: .milliseconds(50))
        try await job.complete(with: [1, 2, 3])
        #expect(try await waiter.value.bytes == [1, 2, 3])
    }

    @Test func theQueueOfAJobIsFound() async throws {
        let client = try await makeClient()
        let id = try await client.queue("somewhere").push("x")
        #expect(try await client.queue(ofJob: id)?.name == "somewhere")
        #expect(try await client.queue(ofJob: "nobody-knows-it") == nil)
    }

    @Test func losingTheLeaseCancelsTheWork() async throws {
        let server = LiveServer()
        let queue = try await makeClient(server: server).queue("q", lease: .milliseconds(400))
        try await queue.push("x")
        let job = try #require(try await queue.claim())
        let failure = await code {
            try await job.whileClaimed { _ in
                server.pause()
                try? await Task.sleep(for: .seconds(30))
                server.resume()
            }
        }
        #expect(failure == .lost && job.state == .lost)
        #expect(await code { try await job.complete() } == .lost)
    }
}
