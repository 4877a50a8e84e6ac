// An instance of a distributed run that is sure to leave it on a thread that may block.

import Synchronization

/// An instance of a run, which it leaves when it is told to.
final class JoinedInstance: Sendable {
    let identity: String
    let index: Int
    let total: Int
    /// Whether the run had ended before.
    let cameLate: Bool
    /// Name of the queue of the run.
    let queue: String
    /// Id of the run in that queue.
    let run: String

    private let held: Mutex<BlockingInstance?>

    init(_ client: Client, _ workflow: Workflow, _ options: InstanceOptions) async throws {
        let facts = try await offload { [client = client.blocking, workflow = workflow.blocking] in
            let instance = try BlockingInstance(client, workflow, options)
            return (instance, try instance.queue().name, try instance.run().id)
        }
        let instance = facts.0
        held = Mutex(instance)
        identity = instance.identity
        index = instance.index
        total = instance.total
        cameLate = instance.joined == .expired
        (queue, run) = (facts.1, facts.2)
    }

    /// Waits for the end of the run, also while it has not been started.
    func waitForEnd() async throws {
        var pauses = Pauses()
        while true {
            do {
                let answer = try await offload(cancel: { [self] in instance?.cancel() }) { [self] in
                    try instance?.wait(milliseconds: -1).answer ?? .cancelled
                }
                switch answer {
                case .ok: return
                case .lost: throw DistCoordError(.lost, "the run \(identity) was there, and is gone")
                default: throw cancellation(of: "run \(identity)")
                }
            } catch let error as DistCoordError where error.isRetriable {
                // The server is away; the wait is not over because of that.
                try Task.checkCancellation()
                await pauses.sleep()
            }
        }
    }

    /// Those that live, by the identities of their clients.
    func members() async throws -> [String: Int] {
        let members = try await offload { [self] in try instance?.members() ?? [] }
        return Dictionary(members.map { ($0.worker, $0.index) }) { first, _ in first }
    }

    /// Whoever holds the object last frees it, which tells the server: that is to be a thread that may block.
    func leave() async {
        _ = try? await offload { [self] in
            let instance = held.withLock { $0.take() }
            withExtendedLifetime(instance) {}
        }
    }

    private var instance: BlockingInstance? { held.withLock { $0 } }
}
