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
    var queues: [String: Queue] = [:]
    var jobs: [String: Job] = [:]

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
            case "cron": return try cron(request)
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
}
