// A claimed job as a task of a run; explained in include/distcoord/task.h.

import DistCoordRedis

extension ClaimedJob {
    /// Which task it is; nil of a job that is none.
    var taskIdentity: TaskIdentity? {
        guard entry.record.isTask else { return nil }
        return TaskIdentity(entry.record.ties?.text(.graph) ?? "")
    }

    /// What the payload holds, as long as the job is referenced; nil of a job that is no task.
    var taskEnvelope: TaskEnvelope? {
        entry.record.isTask ? TaskEnvelope(wholePayload) : nil
    }

    /// Id of the run it belongs to; "" of a job that is no task.
    public var runID: String { taskIdentity?.run ?? "" }

    /// Name of the node.
    public var nodeName: String { taskIdentity?.name ?? "" }

    /// Which item of its map it is; -1 when it is none.
    public var itemIndex: Int64 { taskIdentity?.index ?? -1 }

    /// The item, valid as long as the job is referenced; nil when there is none.
    public var item: UnsafeRawBufferPointer? { taskEnvelope?.item }

    /// How often its loop has run it before.
    public var round: Int32 { taskIdentity?.round ?? 0 }

    /// Fails when the job is no task.
    func requireTask() throws(CoordinationError) -> TaskIdentity {
        guard let identity = taskIdentity else { throw .invalid("the job '\(id)' is no task of a workflow") }
        return identity
    }

    /// Settles the task as skipped.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func skip(reason: String) throws(CoordinationError) -> Status {
        _ = try requireTask()
        try RunHandle.check(reason: reason)
        return try endSkipped(reason: reason)
    }

    /// Settles the task and asks for another round of the loop that ends with it.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func completeAndRepeat(_ result: UnsafeRawBufferPointer) throws(CoordinationError) -> Status {
        _ = try requireTask()
        return try complete(result, repeats: true)
    }

    /// Makes a handle on the run that the task belongs to; nothing is sent.
    public func openRun() throws(CoordinationError) -> RunHandle {
        let identity = try requireTask()
        try checkUsable()
        guard let client = batch.leases.client else {
            throw CoordinationError(.closed, "the client of the job '\(id)' was freed; open the run with another one")
        }
        let handle = try QueueHandle(client: client, name: queue)
        handle.setExpiry(batch.calls.expiry.milliseconds)
        return try RunHandle(queue: handle, id: identity.run)
    }
}
