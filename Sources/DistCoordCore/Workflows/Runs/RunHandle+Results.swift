// How a task of a run ended.

import DistCoordRedis

extension RunHandle {
    /// How a node ended, waiting for its end for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` with the outcome, `.timedOut`, `.notFound`, `.cancelled`, `.interrupted`.
    public func result(of task: String, milliseconds: Int64) throws(CoordinationError) -> (Status, JobOutcome?) {
        try Names.check(task, what: "task's name")
        let room = try room()
        let calls = RunCalls(room.calls)
        let channel = room.session.keys.changes(run: id, queue: queue.name)
        return try RunWaiting(room, scope: scope, milliseconds: milliseconds).answer(
            listening: { (wait) throws(CoordinationError) in try RunNews(following: channel, wait, of: room) },
            ask: { (patience, _) throws(CoordinationError) -> RunWaiting.Answer<JobOutcome> in
                let reply = try room.run(calls.result(self.id, task: task), patience)
                guard let node = reply[0]?.withBytes({ NodeState($0) }) else { return .unknown }
                guard node.state.hasEnded else { return .pending(lookIn: reply.integer(at: 2)) }
                return .final(JobOutcome(node, reply[1]?.withBytes { NodeOutcome($0) }))
            })
    }
}

extension JobOutcome {
    /// Of a node that has ended.
    fileprivate init(_ node: NodeState, _ outcome: NodeOutcome?) {
        let end: JobEnd =
            switch node.state {
            case .succeeded: .completed
            case .failed: .dead
            case .cancelled: .cancelled
            // One that is blocked waited for something that did not complete.
            default: .skipped
            }
        var failure: JobFailure?
        if end == .dead {
            if case .failure(let told) = outcome?.content {
                failure = told
            } else {
                failure = JobFailure(message: outcome?.error ?? "")
            }
        }
        self.init(
            end: end, bytes: outcome?.bytes ?? [], failure: failure, attempts: Int(node.attempts),
            finishedMilliseconds: node.endedMilliseconds)
    }
}
