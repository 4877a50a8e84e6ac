// A handle on a run. What it can do is in files of their own, by subject.

import DistCoordRedis

/// Waits for a run, looks at it and steers it; used by any number of threads.
public final class RunHandle: Sendable {
    public let id: String
    let queue: QueueHandle
    let scope = CancelScope()

    /// Makes a handle; nothing is sent.
    public init(queue: QueueHandle, id: String) throws(CoordinationError) {
        try RunOptions.check(id: id)
        self.queue = queue
        self.id = id
        _ = try RunHandle.room(of: queue)
    }

    /// The only room of a queue that may have runs.
    static func room(of queue: QueueHandle) throws(CoordinationError) -> QueueRoom {
        let rooms = try queue.rooms()
        if rooms.all.count > 1 { throw .invalid("a queue with partitions cannot have runs") }
        return rooms.all[0]
    }

    func room() throws(CoordinationError) -> QueueRoom { try queue.room() }

    /// The reply to a call; nil when the server does not know the run.
    func ask(_ call: (RunCalls) -> ScriptCall, _ room: QueueRoom) throws(CoordinationError) -> Reply? {
        let reply = try room.run(call(RunCalls(room.calls)), room.session.patience())
        return reply.count > 0 ? reply : nil
    }

    /// Waits for the end of the run for at most `milliseconds` (negative: for ever; 0: not at all).
    ///
    /// - Returns: `.ok` and `.timedOut` with a summary, `.notFound`, `.cancelled`, `.interrupted`.
    public func wait(milliseconds: Int64) throws(CoordinationError) -> (Status, RunSummary?) {
        let room = try room()
        let calls = RunCalls(room.calls)
        return try RunWaiting(room, scope: scope, milliseconds: milliseconds).answer(
            listening: { (wait) throws(CoordinationError) in
                try RunNews(waiter: wait, of: room) { calls.summary(self.id, token: $0, leaves: true) }
            },
            ask: { (patience, token) throws(CoordinationError) -> RunWaiting.Answer<RunSummary> in
                let reply = try room.run(calls.summary(self.id, token: token), patience)
                guard let summary = RunSummary(reply) else { return .unknown }
                if summary.state.hasEnded { return .final(summary) }
                return .pending(summary, lookIn: reply.integer(at: RunSummary.width))
            })
    }

    /// The runs of a queue, the latest first.
    public static func list(
        of queue: QueueHandle, offset: Int64, limit: Int64
    ) throws(CoordinationError) -> [(id: String, summary: RunSummary)] {
        guard (1...1_000).contains(limit) else {
            throw .invalid("\(limit) runs cannot be listed at once; 1 to 1000 can")
        }
        guard offset >= 0 else { throw .invalid("an offset of \(offset) is out of range; it must not be negative") }
        let room = try room(of: queue)
        let reply = try room.run(RunCalls(room.calls).runs(offset: offset, limit: limit), room.session.patience())
        return stride(from: 0, to: reply.count, by: 1 + RunSummary.width).compactMap { place in
            RunSummary(reply, at: place + 1).map { (reply.string(at: place), $0) }
        }
    }

    /// Watches what happens in the run.
    public func watch() throws(CoordinationError) -> RunWatch {
        try RunWatch(self)
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() { scope.cancel() }
}
