// Starting a workflow. Its nodes go to the server in parts, which are nothing to anybody until the last is there; each
// part may be sent twice.

import DistCoordRedis

extension RunHandle {
    /// What start came to.
    public struct Started: Sendable {
        /// `.ok`, or `.exists` when there is a run with that id of the same workflow.
        public let status: Status
        /// The run, of whoever started it.
        public let run: RunHandle
    }

    /// Starts a workflow on a queue.
    public static func start(
        _ workflow: WorkflowGraph, on queue: QueueHandle, options: RunOptions
    ) throws(CoordinationError) -> Started {
        let room = try room(of: queue)
        let run = try RunHandle(queue: queue, id: options.id ?? Identifiers.make())
        let encoded = try workflow.encoded()
        // Those who look for jobs in all queues are to find the tasks.
        try queue.rooms().register(room.session.patience())
        let calls = RunCalls(room.calls)
        let start = RunCalls.Start(run: run.id, token: Identifiers.make(), workflow: encoded, options: options)
        let parts = RunCalls.parts(of: encoded.nodes)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            let reply = try room.run(calls.start(start, part: part, isLast: isLast), room.session.patience())
            switch reply.integer {
            case 1: return Started(status: .ok, run: run)
            case 0: return Started(status: .exists, run: run)
            case 2:
                throw CoordinationError(
                    .conflict,
                    "there is a run '\(run.id)' of another workflow; give this one another id, or delete that run")
            case 3 where !isLast: continue
            default: throw CoordinationError(.internalError, "workflow_start answered what it never answers")
            }
        }
        throw CoordinationError(.internalError, "workflow_start has not started a whole workflow")
    }
}
