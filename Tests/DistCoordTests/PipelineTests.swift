import DistCoord
import Foundation
import Testing

/// Pipelines, with several instances in this process.
@Suite(.timeLimit(.minutes(3))) struct PipelineTests {
    @Test func instancesWorkTogether() async throws {
        let pipeline = try Pipeline("ci") {
            Restore()
            Build(target: "app")
            Build(target: "tool")
            Deploy()
        }
        let namespace = "test-" + UUID().uuidString
        let identity = UUID().uuidString
        let (lines, log) = recorder()
        let summaries = try await withThrowingTaskGroup(of: PipelineSummary.self) { group in
            for index in 0..<3 {
                group.addTask {
                    let client = try await makeClient(namespace: namespace)
                    let instance = InstanceOptions(
                        identity: identity, index: index, total: 3, capabilities: index == 2 ? ["keys"] : [])
                    return try await pipeline.run(on: client, options: PipelineOptions(instance: instance, report: log))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for summary in summaries {
            #expect(summary.state == .succeeded && summary.exitStatus == 0 && summary.identity == identity)
            #expect(summary.modules.map(\.name) == ["Restore", "build app", "build tool", "Deploy"])
            #expect(summary.modules.map(\.state) == [.succeeded, .succeeded, .succeeded, .skipped])
            #expect(summary.modules[3].error == "not on this branch")
            #expect(try await summary.output(of: Restore.self) == ["a", "b"])
            #expect(await code { _ = try await summary.output(of: Build.self) } == .conflict)
            #expect(summary.description.contains("build tool  succeeded"), "\(summary)")
        }
        // Only instance 2 has what it takes.
        #expect(summaries.contains { $0.modules[3].instance == 2 }, "\(summaries[0])")
        #expect(lines.value.contains("Restore: begins"))
        #expect(lines.value.filter { $0 == "ci: succeeded" }.count == 3)
        // One that comes after the end repeats nothing.
        let late = try await pipeline.run(
            on: makeClient(namespace: namespace),
            options: PipelineOptions(
                instance: InstanceOptions(identity: identity, index: 1, total: 3), report: log))
        #expect(
            late.state == .succeeded
                && late.modules
                    == summaries[0].modules.map { module in
                        var module = module
                        module.instance = nil
                        return module
                    }
        )
        #expect(lines.value.filter { $0 == "Restore: begins" }.count == 1)
    }

    @Test func aModuleThatFailsDecidesTheStatus() async throws {
        let pipeline = try Pipeline("ci") {
            Broken()
            AfterBroken()
            Report()
        }
        let (lines, log) = recorder()
        let summary = try await pipeline.run(on: makeClient(), options: alone(log))
        #expect(summary.state == .failed && summary.exitStatus == 1 && summary.reason.contains("Broken"))
        #expect(summary.modules.map(\.state) == [.failed, .blocked, .succeeded])
        #expect(summary.modules[0].attempts == 2 && summary.modules[0].error.contains("2 tests failed"))
        #expect(summary.description.contains("2 tests failed"))
        #expect(lines.value.contains("Broken: begins, attempt 2"))
        // Of what this instance does it is told at once, of what happened in the run a moment later.
        let told = lines.value.filter { !$0.contains(" begins") }.dropFirst()
        #expect(told.first == "ci: started" && told.last?.hasPrefix("ci: failed") == true, "\(told)")
        let beginnings = [
            "Broken: failed, to be tried again: 2 tests failed", "Broken: failed: 2 tests failed (",
            "AfterBroken: blocked", "Report: succeeded",
        ]
        for beginning in beginnings { #expect(told.contains { $0.hasPrefix(beginning) }, "\(told)") }
        #expect(told.count == 6 && told.contains { $0.hasSuffix("(3 of 3)") }, "\(told)")
        await #expect(throws: JobError.self) { try await summary.output(of: Broken.self) }
        #expect(try await summary.output(of: Report.self) == "reported")
    }

    @Test func aSignalStopsTheRunEverywhere() async throws {
        let pipeline = try Pipeline("ci") {
            Endless()
            Report()
        }
        let namespace = "test-" + UUID().uuidString
        let identity = UUID().uuidString
        let (lines, log) = recorder()
        let instances = try await [0, 1].asyncMap { index in
            let client = try await makeClient(namespace: namespace)
            let options = PipelineOptions(
                instance: InstanceOptions(identity: identity, index: index, total: 2), stopsOnSignals: index == 0,
                report: log)
            return Task { try await pipeline.run(on: client, options: options) }
        }
        try await eventually(within: .seconds(60), "the module to run") { lines.value.contains("Endless: begins") }
        kill(getpid(), SIGTERM)
        for instance in instances {
            let summary = try await instance.value
            #expect(summary.state == .cancelled && summary.exitStatus == 130)
            #expect(summary.reason.contains("SIGTERM at instance 0"), "\(summary.reason)")
            #expect(summary.modules[0].state == .cancelled)
        }
    }

    @Test func anInstanceThatLeavesLetsOthersGoOn() async throws {
        let goOn = Shared(false)
        let pipeline = try Pipeline("ci") { Gate(goOn: goOn) }
        let namespace = "test-" + UUID().uuidString
        let identity = UUID().uuidString
        func options(_ index: Int, _ log: @escaping @Sendable (String) -> Void) -> PipelineOptions {
            PipelineOptions(
                instance: InstanceOptions(identity: identity, index: index, total: 2), grace: .milliseconds(50),
                report: log)
        }
        let (first, firstLog) = recorder()
        let client = try await makeClient(namespace: namespace)
        let leaver = Task { try await pipeline.run(on: client, options: options(0, firstLog)) }
        try await eventually(within: .seconds(60), "the module to run") { first.value.contains("Gate: begins") }
        let (second, secondLog) = recorder()
        let other = try await makeClient(namespace: namespace)
        let stayer = Task { try await pipeline.run(on: other, options: options(1, secondLog)) }
        try await eventually(within: .seconds(60), "the other to join") { !second.value.isEmpty }
        leaver.cancel()
        await #expect(throws: CancellationError.self) { try await leaver.value }
        goOn.change { $0 = true }
        let summary = try await stayer.value
        #expect(summary.state == .succeeded && summary.modules[0].instance == 1)
    }

    @Test func aProcessThatIsAskedThriceEnds() async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let pipeline = try Pipeline("ci") { Stubborn() }
            let (lines, log) = recorder()
            let client = try await makeClient()
            let run = Task { try await pipeline.run(on: client, options: alone(log)) }
            for seen in ["Stubborn: begins", "ci: SIGTERM: stopping the run", "ci: SIGTERM: stopping the run at once"] {
                try await eventually(within: .seconds(60), "what is to come first") { lines.value.contains(seen) }
                kill(getpid(), SIGTERM)
            }
            _ = try await run.value
        }
    }

    @Test func theStatusOfTheRunIsThatOfTheProcess() async throws {
        await #expect(processExitsWith: .exitCode(1)) {
            let (_, log) = recorder()
            try await Pipeline("ci") { Broken() }.runAndExit(on: makeClient(), options: alone(log))
        }
        await #expect(processExitsWith: .exitCode(70)) {
            let (_, log) = recorder()
            var options = alone(log)
            options.instance.index = 5
            try await Pipeline("ci") { Report() }.runAndExit(on: makeClient(), options: options)
        }
    }
}

private func alone(_ log: @escaping @Sendable (String) -> Void) -> PipelineOptions {
    PipelineOptions(instance: InstanceOptions(identity: UUID().uuidString, index: 0, total: 1), report: log)
}

private func recorder() -> (Shared<[String]>, @Sendable (String) -> Void) {
    let lines = Shared<[String]>([])
    return (lines, { line in lines.change { $0.append(line) } })
}

private struct Restore: Module {
    func run(_ context: ModuleContext) async throws -> [String] { ["a", "b"] }
}

private struct Build: Module {
    static let dependsOn: [any Module.Type] = [Restore.self]
    var target: String
    var name: String { "build \(target)" }

    func run(_ context: ModuleContext) async throws -> String {
        try await target + context.output(of: Restore.self).joined()
    }
}

private struct Deploy: Module {
    static let dependsOn: [any Module.Type] = [Build.self]
    let requires = ["keys"]

    func shouldSkip(_ context: ModuleContext) async throws -> String? {
        let built = try await context.outputs(of: Build.self)
        return built == ["appab", "toolab"] ? "not on this branch" : nil
    }

    func run(_ context: ModuleContext) async throws {}
}

private struct Broken: Module {
    let retries = 1
    let backoff = Duration.zero

    func run(_ context: ModuleContext) async throws -> Int { throw JobFailure("2 tests failed") }
}

private struct AfterBroken: Module {
    static let dependsOn: [any Module.Type] = [Broken.self]

    func run(_ context: ModuleContext) async throws {}
}

private struct Report: Module {
    let runsAlways = true

    func run(_ context: ModuleContext) async throws -> String { "reported" }
}

private struct Endless: Module {
    func run(_ context: ModuleContext) async throws { try await Task.sleep(for: .seconds(600)) }
}

/// Heeds no cancellation.
private struct Stubborn: Module {
    func run(_ context: ModuleContext) async throws {
        await Task.detached { try? await Task.sleep(for: .seconds(60)) }.value
    }
}

private struct Gate: Module {
    let goOn: Shared<Bool>

    func run(_ context: ModuleContext) async throws {
        try await eventually(within: .seconds(60), "leave to go on") { goOn.value }
        try Task.checkCancellation()
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ change: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await change(element)) }
        return values
    }
}
