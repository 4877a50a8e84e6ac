// Waiting for jobs. A claimer that finds nothing takes a place in line and sleeps until a push hands it jobs, or until
// time makes some ready: a delay or the lease of a dead worker ends. Every claimer in line knows that moment; those
// further back look a little later, so that the first deals with it and the others find it done.

import DistCoordRedis

/// What a claimer knows of its place in the line of one room.
private struct Place {
    let source: ClaimSource
    let waiter: MailboxWaiter
    var claim: QueueCalls.Claim
    var askAt = Instant(nanoseconds: 0)
    /// A pair of readings of this machine's clock and the server's: the first was taken before the second.
    var sentAt = Instant.now
    var serverTime: Int64 = 0
    /// The server has given this place what it waited for, and forgotten it.
    var isServed = false

    var room: QueueRoom { source.room }

    /// A moment of the server's clock as one of this machine's, rather too early than too late.
    func localMoment(ofServerTime microseconds: Int64) -> Instant {
        Instant(nanoseconds: sentAt.nanoseconds &+ (microseconds &- serverTime) &* 1_000)
    }
}

extension Claimer {
    /// Claimers ask again after about this long even if nothing happens, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000
    /// How much later each next one in line looks, and the last at most, in milliseconds.
    private static let stagger: (each: Int64, atMost: Int64) = (25, 800)
    /// How long a claimer that gives up tries to tell the server before it leaves that to the background.
    private static let farewell: Int64 = 100

    /// Takes a place in the line of every room, and waits.
    mutating func standInLine() throws(CoordinationError) -> Status {
        var places: [Place] = []
        places.reserveCapacity(sources.count)
        defer { for place in places { session.mailbox.remove(place.waiter) } }
        for source in sources {
            let waiter = try translating { () throws(RedisError) in try session.mailbox.register(wait) }
            places.append(
                Place(source: source, waiter: waiter, claim: source.claim(count: count, token: waiter.token)))
            source.room.expectsToWait.set()
        }
        do throws(CoordinationError) {
            while true {
                try ask(&places)
                if jobs.isEmpty, let status = try sleep(&places) { return status }
                if !jobs.isEmpty {
                    leave(&places)
                    return .ok
                }
            }
        } catch {
            for place in places where !place.isServed { place.room.takeBack(place.claim, after: error) }
            throw error
        }
    }

    // MARK: - Asking

    /// Asks for jobs, or for the place in line, where it is time to.
    private mutating func ask(_ places: inout [Place]) throws(CoordinationError) {
        let now = Instant.now
        let due = places.indices.filter { places[$0].askAt <= now }
        if due.isEmpty { return }
        var failure: CoordinationError?
        do throws(CoordinationError) {
            let replies = try send(due.map { places[$0].room.calls.claim(places[$0].claim) })
            for (place, reply) in zip(due, replies) {
                do throws(CoordinationError) {
                    try take(try Claimer.checked(reply, session), &places[place], sentAt: now)
                } catch {
                    failure = failure ?? error
                    places[place].askAt = Instant.now.advanced(milliseconds: 100)
                }
            }
        } catch {
            failure = error
            for place in due { places[place].askAt = Instant.now.advanced(milliseconds: 100) }
        }
        // Never in line yet: tell at once. Later an outage is ridden out, for as long as the caller wants to wait.
        guard let failure, jobs.isEmpty else { return }
        if !failure.status.isRetriable || due.contains(where: { places[$0].claim.arrival == 0 }) { throw failure }
    }

    /// Takes what queue_claim.lua answered.
    private mutating func take(_ reply: Reply, _ place: inout Place, sentAt: Instant) throws(CoordinationError) {
        place.claim.isRepeated = true
        if let claimed = try place.room.install(reply, place.claim, sentAt: sentAt, follower) {
            // None when their payloads are missing; they are being buried.
            place.askAt = Instant.now.advanced(milliseconds: 50)
            guard !claimed.isEmpty else { return }
            place.isServed = true
            if sources.count > 1 { place.room.expectsToWait.clear() }
            keep(claimed)
            return
        }
        place.sentAt = sentAt
        place.serverTime = reply.integer(at: 2)
        place.claim.arrival = reply.integer(at: 3)
        place.askAt = Instant.now.advanced(milliseconds: Int64.random(in: Claimer.recheck))
        let event = reply.integer(at: 1)
        if event >= 0 {
            let behind = min(max(0, reply.integer(at: 4)), Claimer.stagger.atMost)
            // One millisecond later than the moment: the server compares whole milliseconds.
            let delay = event + 1 + min(behind * Claimer.stagger.each, Claimer.stagger.atMost)
            place.askAt = min(place.askAt, Instant.now.advanced(milliseconds: delay))
        }
    }

    // MARK: - Sleeping

    /// Sleeps until there are jobs, or it is time to ask again (then nil), or to stop.
    private mutating func sleep(_ places: inout [Place]) throws(CoordinationError) -> Status? {
        while true {
            var mustAsk = false
            for index in places.indices where try read(&places[index]) { mustAsk = true }
            if mustAsk || !jobs.isEmpty { return nil }
            if let reason = wait.stopReason { return giveUp(reason, &places) }
            let now = Instant.now
            if now >= wait.deadline { return giveUp(.timedOut, &places) }
            var askAt = Instant.never
            for place in places { askAt = min(askAt, place.askAt) }
            if now >= askAt { return nil }
            wait.sleep(until: askAt)
        }
    }

    /// Reads what has been told to a place; true when it must ask again.
    private mutating func read(_ place: inout Place) throws(CoordinationError) -> Bool {
        while let message = place.waiter.takeMessage() {
            place.askAt = .now
            guard let handed = HandedJobs(message) else { return true }
            let lease = Lease(
                token: "", fence: UInt64(clamping: handed.claim), length: place.claim.lease, renews: true,
                left: handed.lease, countedFrom: place.localMoment(ofServerTime: handed.serverTime))
            // Jobs that lay unread, because the process was stopped, are void; asking tells what became of them. The
            // same for those that are too many now: who asks is answered the same again, or gives them back.
            if lease.isOver() || jobs.count + handed.jobs.count > count { return true }
            let claimed = try place.room.install(handed.jobs, claim: handed.claim, lease: lease, follower)
            place.isServed = !claimed.isEmpty
            keep(claimed)
            return claimed.isEmpty
        }
        if place.waiter.takeMustAsk() {
            place.askAt = .now
            return true
        }
        return false
    }

    // MARK: - Leaving

    /// Has jobs: leaves the lines it still stands in. Those are told in the background, so that nobody waits for it;
    /// what one of them has handed out meanwhile goes back.
    private mutating func leave(_ places: inout [Place]) {
        for place in places {
            if place.isServed {
                place.room.giveBack(place.claim.slot)
            } else {
                session.chores.add(place.room.calls.withdraw(place.claim, givesBack: true))
            }
        }
    }

    /// Leaves the lines. Whoever is handed jobs in the last moment keeps them after a time-out, and gives them back
    /// when told to stop.
    private mutating func giveUp(_ reason: Status, _ places: inout [Place]) -> Status? {
        let sentAt = Instant.now
        let patience = Patience(deadline: sentAt.advanced(milliseconds: Claimer.farewell))
        do throws(CoordinationError) {
            let replies = try send(
                places.map { $0.room.calls.withdraw($0.claim, givesBack: reason != .timedOut) }, patience: patience)
            for (index, reply) in zip(places.indices, replies) {
                let place = places[index]
                do throws(CoordinationError) {
                    let claimed = try place.room.install(
                        try Claimer.checked(reply, session), place.claim, sentAt: sentAt, follower)
                    keep(claimed ?? [])
                    places[index].isServed = true
                } catch {
                    session.chores.add(place.room.calls.withdraw(place.claim, givesBack: true))
                }
            }
        } catch {
            for place in places { session.chores.add(place.room.calls.withdraw(place.claim, givesBack: true)) }
            return reason
        }
        if !jobs.isEmpty { return nil }
        for place in places where place.isServed { place.room.giveBack(place.claim.slot) }
        return reason
    }
}
