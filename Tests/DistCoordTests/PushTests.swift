import DistCoord
import Testing

@Suite struct PushTests {
    struct Resize: JobPayload, Equatable {
        static let task = "resize"
        var path: String
        var width = 200
    }

    struct Plain: JobPayload { var number: Int }

    @Test func whatIsPushedArrives() async throws {
        let queue = try await makeClient().queue("q")
        let options = PushOptions(
            task: "t", contentType: "text/plain", headers: ["traceparent": "00-1", "b": "ü"], priority: -5,
            maxAttempts: 7, timeout: .seconds(60))
        let id = try await queue.push("x", options: options)
        let job = try #require(try await queue.claim())
        #expect(job.id == id && job.task == "t" && job.contentType == "text/plain" && job.priority == -5)
        #expect(job.headers == ["traceparent": "00-1", "b": "ü"])
        #expect(job.attempt == 1 && job.maxAttempts == 7 && job.timeout == .seconds(60) && job.batch == nil)
    }

    @Test func kindsOfJobsAsTypes() async throws {
        let queue = try await makeClient().queue("q")
        try await queue.push(Resize(path: "a/b.jpg"))
        try await queue.push(Resize(path: "c.jpg"), options: PushOptions(task: "other", priority: -1))
        try await queue.push(Plain(number: 3), options: PushOptions(priority: -2))
        let first = try #require(try await queue.claim())
        #expect(first.task == "resize" && first.text == #"{"path":"a/b.jpg","width":200}"#)
        #expect(try first.decode(Resize.self) == Resize(path: "a/b.jpg"))
        let others = try await queue.claimMany(2)
        #expect(others.map(\.task) == ["other", "Plain"], "a name that is given wins; without any it is the type's")
    }

    @Test func manyWithOptionsOfTheirOwn() async throws {
        let queue = try await makeClient().queue("q")
        try await queue.push("first", options: PushOptions(id: "known"))
        let outcomes = try await queue.pushMany([
            NewJob("low", options: PushOptions(priority: -1)), NewJob("twice", options: PushOptions(id: "known")),
            NewJob("orphan", options: PushOptions(after: ["nobody-knows-it"])),
            NewJob("high", options: PushOptions(priority: 1)), try NewJob(Resize(path: "p")),
        ])
        #expect(outcomes.map(\.state) == [.pushed, .existed, .unknownDependency, .pushed, .pushed])
        #expect(outcomes[1].id == "known" && Set(outcomes.map(\.id)).count >= 4)
        let jobs = try await queue.claimMany(10)
        #expect(jobs.map(\.text) == ["high", "first", #"{"path":"p","width":200}"#, "low"])
        #expect(jobs[0].id == outcomes[3].id)
    }

    @Test func aSharedIdRefusesAllButTheFirst() async throws {
        let queue = try await makeClient().queue("q")
        do {
            try await queue.pushMany(["a", "b", "c"], options: PushOptions(id: "one"))
            Issue.record("all were pushed")
        } catch let error as DistCoordError {
            #expect(error.code == .exists && error.pushedIDs == ["one"] && error.takenBy == "one")
        }
    }

    @Test func dueTimes() async throws {
        let queue = try await makeClient().queue("q")
        let probe = try await queue.push("now", options: PushOptions(dueMillisecondsSince1970: 1000))
        let job = try #require(try await queue.claim(timeout: .zero))
        #expect(job.id == probe, "a moment in the past is now")
        let (soon, later) = (job.pushedMillisecondsSince1970 + 500, job.pushedMillisecondsSince1970 + 3_600_000)
        let last = try await queue.push("later", options: PushOptions(dueMillisecondsSince1970: later))
        let info = try #require(try await queue.inspect(last))
        #expect(info.state == .delayed && info.dueMillisecondsSince1970 == later)
        // A day of delay would be too late: the moment counts instead of it.
        try await queue.push("soon", options: PushOptions(delay: .seconds(86_400), dueMillisecondsSince1970: soon))
        #expect(try await queue.claim(timeout: .seconds(30))?.text == "soon")
        try await job.release()
    }

    @Test func aUniqueKeyRefuses() async throws {
        let queue = try await makeClient().queue("q")
        let id = try await queue.push("a", options: PushOptions(uniqueKey: "k"))
        do {
            try await queue.push("b", options: PushOptions(uniqueKey: "k"))
            Issue.record("a second job has the key")
        } catch let error as DistCoordError {
            #expect(error.code == .exists && error.takenBy == id)
        }
        let job = try #require(try await queue.claim())
        #expect(await code { try await queue.push("c", options: PushOptions(uniqueKey: "k")) } == .exists)
        try await job.complete()
        try await queue.push("d", options: PushOptions(uniqueKey: "k"))
    }

    @Test func aUniqueKeyReplaces() async throws {
        let queue = try await makeClient().queue("q")
        let old = try await queue.push("old", options: PushOptions(uniqueKey: "k"))
        let new = try await queue.push("new", options: PushOptions(uniqueKey: "k", whenTaken: .replace))
        #expect(try await queue.result(old, timeout: .zero).state == .cancelled)
        let job = try #require(try await queue.claim())
        #expect(job.id == new)
        // While it runs, the last of those that come runs after it.
        try await queue.push("next", options: PushOptions(uniqueKey: "k", whenTaken: .replace))
        let last = try await queue.push("last", options: PushOptions(uniqueKey: "k", whenTaken: .replace))
        #expect(try await queue.claim(timeout: .zero) == nil)
        #expect(try await queue.counts().blocked == 1)
        try await job.complete()
        #expect(try await queue.claim(timeout: .seconds(10))?.id == last)
    }

    @Test func aUniqueKeyExtends() async throws {
        let queue = try await makeClient().queue("q")
        func push(_ delay: Int) async throws -> String {
            try await queue.push(
                "x", options: PushOptions(delay: .seconds(delay), uniqueKey: "k", whenTaken: .extend))
        }
        let id = try await push(3600)
        #expect(await code { _ = try await push(7200) } == .exists)
        let info = try #require(try await queue.inspect(id))
        let due = try #require(info.dueMillisecondsSince1970)
        let pushed = try #require(info.pushedMillisecondsSince1970)
        #expect(info.state == .delayed && due - pushed >= 7_200_000, "it waits for the delay of the second push")
    }

    @Test func dependencies() async throws {
        let queue = try await makeClient().queue("q")
        let first = try await queue.push("first")
        let second = try await queue.push("second")
        let last = try await queue.push("last", options: PushOptions(after: [first, second]))
        #expect(await code { try await queue.push("x", options: PushOptions(after: ["unknown"])) } == .notFound)
        #expect(try await queue.inspect(last)?.waitsFor == 2)
        let jobs = try await queue.claimMany(3)
        #expect(jobs.count == 2)
        try await jobs[0].complete()
        #expect(try await queue.inspect(last)?.waitsFor == 1)
        try await jobs[1].complete()
        #expect(try await queue.claim(timeout: .seconds(10))?.id == last)
    }

    @Test(arguments: PushOptions.WhenDependencyFails.allCases)
    func failedDependencies(_ policy: PushOptions.WhenDependencyFails) async throws {
        let queue = try await makeClient().queue("q")
        let first = try await queue.push("first")
        let last = try await queue.push("last", options: PushOptions(after: [first], whenDependencyFails: policy))
        try await #require(try await queue.claim()).fail("no", retry: false)
        switch policy {
        case .fail:
            let result = try await queue.result(last, timeout: .seconds(10))
            #expect(result.state == .dead && result.errorType == "dependency")
        case .skip: #expect(try await queue.result(last, timeout: .seconds(10)).state == .skipped)
        case .run: #expect(try await queue.claim(timeout: .seconds(10))?.id == last)
        }
    }

    @Test func capabilitiesAndPools() async throws {
        let client = try await makeClient()
        let plain = client.queue("q")
        let gpu = client.queue("q", options: QueueOptions(capabilities: ["GPU", "fast"]))
        let id = try await plain.push("x", options: PushOptions(capabilities: ["gpu", "Linux"]))
        #expect(try await plain.claim(timeout: .zero) == nil)
        #expect(try await plain.inspect(id)?.capabilities == ["gpu", "linux"])
        let job = try #require(try await gpu.claim())
        #expect(job.id == id)
        let pooled = try await plain.push("y", options: PushOptions(pool: "night"))
        #expect(try await gpu.claim(timeout: .zero) == nil)
        let night = client.queue("q", options: QueueOptions(capabilities: ["pool:night"]))
        #expect(try await night.claim()?.id == pooled)
        try await job.complete()
    }

    @Test func aWorkersOwnQueue() async throws {
        let client = try await makeClient()
        let ann = client.queue("q", options: QueueOptions(worker: "ann", steals: false))
        let bob = client.queue("q", options: QueueOptions(worker: "bob", steals: true))
        // Both are known to live from their first claim on.
        #expect(try await ann.claim(timeout: .zero) == nil)
        #expect(try await bob.claim(timeout: .zero) == nil)
        try await ann.push("for all")
        let ids = try await ann.pushMany(["1", "2"], options: PushOptions(worker: "ann"))
        let own = try #require(try await ann.claim())
        #expect(own.id == ids[0], "a worker's own come first")
        let shared = try #require(try await bob.claim())
        #expect(shared.text == "for all")
        #expect(try await bob.claim()?.id == ids[1], "then it steals")
        for job in [own, shared] { try await job.complete() }
    }

    @Test func partitions() async throws {
        let client = try await makeClient()
        let queue = client.queue("q", options: QueueOptions(partitions: 4))
        let ids = try await queue.pushMany((0..<40).map { "\($0)" })
        #expect(try await queue.counts().waiting == 40)
        var claimed: Set<String> = []
        while let job = try await queue.claim(timeout: .zero) {
            claimed.insert(job.id)
            try await job.complete()
        }
        #expect(claimed == Set(ids))
        #expect(await code { _ = try await client.queue("q").push("x") } == .conflict)
    }
}
