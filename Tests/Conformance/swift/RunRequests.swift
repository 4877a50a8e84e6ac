// What the Swift runner can be asked about runs, their steps, events, state and artifacts.

import DistCoord
import Glibc

extension Runner {
    func run(_ request: Request) async throws -> Reply {
        let queue = client.queue(request.name)
        switch request.verb {
        case "start":
            let run = try await queue.start(
                workflow(request.text("workflow") ?? ""), id: request.text("id"),
                retention: request.duration("retention") ?? .seconds(7 * 86_400),
                failFast: request.text("fail_fast") == "yes")
            return Reply(run.existed ? "EXISTS" : "OK").with("id", run.id)
        case "list":
            let runs = try await queue.runs(
                offset: request.number("offset") ?? 0, limit: request.number("limit") ?? 100)
            let shown = runs.map { "\($0.id):\($0.state)" }
            return .ok.with("count", runs.count).with("runs", shown.joined(separator: ","))
        default: return try await ask(try queue.run(request.text("id") ?? ""), request)
        }
    }

    private func ask(_ run: WorkflowRun, _ request: Request) async throws -> Reply {
        let task = request.text("task") ?? ""
        switch request.verb {
        case "wait":
            do {
                return told(try await run.wait(timeout: request.duration("wait")), "OK")
            } catch let error as DistCoordError where error.code == .timedOut {
                return told(try await run.summary(), "TIMED_OUT")
            }
        case "result":
            let result = try await run.result(task, timeout: request.duration("wait"))
            let states = ["completed": "succeeded", "dead": "failed"]
            return .ok.with("state", states[result.state.rawValue] ?? result.state.rawValue)
                .with("result", result.bytes).with("error", result.errorType)
        case "tasks":
            let steps = try await run.steps()
            let shown = steps.map { "\($0.name):\($0.state)" }
            return .ok.with("count", steps.count).with("tasks", shown.joined(separator: ","))
        case "node":
            guard let step = try await run.steps().first(where: { $0.name == task }) else { return Reply("NOT_FOUND") }
            return .ok.with("kind", step.kind.rawValue).with("state", step.state.rawValue).with("group", step.group)
                .with("needs", step.needs.joined(separator: ","))
                .with("requires", step.capabilities.joined(separator: ",")).with("error", step.error)
                .with("attempts", step.attempts).with("round", step.round).with("worker", step.worker)
                .with("ready", step.readyMillisecondsSince1970 ?? 0)
                .with("started", step.startedMillisecondsSince1970 ?? 0)
                .with("ended", step.endedMillisecondsSince1970 ?? 0)
        case "next": return try await nextEvent(run, request)
        case "pause": try await run.pause()
        case "resume": try await run.resume()
        case "stop": try await run.stop(request.text("reason"), atOnce: request.text("at_once") == "yes")
        case "delete": try await run.delete()
        case "set": _ = try await run.state.set(request.text("key") ?? "", bytes: request.bytes("value") ?? [])
        case "get":
            guard let entry = try await run.state.get(request.text("key") ?? "") else { return Reply("NOT_FOUND") }
            return .ok.with("value", entry.bytes)
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    private func told(_ summary: RunSummary, _ status: String) -> Reply {
        Reply(status).with("state", summary.state.rawValue).with("workflow", summary.workflow)
            .with("reason", summary.reason).with("waiting", summary.waiting).with("ready", summary.ready)
            .with("succeeded", summary.succeeded).with("failed", summary.failed).with("skipped", summary.skipped)
            .with("cancelled", summary.cancelled).with("blocked", summary.blocked)
    }

    /// Takes events until one is of the wanted kind, or of any.
    private func nextEvent(_ run: WorkflowRun, _ request: Request) async throws -> Reply {
        let key = "\(request.name)/\(run.id)"
        var events = runEvents[key] ?? run.events.makeAsyncIterator()
        defer { runEvents[key] = events }
        while let event = try await events.next() {
            let (kind, state) = described(event.kind)
            if let wanted = request.text("for"), wanted != kind { continue }
            return .ok.with("kind", kind).with("number", event.number).with("task", event.step)
                .with("state", state).with("text", event.text)
        }
        return Reply("CANCELLED")
    }

    private func described(_ kind: RunEvent.Kind) -> (kind: String, state: String) {
        switch kind {
        case .ended(let state): ("ended", state.rawValue)
        case .stepEnded(let state): ("task_ended", state.rawValue)
        default: ("\(kind)", "")
        }
    }

    // MARK: Steps that the session claims

    func task(_ request: Request) async throws -> Reply {
        if request.verb == "claim" || request.verb == "work" { return try await claimStep(request) }
        guard let job = jobs[request.name] else { return Reply("UNKNOWN_JOB") }
        guard request.verb == "add" else { return try await settle(job, request.verb, request) }
        let parts = graphs[request.text("workflow") ?? "", default: Graph()].parts()
        try await job.step?.add { parts }
        return .ok
    }

    private func claimStep(_ request: Request) async throws -> Reply {
        // With what this session has: its language, and what its first request says.
        let options = QueueOptions(
            lease: request.duration("lease"), capabilities: ["lang:swift"] + request.names("has"))
        let queue = stepQueues[request.name] ?? client.queue(request.name, options: options)
        stepQueues[request.name] = queue
        guard let job = try await queue.claim(timeout: request.duration("wait")) else { return Reply("NONE") }
        guard let step = job.step else { return Reply("ERROR_INVALID_ARGUMENT") }
        let inputs = try await step.inputs()
        if request.verb == "claim" {
            jobs[job.id] = job
        } else {
            let settled = try await settle(job, request.text("do") ?? "complete", request)
            if settled.line != "OK" { return settled }
        }
        return try .ok.with("id", job.id).with("run", step.run.id).with("name", step.step).with("task", job.task)
            .with("arguments", job.payload).with("index", step.index ?? -1).with("item", step.itemBytes ?? [])
            .with("round", step.round).with("attempt", job.attempt).with("inputs", shown(inputs))
    }

    private func shown(_ inputs: [StepInput]) -> [UInt8] {
        let parts = inputs.map { input in
            let state = input.isMany && input.step.isEmpty ? "" : input.state.rawValue
            return Array("\(input.need)\(input.isMany ? "*" : ""):\(input.step):\(state):".utf8) + input.bytes
        }
        return Array(parts.joined(separator: [UInt8(ascii: ",")]))
    }

    private func settle(_ job: Job, _ how: String, _ request: Request) async throws -> Reply {
        switch how {
        case "complete": try await job.complete(with: request.bytes("result") ?? [])
        case "fail":
            try await job.fail(
                JobFailure(
                    request.text("message") ?? "", type: request.text("error") ?? "error",
                    retry: request.text("retry") != "no"))
        case "skip": try await job.skip(request.text("reason") ?? "")
        case "repeat": try await job.repeatLoop(with: request.bytes("result") ?? [])
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    // MARK: Artifacts and identity

    func artifact(_ request: Request) async throws -> Reply {
        let artifacts = try client.queue(request.name).run(request.text("id") ?? "").artifacts
        let name = request.text("as") ?? ""
        if request.verb == "list" {
            let listed = try await artifacts.list()
            return .ok.with("count", listed.count)
                .with("artifacts", listed.map { "\($0.name):\($0.size)" }.joined(separator: ","))
                .with("sha256", listed.first?.sha256 ?? "")
        }
        let path = "/tmp/distcoord-runner-\(getpid())"
        defer { unlink(path) }
        guard let file = fopen(path, "w+") else { return Reply("UNKNOWN_ERROR") }
        defer { fclose(file) }
        if request.verb == "publish" {
            let content = request.bytes("content") ?? []
            fwrite(content, 1, content.count, file)
            fflush(file)
            try await artifacts.publish(name, from: path)
            return .ok
        }
        try await artifacts.fetch(name, to: path)
        // What was fetched is another file than the one that was opened above.
        guard let fetched = fopen(path, "r") else { return Reply("UNKNOWN_ERROR") }
        defer { fclose(fetched) }
        var content = [UInt8](repeating: 0, count: 1 << 20)
        let length = fread(&content, 1, content.count, fetched)
        return .ok.with("length", length).with("content", Array(content.prefix(min(length, 1_000))))
    }

    func instance(_ request: Request) throws -> Reply {
        guard request.verb == "identity" else { return Reply("UNKNOWN_REQUEST") }
        let surroundings = [
            "GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT",
            "CI_PIPELINE_ID", "BUILD_BUILDID", "SYSTEM_STAGEATTEMPT",
        ]
        for variable in surroundings {
            unsetenv(variable)
            if let value = request.text(variable) { setenv(variable, value, 1) }
        }
        let identity = try runIdentity(request.text("id"), withAttempt: request.text("attempt") == "yes")
        return .ok.with("identity", identity)
    }
}
