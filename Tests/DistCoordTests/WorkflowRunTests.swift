import DistCoord
import Testing

/// Workflows that run, with workers of this process.
@Suite(.timeLimit(.minutes(3))) struct WorkflowRunTests {
    struct Row: Codable, Equatable, Sendable {
        var name: String
        var amount: Int
    }

    @Test func resultsFlowAlongTheGraph() async throws {
        let extract = Step("extract") { _ in [Row(name: "a", amount: 1), Row(name: "b", amount: 2)] }
        let double = MapStep("double", over: extract) { row, context in
            Row(name: "\(row.name)\(context.index ?? -1)", amount: row.amount * 2)
        }
        let etl = try Workflow("etl") {
            extract
            double
            StepGroup("sides") {
                Step("left") { _ in 10 }
                Step("right") { context in try context.arguments(as: Int.self) }.arguments(20)
            }
            Step("load") { context in
                let rows = try await context.output(of: double)
                #expect(try await context.output(of: extract).count == 2)
                let sides = try await context.input("sides", as: [Int].self)
                return rows.map(\.name) + sides.map(String.init)
            }.after(double, extract).after("sides")
        }
        let queue = try await makeClient().queue("q")
        try await working(on: queue, etl) {
            let run = try await queue.start(etl)
            #expect(!run.existed)
            let summary = try await run.wait(timeout: .seconds(60))
            #expect(summary.state == .succeeded && summary.workflow == "etl" && summary.reason.isEmpty)
            #expect(summary.total == 6 && summary.succeeded == 6)
            #expect(try await run.value(of: "load", as: [String].self) == ["a0", "b1", "10", "20"])
            #expect(try await run.output(of: extract).map(\.amount) == [1, 2])
            #expect(try await run.value(of: "double[1]", as: Row.self) == Row(name: "b1", amount: 4))
            let steps = try await run.steps()
            #expect(
                steps.map(\.name) == [
                    "extract", "double", "double[0]", "double[1]", "sides", "left", "right", "load",
                ])
            #expect(steps.map(\.kind) == [.task, .map, .item, .item, .group, .task, .task, .task])
            #expect(steps.allSatisfy { $0.state == .succeeded && $0.endedMillisecondsSince1970 != nil })
            #expect(steps[7].needs == ["double", "extract", "sides"] && steps[7].attempts == 1)
            #expect(await code { _ = try await run.result("nobody", timeout: .zero) } == .notFound)
        }
    }

    @Test func aFailureBlocksWhatComesAfterIt() async throws {
        let workflow = try Workflow("w") {
            Step("broken") { _ in throw JobFailure("no such file", type: "IO") }
            Step("after") { _ in }.after("broken")
            Step("cleanup") { context in
                #expect(await code { _ = try await context.input("broken", as: Int.self) } == .empty)
                return try await context.inputs().map(\.state.rawValue)
            }.after("broken").always()
            Step("elsewhere") { _ in "done" }
            StepGroup("forgiving", policy: .bestEffort) {
                Step("hopeless") { _ in throw JobFailure("never mind") }
                Step("fine") { _ in 7 }
            }
            Step("last") { context in try await context.input("forgiving", as: [Int].self) }.after("forgiving")
        }
        let queue = try await makeClient().queue("q")
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            let summary = try await run.wait(timeout: .seconds(60))
            #expect(summary.state == .failed && summary.reason.contains("broken"), "\(summary.reason)")
            #expect(summary.failed == 2 && summary.blocked == 1 && summary.succeeded == 4)
            let broken = try await run.result("broken", timeout: .zero)
            #expect(broken.state == .dead && broken.text == "no such file" && broken.errorType == "IO")
            await #expect(throws: JobError.self) { try await run.value(of: "broken", as: Int.self) }
            let states = Dictionary(uniqueKeysWithValues: try await run.steps().map { ($0.name, $0.state) })
            #expect(states["after"] == .blocked && states["elsewhere"] == .succeeded)
            #expect(try await run.value(of: "cleanup", as: [String].self) == ["failed"])
            do {
                try await run.waitForSuccess(timeout: .seconds(60))
                Issue.record("it did not succeed")
            } catch let error as RunError {
                #expect(error.steps.map(\.name) == ["broken", "after", "hopeless"])
                #expect(error.description.contains("\n  broken: failed: no such file"), "\(error)")
            }
            #expect(try await run.value(of: "last", as: [Int].self) == [7])
        }
    }

    @Test func stepsAreTriedAgainAndSkipped() async throws {
        let workflow = try Workflow("w") {
            Step("flaky") { context in
                if context.attempt < 3 { throw JobFailure("not yet", delay: .zero) }
                return context.attempt
            }.retries(2)
            Step("unwanted") { _ in 1 }.when { context in try await context.input("flaky", as: Int.self) == 1 }
                .after("flaky")
            Step("declined") { context in try context.skip("nothing new") }
            Step("idle") { _ in }.after("unwanted", "declined")
            Step("slow") { _ in try await Task.sleep(for: .seconds(600)) }.timeout(.milliseconds(100))
        }
        let queue = try await makeClient().queue("q")
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            let summary = try await run.wait(timeout: .seconds(60))
            #expect(summary.state == .failed && summary.skipped == 3 && summary.failed == 1)
            #expect(try await run.value(of: "flaky", as: Int.self) == 3)
            let steps = Dictionary(uniqueKeysWithValues: try await run.steps().map { ($0.name, $0) })
            #expect(steps["unwanted"]?.error == "its condition does not hold")
            #expect(steps["declined"]?.error == "nothing new" && steps["idle"]?.state == .skipped)
            #expect(steps["slow"]?.state == .failed)
        }
    }

    @Test func aLoopRunsUntilItIsContent() async throws {
        let workflow = try Workflow("w") {
            StepChain(rounds: 10) {
                Step("improve") { context in
                    let before = try await context.repeated(as: Int.self) ?? 0
                    return before + 10 + context.round
                }
                Step("judge") { context in
                    let value = try await context.input("improve", as: Int.self)
                    if value < 30 { try context.repeatLoop(with: value) }
                    return value
                }
            }
            Step("after") { context in try await context.input("judge", as: Int.self) + 1 }.after("judge")
            StepChain(rounds: 3) { Step("endless") { context in try context.repeatLoop(with: context.round) } }
        }
        let queue = try await makeClient().queue("q")
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            #expect(try await run.wait(timeout: .seconds(60)).state == .succeeded)
            // 10, then 21, then 33.
            #expect(try await run.value(of: "after", as: Int.self) == 34)
            #expect(try await run.value(of: "endless", as: Int.self) == 2, "in the last round it is the result")
            let judge = try #require(try await run.steps().first { $0.name == "judge" })
            #expect(judge.round == 2)
        }
    }

    @Test func aRunningStepAddsOthers() async throws {
        let part = StepTemplate("part") { context in try context.arguments(as: Int.self) * 2 }
        let workflow = try Workflow("w") {
            part
            Step("plan") { context in
                try await context.add {
                    for number in 1...3 { Step("part \(number)", using: part).arguments(number) }
                    Step("sum", using: "total", returning: Int.self).after("part 1", "part 2", "part 3")
                }
                return "planned"
            }
            StepTemplate("total") { context in
                var sum = 0
                for input in try await context.inputs() { sum += try input.decode(Int.self) }
                return sum
            }
            Step("bad") { context in try await context.add { Step("late") { _ in } } }
            Step("taken") { context in try await context.add { Step("end", using: part) } }.retries(5)
            Step("end") { _ in "end" }.after("plan")
        }
        let queue = try await makeClient().queue("q")
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            #expect(try await run.wait(timeout: .seconds(60)).state == .failed)
            #expect(try await run.value(of: "sum", as: Int.self) == 12)
            #expect(try await run.value(of: "part 2", as: Int.self) == 4)
            let steps = try await run.steps()
            let (sum, end) = (steps.first { $0.name == "sum" }, steps.first { $0.name == "end" })
            let ends = try #require(sum?.endedMillisecondsSince1970)
            #expect(try #require(end?.readyMillisecondsSince1970) >= ends, "what comes after waits for them")
            #expect(try await run.result("bad", timeout: .zero).text.contains("has a body"))
            let taken = try await run.result("taken", timeout: .zero)
            #expect(
                taken.state == .dead && taken.attempts == 1 && taken.text.contains("known to the run"), "\(taken.text)")
        }
    }

    @Test func stepsOfOtherLanguagesAreLeftToThem() async throws {
        let train = Step("train", returning: [String: Int].self).language("python").arguments(["epochs": 3])
        let workflow = try Workflow("w") {
            Step("prepare") { _ in [1, 2] }
            train.after("prepare")
            Step("report") { context in try await context.output(of: train)["loss"] ?? -1 }.after(train)
        }
        let client = try await makeClient()
        let queue = client.queue("q")
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            let other = client.queue("q", options: QueueOptions(capabilities: ["lang:python"]))
            let job = try #require(try await other.claim(timeout: .seconds(60)))
            #expect(job.task == "train")
            #expect(try job.decode([String: Int].self) == ["epochs": 3])
            try await job.complete(json: ["loss": 4])
            #expect(try await run.value(of: "report", as: Int.self, timeout: .seconds(60)) == 4)
        }
    }
}

/// Runs the body while a worker runs steps.
func working(
    on queue: Queue, _ workflows: Workflow..., concurrency: Int = 4, _ body: () async throws -> Void
) async throws {
    let worker = try queue.worker(for: workflows, options: WorkerOptions(concurrency: concurrency))
    let run = Task { try await worker.run() }
    defer { run.cancel() }
    try await body()
    run.cancel()
    try await run.value
}
