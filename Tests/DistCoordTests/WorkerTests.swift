import DistCoord
import Synchronization
import Testing

@Suite struct WorkerTests {
    struct Square: JobPayload { var number: Int }
    struct Result: Codable, Equatable, Sendable { var value: Int }
    struct Silent: JobPayload { var text: String }

    @Test func handlersByTask() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let worker = try client.worker("q", options: WorkerOptions(name: "ann", concurrency: 4))
        let seen = Shared<[String]>([])
        worker.register(Square.self) { square, _ in Result(value: square.number * square.number) }
        worker.register(Silent.self) { silent, job in seen.change { $0.append(silent.text + job.task) } }
        worker.register("reverse") { job in Array(job.payload.reversed()) }
        worker.registerOthers { job in "other \(job.task)" }
        let run = Task { try await worker.run() }
        let squares = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let id = try await queue.push(Square(number: number))
                    return try await queue.value(of: id, as: Result.self).value == number * number
                }
            }
            return try await group.reduce(into: 0) { if $1 { $0 += 1 } }
        }
        #expect(squares == 50)
        let silent = try await queue.push(Silent(text: "hush"))
        #expect(try await queue.result(silent).bytes.isEmpty && seen.value == ["hushSilent"])
        let reversed = try await queue.push([1, 2, 3], options: PushOptions(task: "reverse"))
        #expect(try await queue.result(reversed).bytes == [3, 2, 1])
        let other = try await queue.push("x", options: PushOptions(task: "unheard"))
        #expect(try await queue.result(other).text == "other unheard")
        run.cancel()
        try await run.value
        #expect(worker.counts.processed == 53 && worker.counts.running == 0)
        #expect(try await queue.counts().claimers == 0)
    }

    @Test func whatAHandlerThrows() async throws {
        struct Broken: Error {}
        let client = try await makeClient()
        let queue = client.queue("q")
        let worker = try client.worker("q")
        worker.register("broken") { _ in throw Broken() }
        worker.register("final") { _ in throw JobFailure("never", type: "Final", traceback: "here", retry: false) }
        worker.register("second") { job in
            if job.attempt == 1 { throw JobFailure("first", delay: .zero) }
            try await job.complete(with: "settled by itself")
        }
        let run = Task { try await worker.run() }
        let once = PushOptions(task: "broken", maxAttempts: 1)
        let broken = try await queue.result(try await queue.push("x", options: once))
        #expect(broken.state == .dead && broken.errorType.hasSuffix("Broken") && broken.worker == worker.name)
        let last = try await queue.result(try await queue.push("x", options: PushOptions(task: "final")))
        #expect(last.state == .dead && last.text == "never" && last.errorType == "Final" && last.attempts == 1)
        let second = try await queue.result(try await queue.push("x", options: PushOptions(task: "second")))
        #expect(second.text == "settled by itself" && second.attempts == 2)
        let unknown = try await queue.push("x", options: PushOptions(task: "unknown", maxAttempts: 1))
        let result = try await queue.result(unknown)
        #expect(result.errorType == "UnknownTask" && result.text.contains("unknown"))
        let malformed = try await queue.push("no JSON", options: PushOptions(task: "Square", maxAttempts: 1))
        worker.register(Square.self) { square, _ in square.number }
        #expect(try await queue.result(malformed).state == .dead)
        run.cancel()
        try await run.value
        #expect(worker.counts.failed == 5)
    }

    @Test func stoppingWaitsForWhatRuns() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let ids = try await queue.pushMany(["a", "b", "c"])
        let worker = try client.worker("q", options: WorkerOptions(concurrency: 2, prefetch: 1))
        let (begun, goOn) = (Shared(0), Shared(false))
        worker.registerOthers { job in
            begun.change { $0 += 1 }
            try await eventually("leave to go on") { goOn.value }
            try Task.checkCancellation()
            return job.payload
        }
        let run = Task { try await worker.run() }
        try await eventually("two to run") { begun.value == 2 }
        run.cancel()
        // The job claimed ahead comes back at once, for another to take.
        let third = try #require(try await queue.claim(timeout: .seconds(20)))
        #expect(third.id == ids[2] && third.attempt == 1)
        goOn.change { $0 = true }
        try await run.value
        #expect(try await queue.result(ids[0], timeout: .zero).text == "a")
        #expect(try await queue.result(ids[1], timeout: .zero).text == "b")
        #expect(begun.value == 2)
    }

    @Test func whatIsNotDoneInTimeIsGivenBack() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let id = try await queue.push("x", options: PushOptions(maxAttempts: 1))
        let worker = try client.worker("q", options: WorkerOptions(grace: .milliseconds(50)))
        let (begun, cancelled) = (Shared(false), Shared(false))
        worker.registerOthers { _ in
            begun.change { $0 = true }
            do {
                try await Task.sleep(for: .seconds(600))
            } catch {
                cancelled.change { $0 = true }
                throw error
            }
        }
        let run = Task { try await worker.run() }
        try await eventually("the job to run") { begun.value }
        run.cancel()
        try await run.value
        #expect(cancelled.value)
        let job = try #require(try await queue.claim(timeout: .seconds(20)))
        #expect(job.id == id && job.attempt == 1, "giving back counts no attempt")
        #expect(worker.counts.released == 1 && worker.counts.failed == 0)
    }

    @Test func aHandlerIsCancelledWithItsJob() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let worker = try client.worker("q", options: WorkerOptions(concurrency: 2))
        let begun = Shared(0)
        worker.registerOthers { _ in
            begun.change { $0 += 1 }
            try await Task.sleep(for: .seconds(600))
        }
        let run = Task { try await worker.run() }
        let unwanted = try await queue.push("x")
        let slow = try await queue.push("y", options: PushOptions(maxAttempts: 1, timeout: .seconds(2)))
        try await eventually("both to run") { begun.value == 2 }
        #expect(try await queue.cancel(unwanted))
        #expect(try await queue.result(unwanted, timeout: .seconds(60)).state == .cancelled)
        let expired = try await queue.result(slow, timeout: .seconds(60))
        #expect(expired.state == .dead && expired.errorType == "timeout")
        try await eventually("both to end") { worker.counts.running == 0 }
        #expect(worker.counts.cancelled == 1 && worker.counts.failed == 1)
        run.cancel()
        try await run.value
    }

    @Test func aLostJobCancelsItsHandler() async throws {
        let server = LiveServer()
        let client = try await makeClient(server: server)
        let worker = try client.worker("q", options: WorkerOptions(lease: .seconds(3)))
        let state = Shared<Job.State?>(nil)
        worker.registerOthers { job in
            server.pause()
            try? await Task.sleep(for: .seconds(600))
            server.resume()
            state.change { $0 = job.state }
        }
        let run = Task { try await worker.run() }
        try await client.queue("q").push("x", options: PushOptions(maxAttempts: 1))
        try await eventually(within: .seconds(60), "the handler to be told") { state.value == .lost }
        try await eventually("the loss to be counted") { worker.counts.lost == 1 }
        run.cancel()
        try await run.value
    }

    @Test func aWorkerWaitsForItsServer() async throws {
        let server = LiveServer(isStarted: false)
        let options = ClientOptions(connectTimeout: .milliseconds(200), commandTimeout: .milliseconds(500))
        let client = try Client.open(server.url, options: options)
        let worker = try client.worker("q")
        worker.registerOthers { job in job.payload }
        let run = Task { try await worker.run() }
        #expect(await code { try await client.ping() } == .unreachable)
        server.start()
        let queue = try await Client.connect(server.url).queue("q")
        let id = try await queue.push("x")
        #expect(try await queue.result(id, timeout: .seconds(60)).text == "x")
        run.cancel()
        try await run.value
    }

    @Test func aWorkerWithoutAServerStops() async throws {
        let client = try Client.open(LiveServer(isStarted: false).url)
        let worker = try client.worker("q")
        worker.registerOthers { _ in }
        let run = Task { try await worker.run() }
        run.cancel()
        // It may be in the midst of an attempt to connect, and then has nothing to tell the server.
        _ = await run.result
    }

    @Test func severalQueuesByWeight() async throws {
        let client = try await makeClient()
        try await client.queue("often").pushMany((0..<40).map { "\($0)" })
        try await client.queue("seldom").pushMany((0..<40).map { "\($0)" })
        try await client.queue("last").pushMany(["0"])
        let worker = try client.worker(
            WorkerQueue("often", weight: 9), "seldom", WorkerQueue("last", weight: 0),
            options: WorkerOptions(prefetch: 0))
        let order = Shared<[String]>([])
        worker.registerOthers { job in order.change { $0.append(job.queue) } }
        worker.drain()
        try await worker.run()
        #expect(order.value.count == 81 && order.value.last == "last")
        // Nine of ten are expected; the other order has nine of ten among the last.
        #expect(order.value.prefix(40).count { $0 == "often" } > 20)
        #expect(worker.counts.processed == 81)
    }

    @Test func jobsAreAskedFor() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let ids = try await queue.pushMany((0..<20).map { "\($0)" })
        let worker = try client.worker("q", options: WorkerOptions(concurrency: 2))
        #expect(try await worker.next(timeout: .seconds(5))?.release() != nil)
        let consumer = Task {
            var texts: [String] = []
            for try await job in worker.jobs {
                texts.append(job.text)
                try await worker.done(job, with: job.payload)
                #expect(await code { try await worker.done(job) } == .notHeld)
            }
            return texts
        }
        for id in ids { #expect(try await queue.result(id).state == .completed) }
        // Those that give up, before they wait or while they do, do not disturb the other.
        for pause in 0..<10 {
            let other = Task { try await worker.next() }
            try await Task.sleep(for: .milliseconds(pause))
            other.cancel()
            await #expect(throws: CancellationError.self) { try await other.value }
        }
        let more = try await queue.push("more")
        #expect(try await queue.result(more, timeout: .seconds(60)).text == "more")
        worker.stop()
        // In any order: the first was given back while others were claimed ahead.
        let texts = try await consumer.value
        #expect(texts.count == 21 && Set(texts) == Set((0..<20).map { "\($0)" } + ["more"]))
        #expect(try await worker.next() == nil)
        #expect(try await worker.shutdown())
    }

    @Test func workersAreSeen() async throws {
        let client = try await makeClient()
        let options = WorkerOptions(name: "ann", concurrency: 3, capabilities: ["GPU"], pool: "night")
        let worker = try client.worker("a", WorkerQueue("b", weight: 2), options: options)
        #expect(worker.name == "ann")
        #expect(try await client.workers().isEmpty)
        worker.registerOthers { _ in }
        let run = Task { try await worker.run() }
        try await eventually("it to be registered") { try await !client.workers().isEmpty }
        let info = try #require(try await client.workers().first)
        #expect(info.name == "ann" && info.clientID == client.id && info.processID > 0 && !info.host.isEmpty)
        #expect(info.queues == ["a", "b"] && info.concurrency == 3 && !info.isStopping)
        #expect(info.capabilities.contains("gpu") && info.capabilities.contains("pool:night"))
        #expect(info.startedMillisecondsSince1970 > 1_600_000_000_000)
        run.cancel()
        try await run.value
        #expect(try await client.workers().isEmpty)
    }

    @Test func aWorkerOfItsOwnQueue() async throws {
        let client = try await makeClient()
        let worker = try client.worker("q", options: WorkerOptions(name: "ann", ownsQueue: true))
        worker.registerOthers { _ in "by ann" }
        let run = Task { try await worker.run() }
        let queue = client.queue("q")
        let id = try await queue.push("x", options: PushOptions(worker: "ann"))
        #expect(try await queue.result(id, timeout: .seconds(60)).text == "by ann")
        run.cancel()
        try await run.value
    }

    @Test func malformedWorkers() async throws {
        let client = try await makeClient()
        for options in [
            WorkerOptions(name: ""), WorkerOptions(name: "a\0b"), WorkerOptions(concurrency: 0),
            WorkerOptions(prefetch: 1001), WorkerOptions(lease: .milliseconds(1)), WorkerOptions(capabilities: ["a,b"]),
            WorkerOptions(pool: "a b"),
        ] {
            #expect(await code { _ = try client.worker("q", options: options) } == .invalidArgument, "\(options)")
        }
        #expect(await code { _ = try client.worker("q", "q") } == .conflict)
        #expect(await code { _ = try client.worker(WorkerQueue("q", weight: -1)) } == .invalidArgument)
        let idle = try client.worker([])
        #expect(await code { _ = try await idle.next(timeout: .zero) } != nil, "a worker needs a queue")
    }
}
