// Steering a run. What has to be done to many nodes is done in steps, each of them one script; whoever began it asks
// for the next one until nothing is left, and so does every script that comes by.

import DistCoordRedis

extension RunHandle {
    /// Longest reason for a stop or a skip, in bytes.
    static let reasonLimit = 1_024

    /// Fails when a reason is too long.
    static func check(reason: String) throws(CoordinationError) {
        guard reason.utf8.count > reasonLimit else { return }
        throw .invalid("the reason has \(reason.utf8.count) bytes; at most \(reasonLimit) are allowed")
    }

    /// Has nothing new begin.
    ///
    /// - Returns: `.ok`, `.notFound`, `.expired`.
    public func pause() throws(CoordinationError) -> Status {
        try control(.pause)
    }

    /// Goes on, or takes up again what failed or was stopped.
    ///
    /// - Returns: `.ok`, `.notFound`, `.expired`.
    public func resume() throws(CoordinationError) -> Status {
        try control(.resume)
    }

    /// Stops the run.
    ///
    /// - Returns: `.ok`, `.notFound`, `.expired`.
    public func stop(reason: String, atOnce: Bool) throws(CoordinationError) -> Status {
        try RunHandle.check(reason: reason)
        return try control(.stop, reason: reason, atOnce: atOnce)
    }

    /// Forgets a run that has ended.
    public func delete() throws(CoordinationError) {
        _ = try control(.delete)
        _ = try state(retention: nil).clear(prefix: "")
    }

    private func control(
        _ verb: RunCalls.Verb, reason: String = "", atOnce: Bool = false
    ) throws(CoordinationError) -> Status {
        let room = try room()
        try queue.rooms().learnExpiry(room.session.patience())
        let calls = RunCalls(room.calls)
        let resent = Flag()
        var call = calls.control(id, verb, reason: reason, atOnce: atOnce) { resent.set() }
        while true {
            switch try room.run(call, room.session.patience()).integer {
            case 1: return .ok
            case 2: call = calls.control(id, .proceed, reason: "", atOnce: false)
            case 3:
                // Sent twice: the first time may have brought it here.
                return resent.isSet && verb != .pause ? .ok : .expired
            case 4:
                throw CoordinationError(.conflict, "the run '\(id)' has not ended; stop it and wait for its end first")
            default: return .notFound
            }
        }
    }

    // MARK: - Shared state

    /// What a run's tasks tell each other is kept at least this long, in milliseconds: a run may take longer than what
    /// became of it is kept.
    private static let shortestKept: Int64 = 86_400_000

    /// The state that belongs to the run.
    public func state() throws(CoordinationError) -> StateHandle {
        let room = try room()
        let key = room.session.keys.run(id, queue: queue.name)
        let replies = try translating { () throws(RedisError) in
            let replies = try room.session.redis.commands(patience: room.session.patience()) {
                $0.command("HGET", key, "retention")
            }
            if let text = replies.first?.error { throw room.session.redis.serverError(text, doing: "HGET of a run") }
            return replies
        }
        return try state(retention: replies.first?.integer)
    }

    private func state(retention: Int64?) throws(CoordinationError) -> StateHandle {
        try StateHandle(
            client: queue.client, run: id, queue: queue.name,
            defaultTTL: max(retention ?? 0, RunHandle.shortestKept))
    }
}
