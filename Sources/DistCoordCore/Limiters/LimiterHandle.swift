// A handle on a rate limiter.
//
// Whoever takes permits is told at once when they are due, and sleeps until then: the server has put the moment down,
// so that nobody who comes later is earlier, and nobody has to ask again. The moment counts from when the answer has
// arrived here, which is later than when the server reckoned it; so a permit is never used too early, whatever the
// clocks say.

import DistCoordRedis

/// Takes permits; used by any number of threads.
public final class LimiterHandle: Sendable {
    public let name: String
    private let client: Client
    private let options: LimiterOptions
    private let calls: LimiterCalls
    private let scope = CancelScope()

    /// How long a wait that is given up tries to tell the server at once, in milliseconds.
    private static let farewell: Int64 = 100

    public init(client: Client, name: String, options: LimiterOptions) throws(CoordinationError) {
        try Names.check(name, what: "limiter name")
        try options.check()
        try client.checkOpen()
        try client.requireOneServer("a rate limiter")
        self.client = client
        self.name = name
        self.options = options
        calls = LimiterCalls(
            keys: Keys(namespace: client.options.namespace), name: name, options: options,
            commandTimeout: client.options.commandTimeout)
    }

    /// Takes permits and waits until they are due, for at most `milliseconds` (negative: for ever).
    ///
    /// - Returns: `.ok` with how long it has waited; `.timedOut` with how long it would have had to, and nothing is
    ///   taken; `.cancelled`, `.interrupted`.
    public func acquire(
        _ permits: Int64, key: String?, milliseconds: Int64
    ) throws(CoordinationError) -> (Status, wait: Int64) {
        guard (1...options.capacity).contains(permits) else {
            throw .invalid(
                "limiter '\(name)' does not give \(permits) permits at once; 1 to \(options.capacity) are possible")
        }
        let key = try place(key)
        let session = try client.openSession()
        let lane = session.lanes.take()
        defer { session.lanes.giveBack(lane) }
        let ticket = lane.next()
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        let call = calls.take(permits, within: LimiterHandle.microseconds(milliseconds), key, ticket)
        let reply: Reply
        do throws(RedisError) {
            reply = try session.redis.run(call, patience: wait.patience)
        } catch {
            // The server may have done it all the same.
            if error.code != .unreachable, error.code != .server { session.chores.add(calls.giveBack(key, ticket)) }
            if error.code == .cancelled, let reason = wait.stopReason { return (reason, 0) }
            throw explained(error)
        }
        let left = reply.integer(at: 1)
        guard reply.integer(at: 0) == 1 else { return (.timedOut, LimiterHandle.milliseconds(left)) }
        if left > 0, let reason = sleep(microseconds: left, wait) {
            giveBack(key, ticket, session)
            return (reason, 0)
        }
        return (.ok, LimiterHandle.milliseconds(left))
    }

    /// How many permits could be taken now, and after how many milliseconds there will be one.
    public func inspect(key: String?) throws(CoordinationError) -> (available: Int64, wait: Int64) {
        let reply = try run(calls.look(try place(key)))
        return (reply.integer(at: 0), LimiterHandle.milliseconds(reply.integer(at: 1)))
    }

    /// Forgets what was taken.
    public func reset(key: String?) throws(CoordinationError) {
        let key = try place(key)
        let session = try client.openSession()
        try session.lanes.withLane { (ticket) throws(CoordinationError) in
            _ = try run(calls.reset(key, ticket))
        }
    }

    /// Ends the waits in progress.
    public func cancelWaits() {
        scope.cancel()
    }

    private func place(_ key: String?) throws(CoordinationError) -> String {
        if let key { try Names.check(key, what: "limiter's key") }
        return calls.key(key)
    }

    private func run(_ call: ScriptCall) throws(CoordinationError) -> Reply {
        let session = try client.openSession()
        do throws(RedisError) {
            return try session.redis.run(call, patience: session.patience())
        } catch {
            throw explained(error)
        }
    }

    private func explained(_ error: RedisError) -> CoordinationError {
        let failure = CoordinationError(error)
        guard failure.status == .conflict else { return failure }
        return CoordinationError(
            .conflict, "limiter '\(name)' is in use with the other algorithm; all its handles must have the same",
            serverText: failure.serverText)
    }

    /// Nil when the time has passed.
    private func sleep(microseconds: Int64, _ wait: Wait) -> Status? {
        let (nanoseconds, overflowed) = microseconds.multipliedReportingOverflow(by: 1_000)
        let (due, carried) = Instant.now.nanoseconds.addingReportingOverflow(nanoseconds)
        let moment = overflowed || carried ? Instant.never : Instant(nanoseconds: due)
        while Instant.now < moment {
            if let reason = wait.stopReason { return reason }
            wait.sleep(until: moment)
        }
        return nil
    }

    private func giveBack(_ key: String, _ ticket: CallTicket, _ session: Session) {
        let call = calls.giveBack(key, ticket)
        do throws(RedisError) {
            let patience = Patience(deadline: .now.advanced(milliseconds: LimiterHandle.farewell))
            _ = try session.redis.run(call, patience: patience)
        } catch {
            session.chores.add(call)
        }
    }

    private static func microseconds(_ milliseconds: Int64) -> Int64 {
        let (product, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000)
        // More than any permit is away, and still a whole number for the script.
        let most: Int64 = 1 << 53
        return milliseconds < 0 ? -1 : overflowed ? most : min(product, most)
    }

    /// Rounded up.
    private static func milliseconds(_ microseconds: Int64) -> Int64 {
        microseconds / 1_000 + (microseconds % 1_000 > 0 ? 1 : 0)
    }
}
