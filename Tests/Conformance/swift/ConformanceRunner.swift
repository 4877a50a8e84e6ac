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
    var elections: [String: Election] = [:]
    var leaderChanges: [String: Changes<Leader?>.AsyncIterator] = [:]
    var queues: [String: Queue] = [:]
    var jobs: [String: Job] = [:]
    var latches: [String: Latch] = [:]
    var doubleBarriers: [String: DoubleBarrier] = [:]
    var groups: [String: Membership] = [:]
    /// Watches of groups, by their names.
    var groupChanges: [String: Changes<MemberChange>.AsyncIterator] = [:]
    /// Watches of state, by scope and key or prefix.
    var stateChanges: [String: Changes<StateEntry>.AsyncIterator] = [:]
    var subscriptions: [String: Subscription] = [:]
    var topics: [String: Topic] = [:]
    var consumers: [String: Consumer] = [:]
    var breakers: [String: Breaker] = [:]
    /// Calls that were allowed and not reported, the oldest first.
    var permits: [String: [BreakerPermit]] = [:]
    var breakerChanges: [String: Changes<BreakerInfo>.AsyncIterator] = [:]
    var limiters: [String: Limiter] = [:]
    var graphs: [String: Graph] = [:]
    /// Queues as this session claims steps from them.
    var stepQueues: [String: Queue] = [:]
    var runEvents: [String: RunEvents.AsyncIterator] = [:]

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
            case "latch": return try await latch(request)
            case "event": return try await event(request)
            case "double": return try await doubleBarrier(request)
            case "group": return try await group(request)
            case "state": return try await state(request)
            case "channel", "subscription": return try await channel(request)
            case "topic": return try await topic(request)
            case "consumer": return try await consumer(request)
            case "breaker": return try await breaker(request)
            case "limit": return try await limit(request)
            case "queue": return try await queue(request)
            case "job": return try await job(request)
            case "cron": return try cron(request)
            case "wf": return try await workflow(request)
            case "run": return try await run(request)
            case "task": return try await task(request)
            case "artifact": return try await artifact(request)
            case "instance": return try instance(request)
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
}
