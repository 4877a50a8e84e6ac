// Claiming from one room, or from several at once: those of several queues, or the partitions of one.
//
// A claimer first asks without waiting, room after room, in the order it was given. When all have nothing it takes a
// place in line in each of them by one round trip, and sleeps until a push hands it jobs (ClaimLine.swift).

import DistCoordRedis

/// Calls of others that travel with the first request of a claim, to save a round trip of their own.
struct ClaimLuggage {
    let calls: [ScriptCall]
    /// Receives their replies, errors of single calls among them, in order.
    let delivered: (ArraySlice<Reply>) -> Void
    /// They were not sent, or no answer came.
    let failed: (CoordinationError) -> Void
}

/// One claim; used by one thread.
struct Claimer {
    let sources: [ClaimSource]
    let session: Session
    let wait: Wait
    /// How many jobs at most.
    let count: Int
    /// What has been claimed.
    private(set) var jobs: [ClaimedJob] = []
    let follower: (any JobFollower)?
    private var luggage: ClaimLuggage?

    /// - Parameter follower: Begins the jobs; nil: they begin when they are claimed.
    init(
        _ sources: [ClaimSource], session: Session, wait: Wait, count: Int, follower: (any JobFollower)? = nil,
        luggage: ClaimLuggage? = nil
    ) {
        self.sources = sources
        self.session = session
        self.wait = wait
        self.count = count
        self.follower = follower
        self.luggage = luggage
    }

    /// Claims, after which `jobs` has what was claimed.
    ///
    /// - Parameter waits: Whether to wait for the first job, for as long as the wait lasts.
    /// - Returns: `.ok` with at least one job, `.empty`, `.timedOut`, `.cancelled`, `.interrupted`.
    mutating func run(waits: Bool) throws(CoordinationError) -> Status {
        do throws(CoordinationError) {
            for source in sourcesToTry(waits: waits) {
                try claimReady(source)
                if !jobs.isEmpty { break }
                if sources.count > 1 { source.room.expectsToWait.set() }
            }
            if jobs.isEmpty {
                guard waits else { return .empty }
                let status = try standInLine()
                if status != .ok { return status }
            }
        } catch {
            abandonLuggage(error)
            if !jobs.isEmpty {
                session.log(.warning, "claimed from some rooms only: \(error.message)")
                return .ok
            }
            if error.status == .interrupted, let reason = wait.stopReason { return reason }
            throw error
        }
        addMore()
        return .ok
    }

    /// The rooms to ask without waiting, one after the other: the first in any case, the others where there was
    /// something lately. A claimer that waits and found nothing anywhere lately asks by taking its places in line,
    /// which is one round trip for all.
    private func sourcesToTry(waits: Bool) -> [ClaimSource] {
        if !waits { return sources }
        let lively = sources.filter { !$0.room.expectsToWait.isSet }
        if lively.isEmpty { return [] }
        // A reserve is for when all others are empty now, not lately.
        if lively.contains(where: { $0.isReserve }) { return sources }
        return sources.enumerated().filter { $0 == 0 || !$1.room.expectsToWait.isSet }.map(\.1)
    }

    /// One call is about a limited number of jobs; takes what else is ready.
    private mutating func addMore() {
        guard jobs.count >= QueueCalls.batchLimit, jobs.count < count else { return }
        for source in sources {
            var isFull = true
            while isFull, jobs.count < count, wait.stopReason == nil {
                let before = jobs.count
                do throws(CoordinationError) {
                    try claimReady(source)
                } catch {
                    session.log(.warning, "claimed only \(jobs.count) jobs: \(error.message)")
                    return
                }
                isFull = jobs.count - before == QueueCalls.batchLimit
            }
        }
    }

    /// Claims what is ready in a room.
    private mutating func claimReady(_ source: ClaimSource) throws(CoordinationError) {
        let room = source.room
        let claim = source.claim(count: count - jobs.count, token: "")
        let sentAt = Instant.now
        let reply: Reply
        do throws(CoordinationError) {
            reply = try Claimer.checked(try send([room.calls.claim(claim)]).first, session)
        } catch {
            room.takeBack(claim, after: error)
            throw error
        }
        room.giveBack(claim.slot)
        if let claimed = try room.install(reply, claim, sentAt: sentAt, follower), !claimed.isEmpty {
            if sources.count > 1 { room.expectsToWait.clear() }
            keep(claimed)
        }
    }

    /// Keeps jobs for the caller, and gives back those that are too many.
    mutating func keep(_ claimed: [ClaimedJob]) {
        let free = max(0, count - jobs.count)
        if jobs.isEmpty, claimed.count <= free {
            jobs = claimed
        } else {
            jobs.append(contentsOf: claimed.prefix(free))
            if claimed.count > free { ClaimedJob.giveBack(Array(claimed.dropFirst(free))) }
        }
    }

    // MARK: - Sending

    /// Sends calls with the luggage, if there is some still, and returns their replies.
    mutating func send(_ calls: [ScriptCall], patience: Patience? = nil) throws(CoordinationError) -> ArraySlice<Reply>
    {
        let patience = patience ?? wait.patience
        guard let luggage else {
            return try translating { () throws(RedisError) in
                ArraySlice(try session.redis.run(calls, patience: patience))
            }
        }
        self.luggage = nil
        do throws(RedisError) {
            let replies = Array(try session.redis.run(luggage.calls + calls, patience: patience))
            guard replies.count == luggage.calls.count + calls.count else {
                throw RedisError(.system, "replies are missing")
            }
            luggage.delivered(replies[..<luggage.calls.count])
            return replies[luggage.calls.count...]
        } catch {
            let failure = CoordinationError(error)
            luggage.failed(failure)
            throw failure
        }
    }

    /// A reply that is no error.
    static func checked(_ reply: Reply?, _ session: Session) throws(CoordinationError) -> Reply {
        guard let reply else { throw CoordinationError(.internalError, "a reply is missing") }
        if let text = reply.error {
            throw CoordinationError(session.redis.serverError(text, doing: "queue_claim"))
        }
        return reply
    }

    private mutating func abandonLuggage(_ error: CoordinationError) {
        let unsent = luggage
        luggage = nil
        unsent?.failed(error)
    }
}
