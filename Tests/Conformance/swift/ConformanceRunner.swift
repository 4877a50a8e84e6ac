// The conformance runner of the Swift module; README.md beside this folder has the protocol.

import DistCoord
import Glibc

@main
struct ConformanceRunner {
    static func main() async throws {
        guard CommandLine.arguments.count == 3 else {
            let usage = "usage: ConformanceRunner URL NAMESPACE\n"
            write(STDERR_FILENO, usage, usage.utf8.count)
            exit(64)
        }
        let options = ClientOptions(namespace: CommandLine.arguments[2])
        let runner = Runner(try Client.open(CommandLine.arguments[1], options: options))
        while let line = readLine() {
            if let request = Request(line: line) { await runner.reply(to: request).write() }
        }
    }
}

actor Runner {
    let client: Client
    var locks: [String: Lock] = [:]
    var several: [String: Lock] = [:]
    var readWriteLocks: [String: ReadWriteLock] = [:]
    var semaphores: [String: DistCoord.Semaphore] = [:]
    /// Holds of read-write locks and permits, the newest last.
    var leases: [String: [Lease]] = [:]
    private var elections: [String: Election] = [:]
    private var queues: [String: Queue] = [:]
    private var jobs: [String: Job] = [:]

    init(_ client: Client) { self.client = client }

    func reply(to request: Request) async -> Reply {
        do {
            switch request.kind {
            case "lock": return try await lock(request)
            case "many": return try await many(request)
            case "rw": return try await readWriteLock(request)
            case "sem": return try await semaphore(request)
            case "holds": return try await holds(request)
            case "stats": return try await statistics(request)
            case "election": return try await election(request)
            case "barrier": return try await barrier(request)
            case "queue": return try await queue(request)
            case "job": return try await job(request)
            case "client":
                if request.verb == "id" { return .ok.with("id", client.id) }
                try await client.close()
                return .ok
            default: return Reply("UNKNOWN_REQUEST")
            }
        } catch let error as DistCoordError {
            return Reply("\(error.code)")
        } catch {
            return Reply("UNKNOWN_ERROR")
        }
    }

    // MARK: Elections

    private func election(_ request: Request) async throws -> Reply {
        let election =
            elections[request.name]
            ?? client.election(
                request.name, lease: request.duration("lease") ?? .seconds(10), value: request.text("value"))
        elections[request.name] = election
        switch request.verb {
        case "campaign":
            guard try await election.campaign(timeout: request.duration("wait")) else { return Reply("TIMED_OUT") }
            return .ok.with("term", election.term)
        case "resign":
            try await election.resign()
            return .ok
        case "leads": return .ok.with("leads", election.isLeader)
        case "leader": return reply(with: try await election.leader())
        case "watch":
            for try await leader in election.leaders where leader != nil { return reply(with: leader) }
            return Reply("CANCELLED")
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func reply(with leader: Leader?) -> Reply {
        guard let leader else { return Reply("EMPTY") }
        return .ok.with("value", leader.value).with("term", leader.term).with("candidates", leader.candidates)
    }

    // MARK: Barriers

    private func barrier(_ request: Request) async throws -> Reply {
        let barrier = client.barrier(request.name, parties: request.number("parties") ?? 1)
        switch request.verb {
        case "wait": return .ok.with("index", try await barrier.wait(timeout: request.duration("wait")).index)
        case "abort":
            try await barrier.abort()
            return .ok
        case "reset":
            try await barrier.reset()
            return .ok
        case "show":
            let status = try await barrier.inspect()
            return .ok.with("waiting", status.waiting).with("generation", status.generation)
                .with("broken", status.isBroken)
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    // MARK: Queues and jobs

    private func queue(_ request: Request) async throws -> Reply {
        if request.verb == "find" {
            guard let found = try await client.queue(ofJob: request.name) else { return Reply("NOT_FOUND") }
            return .ok.with("queue", found.name)
        }
        let queue = queues[request.name] ?? client.queue(request.name, lease: request.duration("lease"))
        queues[request.name] = queue
        switch request.verb {
        case "push":
            return .ok.with("id", try await queue.push(request.bytes("payload") ?? [], options: options(request)))
        case "push_many":
            let prefix = request.text("prefix") ?? ""
            let ids = try await queue.pushMany((0..<(request.number("count") ?? 0)).map { "\(prefix)\($0)" })
            return .ok.with("count", ids.count)
        case "claim":
            guard let job = try await queue.claim(timeout: request.duration("wait")) else { return Reply("NONE") }
            jobs[job.id] = job
            return .ok.with("id", job.id).with("payload", job.payload).with("task", job.task)
                .with("attempt", job.attempt).with("priority", job.priority).with("fence", job.fence)
        case "claim_many":
            let claimed = try await queue.claimMany(request.number("count") ?? 1, timeout: request.duration("wait"))
            if claimed.isEmpty { return Reply("NONE") }
            for job in claimed { jobs[job.id] = job }
            return .ok.with("count", claimed.count)
                .with("payloads", Array(claimed.map(\.payload).joined(separator: [UInt8(ascii: ",")])))
        case "result":
            let result = try await queue.result(request.text("id") ?? "", timeout: request.duration("wait"))
            return .ok.with("state", result.state.rawValue).with("result", result.bytes)
        case "counts":
            let counts = try await queue.counts()
            return .ok.with("waiting", counts.waiting).with("delayed", counts.delayed).with("active", counts.active)
                .with("dead", counts.dead).with("completed", counts.completed).with("failed", counts.failed)
                .with("claimers", counts.claimers)
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func options(_ request: Request) -> PushOptions {
        PushOptions(
            id: request.text("id"), task: request.text("task") ?? "", priority: request.number("priority") ?? 0,
            delay: request.duration("delay") ?? .zero, maxAttempts: request.number("attempts") ?? 4,
            firstBackoff: request.duration("backoff") ?? .seconds(1),
            resultLifetime: request.duration("ttl") ?? .seconds(600))
    }

    private func job(_ request: Request) async throws -> Reply {
        guard let job = jobs[request.name] else { return Reply("UNKNOWN_JOB") }
        switch request.verb {
        case "complete": try await job.complete(with: request.bytes("result") ?? [])
        case "fail": try await job.fail(request.text("message") ?? "", retry: request.text("retry") != "no")
        case "release": try await job.release()
        case "lost": return .ok.with("lost", job.state == .lost)
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }
}
