import DistCoord
import Testing

@Suite struct QueueJobsTests {
    @Test func jobsAreListedByState() async throws {
        let queue = try await makeClient().queue("q")
        let ids = try await queue.pushMany((0..<5).map { "\($0)" }, options: PushOptions(task: "t"))
        let later = try await queue.push("later", options: PushOptions(delay: .seconds(3600)))
        let job = try #require(try await queue.claim())
        let waiting = try await queue.jobs(in: .waiting, offset: 1, limit: 2)
        #expect(waiting.map(\.id) == Array(ids[2...3]) && waiting.map(\.text) == ["2", "3"])
        #expect(waiting.allSatisfy { $0.state == .waiting && $0.task == "t" && $0.attempt == 1 && $0.maxAttempts == 4 })
        let delayed = try await queue.jobs(in: .delayed)
        #expect(delayed.map(\.id) == [later])
        let due = try #require(delayed.first?.dueMillisecondsSince1970)
        let pushed = try #require(delayed.first?.pushedMillisecondsSince1970)
        #expect(due - pushed == 3_600_000)
        let active = try #require(try await queue.jobs(in: .active).first)
        #expect(active.id == job.id && active.clientID != nil && active.dueMillisecondsSince1970 != nil)
        try await job.complete(with: "done")
        let ended = try #require(try await queue.jobs(in: .completed).first)
        #expect(ended.id == job.id && ended.text == "done")
        #expect(await code { _ = try await queue.jobs(in: .waiting, limit: 0) } == .invalidArgument)
        #expect(await code { _ = try await queue.jobs(in: .waiting, offset: -1) } == .invalidArgument)
    }

    @Test func aJobIsLookedAt() async throws {
        let queue = try await makeClient().queue("q")
        let options = PushOptions(
            contentType: "text/plain", headers: ["a": "1", "b": "2"], priority: 9, uniqueKey: "u", concurrencyKey: "c",
            capabilities: ["Gpu"])
        let payload = String(repeating: "x", count: 5000)
        let id = try await queue.push(payload, options: options)
        let info = try #require(try await queue.inspect(id))
        #expect(info.text == payload, "alone it is shown whole")
        #expect(info.contentType == "text/plain" && info.headers == ["a": "1", "b": "2"] && info.priority == 9)
        #expect(info.uniqueKey == "u" && info.concurrencyKey == "c" && info.capabilities == ["gpu"])
        #expect(info.progress == nil && !info.isCancelling && info.errorMessage.isEmpty && info.batch == nil)
        #expect(try await queue.inspect("nobody-knows-it") == nil)
    }

    @Test func progressIsSeen() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x")
        let job = try #require(try await queue.claim())
        try await job.progress(40, "two of five")
        let progress = try #require(try await queue.inspect(id)?.progress)
        #expect(progress.percent == 40 && progress.text == "two of five")
        #expect(await code { try await job.progress(101) } == .invalidArgument)
        try await job.complete()
        #expect(await code { try await job.progress(50) } == .notHeld)
    }

    @Test func aWaitingJobIsCancelledAtOnce() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x")
        #expect(try await queue.cancel(id, reason: "not needed") == false)
        let result = try await queue.result(id, timeout: .zero)
        #expect(result.state == .cancelled && result.text == "not needed")
        #expect(throws: JobError.self) { try result.decode(Int.self) }
        #expect(try await queue.claim(timeout: .zero) == nil)
        #expect(await code { try await queue.cancel(id) } == .expired)
        #expect(await code { try await queue.cancel("nobody-knows-it") } == .notFound)
        #expect(try await queue.counts().cancelled == 1)
    }

    @Test func aRunningJobIsAskedToStop() async throws {
        let queue = try await makeClient().queue("q", lease: .seconds(3))
        let id = try await queue.push("x")
        let job = try #require(try await queue.claim())
        let work = Task {
            await code {
                try await job.whileClaimed { _ in try await Task.sleep(for: .seconds(60)) }
            }
        }
        #expect(try await queue.cancel(id, reason: "enough"))
        #expect(await work.value == .cancelled)
        #expect(job.state == .cancelling && job.isCancelling)
        #expect(try await queue.inspect(id)?.isCancelling == true)
        try await job.cancelled()
        let result = try await queue.result(id)
        #expect(result.state == .cancelled && job.state == .settled)
    }

    @Test func aFailureTellsWhatHappened() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x", options: PushOptions(maxAttempts: 1))
        let job = try #require(try await queue.claim())
        try await job.fail(JobFailure("no such\0file", type: "IOError", traceback: "line 1\nline 2"))
        let result = try await queue.result(id)
        #expect(result.state == .dead && result.text == "no such file" && result.errorType == "IOError")
        #expect(result.traceback == "line 1\nline 2" && !result.worker.isEmpty)
        do {
            _ = try await queue.value(of: id, as: Int.self)
            Issue.record("a dead job has a value")
        } catch let error as JobError {
            #expect(error.description.contains("IOError: no such file") && error.description.contains("line 2"))
        }
        let dead = try #require(try await queue.jobs(in: .dead).first)
        #expect(dead.id == id && dead.errorType == "IOError" && dead.errorMessage == "no such file")
        #expect(dead.traceback == "line 1\nline 2" && dead.failedMillisecondsSince1970 != nil)
    }

    @Test func anyErrorIsAFailure() async throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "it broke" } }
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x")
        try await #require(try await queue.claim()).fail(Broken(), retry: false)
        let result = try await queue.result(id)
        #expect(result.text == "it broke" && result.errorType.hasSuffix("Broken"))
    }

    @Test func theNextAttemptWaitsForTheDelayGiven() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push(
            "x", options: PushOptions(firstBackoff: .seconds(3600), maxBackoff: .seconds(3600)))
        try await #require(try await queue.claim()).fail(JobFailure("soon again", delay: .zero))
        let again = try #require(try await queue.claim(timeout: .seconds(10)))
        #expect(again.id == id && again.attempt == 2)
        try await again.release(after: .seconds(3600))
        let info = try #require(try await queue.inspect(id))
        #expect(info.state == .delayed && info.attempt == 2, "giving back counts no attempt")
        try await queue.promote(id)
        #expect(try await queue.claim(timeout: .seconds(10))?.id == id)
        #expect(await code { try await queue.promote(id) } == .notFound)
    }

    @Test func anAttemptOutOfTimeHasFailed() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("x", options: PushOptions(maxAttempts: 1, timeout: .seconds(2)))
        let job = try #require(try await queue.claim())
        let failure = await code {
            try await job.whileClaimed { _ in try await Task.sleep(for: .seconds(60)) }
        }
        #expect(failure == .timedOut && job.state == .expired)
        #expect(await code { try await job.complete() } == .notHeld)
        let result = try await queue.result(id)
        #expect(result.state == .dead && result.errorType == "timeout")
    }

    @Test func deadJobsAreTriedAgain() async throws {
        let queue = try await makeClient().queue("q")
        let ids = try await queue.pushMany(["a", "b", "c"], options: PushOptions(maxAttempts: 1))
        for job in try await queue.claimMany(3) { try await job.fail("no") }
        try await queue.retryDead(ids[1])
        let job = try #require(try await queue.claim(timeout: .seconds(10)))
        #expect(job.id == ids[1] && job.attempt == 1)
        #expect(await code { try await queue.retryDead(ids[1]) } == .notFound)
        #expect(try await queue.retryAllDead() == 2)
        #expect(try await queue.counts().dead == 0)
        #expect(try await queue.claimMany(5, timeout: .seconds(10)).count == 2)
    }

    @Test func jobsArePurged() async throws {
        let queue = try await makeClient().queue("q")
        let ids = try await queue.pushMany(["a", "b", "c"], options: PushOptions(maxAttempts: 1))
        for job in try await queue.claimMany(3) { try await job.fail("no") }
        #expect(try await queue.purge(olderThan: .seconds(3600)) == 0)
        try await queue.purge(ids[0])
        #expect(await code { try await queue.purge(ids[0]) } == .notFound)
        #expect(try await queue.purge() == 2)
        #expect(try await queue.counts().dead == 0)
        let waiting = try await queue.push("d")
        let result = Task { try await queue.result(waiting) }
        #expect(try await queue.purge(.waiting) == 1)
        #expect(try await queue.counts().waiting == 0)
        // Whoever asks after the end may find nothing any more; whoever waited is told.
        let outcome = await result.result
        switch outcome {
        case .success(let result): #expect(result.state == .cancelled)
        case .failure(let error): #expect([.notFound, .expired].contains((error as? DistCoordError)?.code))
        }
    }
}
