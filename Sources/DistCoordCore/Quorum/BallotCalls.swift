// The calls of one vote: those of a lock, with the ticket as number on arrival, and with word of how they fare.

import DistCoordRedis

/// Calls of a lock on one server of a quorum, on behalf of one acquire.
struct BallotCalls: GrantCalls {
    let lock: ExclusiveCalls
    let ticket: Ticket
    let place: Int
    let tally: Tally
    let pulse: Pulse

    var subjects: [GrantSubject] { lock.subjects }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        // A cancel that came before the wait began has cancelled nothing.
        if tally.isOver { throw RedisError(.cancelled, "the acquire has ended") }
        let number = arrival.map { $0 == 0 ? ticket.arrival : $0 }
        let reply = try pulse.taking { () throws(RedisError) in
            try lock.acquire(redis, token: token, lease: lease, arrival: number, patience: patience)
        }
        if number != nil, reply.count > 0, reply.integer(at: 0) == 0 { tally.stand(place) }
        return reply
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        try pulse.taking { () throws(RedisError) in
            try lock.release(redis, token: token, fence: fence, patience: patience, onResend: onResend)
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall { lock.release(token: token, fence: fence) }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        lock.extend(token: token, fence: fence, lease: lease)
    }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall { lock.withdraw(token: token, givesBack: givesBack) }
}
