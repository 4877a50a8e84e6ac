import DistCoord
import Foundation
import Testing

/// What can be done with a run from outside.
@Suite(.timeLimit(.minutes(3))) struct WorkflowControlTests {
    @Test func aRunIsStartedOnce() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let workflow = try Workflow("w") { Step("a") { _ in 5 } }
        let run = try await queue.start(workflow, id: "nightly")
        #expect(run.id == "nightly" && !run.existed)
        let again = try await queue.start(workflow, id: "nightly")
        #expect(again.existed && again.id == "nightly")
        let other = try Workflow("w") { Step("b") { _ in } }
        #expect(await code { _ = try await queue.start(other, id: "nightly") } == .conflict)
        #expect(await code { _ = try await run.wait(timeout: .zero) } == .timedOut)
        #expect(try await queue.runs().map(\.id) == ["nightly"])
        // Found again by whoever knows its id, after those who started it are gone.
        try await working(on: client.queue("q"), workflow) {
            let found = try client.queue("q").run("nightly")
            #expect(try await found.value(of: "a", as: Int.self, timeout: .seconds(60)) == 5)
        }
        #expect(try await run.wait(timeout: .seconds(60)).succeeded == 1)
        try await run.delete()
        #expect(await code { _ = try await run.summary() } == .notFound)
        #expect(await code { _ = try await run.steps() } == .notFound)
        #expect(await code { try await run.pause() } == .notFound)
        #expect(try await queue.runs().isEmpty)
    }

    @Test func aPausedRunBeginsNothing() async throws {
        let queue = try await makeClient().queue("q")
        let (begun, goOn) = (Shared(0), Shared(false))
        let workflow = try Workflow("w") {
            Step("first") { _ in
                begun.change { $0 += 1 }
                try await eventually(within: .seconds(60), "leave to go on") { goOn.value }
            }
            Step("second") { _ in begun.change { $0 += 1 } }.after("first")
        }
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            try await eventually(within: .seconds(60), "the first to run") { begun.value == 1 }
            #expect(await code { try await run.delete() } == .conflict)
            try await run.pause()
            goOn.change { $0 = true }
            _ = try await run.result("first", timeout: .seconds(60))
            #expect(try await run.summary().state == .paused && begun.value == 1)
            try await run.resume()
            #expect(try await run.wait(timeout: .seconds(60)).state == .succeeded && begun.value == 2)
            #expect(await code { try await run.resume() } == .expired)
            #expect(await code { try await run.stop() } == .expired)
        }
    }

    @Test func aStoppedRunCleansUpAndIsTakenUpAgain() async throws {
        let queue = try await makeClient().queue("q")
        let (begun, cancelled, isPatient) = (Shared(0), Shared(0), Shared(true))
        let workflow = try Workflow("w") {
            Step("done") { _ in begun.change { $0 += 1 } }
            Step("long") { _ in
                guard isPatient.value else { return }
                do {
                    try await Task.sleep(for: .seconds(600))
                } catch {
                    cancelled.change { $0 += 1 }
                    throw error
                }
            }.after("done")
            Step("next") { _ in }.after("long")
            Step("cleanup") { _ in "clean" }.after("next").always()
        }
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            try await eventually(within: .seconds(60), "the long one to run") {
                try await run.steps().contains { $0.name == "long" && $0.state == .running }
            }
            try await run.stop("not needed")
            let summary = try await run.wait(timeout: .seconds(60))
            #expect(summary.state == .cancelled && summary.reason.contains("not needed"))
            #expect(summary.succeeded == 2 && cancelled.value == 1)
            #expect(try await run.value(of: "cleanup", as: String.self) == "clean")
            isPatient.change { $0 = false }
            try await run.resume()
            #expect(try await run.wait(timeout: .seconds(60)).state == .succeeded)
            #expect(begun.value == 1, "what succeeded is not run again")
            var ends: [RunEvent.Kind] = []
            for try await event in run.events {
                if case .ended = event.kind { ends.append(event.kind) }
            }
            #expect(ends == [.ended(.cancelled), .ended(.succeeded)], "an end after which it went on is not the end")
        }
    }

    @Test func whatHappensIsTold() async throws {
        let queue = try await makeClient().queue("q")
        let workflow = try Workflow("w") {
            Step("numbers") { _ in [1, 2] }
            MapStep("square", over: "numbers") { (number: Int, context) in
                if context.attempt == 1, number == 2 { throw JobFailure("again", delay: .zero) }
                return number * number
            }.retries(1)
        }
        let run = try await queue.start(workflow)
        let follower = Task {
            var events: [RunEvent] = []
            for try await event in run.events { events.append(event) }
            return events
        }
        let abandoned = Task { for try await _ in run.events {} }
        try await working(on: queue, workflow) { _ = try await run.wait(timeout: .seconds(60)) }
        let events = try await follower.value
        #expect(events.map(\.number) == Array(1...events.count))
        #expect(events.first?.kind == .started && events.last?.kind == .ended(.succeeded))
        #expect(events.contains { $0.kind == .expanded && $0.step == "square" && $0.text == "2" })
        #expect(events.contains { $0.kind == .retry && $0.step == "square[1]" && $0.text.contains("again") })
        let ended = events.filter { $0.kind == .stepEnded(.succeeded) }.map(\.step)
        #expect(ended.first == "numbers" && ended.last == "square" && ended.count == 4)
        try await abandoned.value
        // A loop that begins after the end sees the same.
        var late = 0
        for try await _ in run.events { late += 1 }
        #expect(late == events.count)
        let unknown = try queue.run("unheard of")
        #expect(await code { for try await _ in unknown.events {} } == .notFound)
    }

    @Test func aWaitThatIsCancelledDisturbsNoOther() async throws {
        let queue = try await makeClient().queue("q")
        let workflow = try Workflow("w") { Step("a") { _ in 1 } }
        let run = try await queue.start(workflow)
        let (one, other) = (Task { try await run.wait() }, Task { try await run.wait() })
        let events = Task {
            var count = 0
            for try await _ in run.events { count += 1 }
            return count
        }
        one.cancel()
        await #expect(throws: CancellationError.self) { try await one.value }
        events.cancel()
        #expect(try await events.value <= 1)
        try await working(on: queue, workflow) {
            let summary = try await other.value
            #expect(summary.state == .succeeded)
        }
    }

    @Test func stateAndFilesBelongToTheRun() async throws {
        let folder = NSTemporaryDirectory() + "distcoord-artifacts-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let content = Data((0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try content.write(to: URL(fileURLWithPath: folder + "/in"))
        let queue = try await makeClient().queue("q")
        let workflow = try Workflow("w") {
            Step("publish") { context in
                try await context.run.artifacts.publish("data", from: folder + "/in")
                try await context.run.state.add("seen", 2)
            }
            Step("fetch") { context in
                try await context.run.artifacts.fetch("data", to: folder + "/out")
                try await context.run.state.add("seen", 3)
            }.after("publish")
        }
        let run = try await queue.start(workflow)
        try await working(on: queue, workflow) {
            let summary = try await run.wait(timeout: .seconds(60))
            #expect(summary.state == .succeeded)
        }
        let fetched = try Data(contentsOf: URL(fileURLWithPath: folder + "/out"))
        #expect(fetched == content)
        #expect(try await run.state.get("seen", as: Int.self) == 5)
        let list = try await run.artifacts.list()
        #expect(list.map(\.name) == ["data"] && list.first?.size == 600_000 && list.first?.sha256.count == 64)
        #expect(await code { try await run.artifacts.fetch("nothing", to: folder + "/x") } == .notFound)
        #expect(await code { try await run.artifacts.publish("x", from: folder + "/none") } == .invalidArgument)
        try await run.delete()
        #expect(try await run.artifacts.list().isEmpty)
    }

    @Test func missingCapabilitiesAreNamed() async throws {
        let client = try await makeClient()
        let queue = client.queue("q")
        let workflow = try Workflow("w") {
            Step("train") { _ in }.requires("gpu", within: .seconds(1))
            Step("plain") { _ in }
        }
        try await working(on: queue, workflow) {
            let run = try await queue.start(workflow)
            _ = try await run.result("plain", timeout: .seconds(60))
            do {
                try await workflow.checkCapabilities(on: queue)
                Issue.record("nobody has a gpu")
            } catch let error as DistCoordError {
                #expect(
                    error.code == .invalidArgument && error.message.contains("train") && error.message.contains("gpu"))
            }
            let summary = try await run.wait(timeout: .seconds(60))
            #expect(summary.state == .failed && summary.reason.contains("gpu"), "\(summary.reason)")
        }
    }

    @Test func stepsOfOneNameNeedQueuesOfTheirOwn() async throws {
        let queue = try await makeClient().queue("q")
        let one = try Workflow("one") { Step("a") { _ in } }
        let two = try Workflow("two") { Step("a") { _ in } }
        #expect(await code { _ = try queue.worker(for: one, two) } == .conflict)
    }
}
