import DistCoord
import Testing

/// What is known of a workflow before it runs.
@Suite struct WorkflowTests {
    @Test func aWorkflowIsWhatItWasBuiltOf() throws {
        let hosts = ["a", "b"]
        let workflow = try Workflow("mixed") {
            Step("first") { _ in 1 }
            for host in hosts { Step("copy to \(host)") { _ in }.after("first") }
            if hosts.count > 5 { Step("never") { _ in } }
            StepGroup("group", policy: .atLeast(1)) {
                Step("inner") { _ in }
                MapStep("items", over: [1, 2]) { (_: Int, _) in }
            }.after("first")
            StepChain {
                Step("one") { _ in }
                Step("two") { _ in }
            }.after("group")
        }
        #expect(workflow.name == "mixed")
        #expect(
            workflow.nodes == ["first", "copy to a", "copy to b", "group", "inner", "items", "one", "two"])
    }

    @Test func equalGraphsHaveEqualFingerprints() throws {
        func build(_ text: String, retries: Int = 0) throws -> Workflow {
            try Workflow("w") {
                Step("a") { _ in text }
                Step("b") { _ in 1 }.after("a").retries(retries)
            }
        }
        let workflow = try build("x")
        #expect(workflow.fingerprint.count == 64)
        #expect(try build("another body").fingerprint == workflow.fingerprint)
        #expect(try build("x", retries: 1).fingerprint != workflow.fingerprint)
    }

    @Test func whatCouldNotRunIsRefusedWithItsPath() throws {
        let circle = message {
            _ = try Workflow("w") {
                Step("build") { _ in }.after("test")
                Step("test") { _ in }.after("build")
            }
        }
        #expect(circle.contains("build -> test -> build") || circle.contains("test -> build -> test"), "\(circle)")
        let unknown = message {
            _ = try Workflow("w") {
                Step("a") { _ in }.after("nobody")
                Step("b") { _ in }.after("noone")
            }
        }
        #expect(unknown.contains("nobody") && unknown.contains("noone"), "\(unknown)")
        #expect(message { _ = try Workflow("w") { StepChain {} } }.contains("no steps"))
        let twice = message {
            _ = try Workflow("w") {
                Step("a") { _ in }
                Step("a") { _ in }
            }
        }
        #expect(twice.contains("a"))
    }

    @Test func modifiersAreCheckedWithTheWhole() throws {
        #expect(message { _ = try Workflow("w") { Step("a") { _ in }.retries(-1) } }.contains("attempts"))
        #expect(message { _ = try Workflow("w") { Step("a") { _ in }.retries(500) } }.contains("attempts"))
        #expect(message { _ = try Workflow("w") { Step("a") { _ in }.timeout(.milliseconds(5)) } }.contains("timeout"))
        #expect(message { _ = try Workflow("w") { Step("a").when { _ in true } } }.contains("condition"))
        #expect(message { _ = try Workflow("w") { Step("a") { _ in }.arguments(Double.nan) } }.contains("arguments"))
        #expect(message { _ = try Workflow("w\0") {} }.contains("NUL"))
    }

    @Test func aPipelineKnowsItsModules() throws {
        let pipeline = try Pipeline("ci") {
            Compile()
            Restore()
        }
        #expect(pipeline.workflow.nodes == ["Compile", "Restore"])
        let missing = message { _ = try Pipeline("ci") { Compile() } }
        #expect(missing.contains("Compile") && missing.contains("Restore"), "\(missing)")
        #expect(message { _ = try Pipeline("ci") { Unspeakable() } }.contains("not Codable"))
    }

    private struct Restore: Module {
        func run(_ context: ModuleContext) async throws {}
    }

    private struct Compile: Module {
        static let dependsOn: [any Module.Type] = [Restore.self]
        func run(_ context: ModuleContext) async throws -> String { "binary" }
    }

    private struct Unspeakable: Module {
        func run(_ context: ModuleContext) async throws -> any Error { CancellationError() }
    }

    /// What is said when it is refused.
    private func message(_ build: () throws -> Void) -> String {
        do {
            try build()
            Issue.record("nothing was refused")
            return ""
        } catch let error as DistCoordError {
            #expect(error.code == .invalidArgument)
            return error.message
        } catch {
            Issue.record("an error of another type: \(error)")
            return ""
        }
    }
}
