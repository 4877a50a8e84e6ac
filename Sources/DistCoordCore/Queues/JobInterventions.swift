// Dealing with jobs from outside; explained in include/distcoord/jobs.h.

import DistCoordRedis

extension QueueHandle {
    /// Cancels a job.
    ///
    /// - Returns: `.ok`, and whether it runs still; `.notFound`; `.expired`.
    public func cancel(id: String, reason: String) throws(CoordinationError) -> (Status, runs: Bool) {
        try JobOptions.checkID(id)
        guard reason.utf8.count <= 1_024 else {
            throw .invalid("the reason has \(reason.utf8.count) bytes; at most 1024 are allowed")
        }
        let room = try roomKnowing(id)
        let said = reason.isEmpty ? "cancelled" : reason
        switch try room.run(room.calls.cancel(id: id, reason: said), room.session.patience()).integer {
        case 1: return (.ok, false)
        case 2: return (.ok, true)
        case 3: return (.expired, false)
        default: return (.notFound, false)
        }
    }

    /// Lets dead jobs be tried again; all of them without an id.
    public func retryDead(id: String?) throws(CoordinationError) -> (Status, Int64) {
        if let id {
            try JobOptions.checkID(id)
            let room = try roomKnowing(id)
            let reply = try room.run(room.calls.retry(id: id), room.session.patience())
            if reply.count == 0 { return (reply.integer == -2 ? .exists : .notFound, 0) }
            return (.ok, 1)
        }
        var total: Int64 = 0
        for room in try rooms().all {
            // Those that die again meanwhile are left to the next call.
            var left = try room.run(room.calls.count(), room.session.patience()).integer(at: 3)
            while left > 0 {
                let reply = try room.run(room.calls.retry(id: ""), room.session.patience())
                total += reply.integer(at: 0)
                left -= 100
                if reply.string(at: 1) != "1" { break }
            }
        }
        return (.ok, total)
    }

    /// Makes a delayed job ready.
    public func promote(id: String) throws(CoordinationError) -> Status {
        try JobOptions.checkID(id)
        let room = try roomKnowing(id)
        return try room.run(room.calls.promote(id: id), room.session.patience()).integer == 1 ? .ok : .notFound
    }

    /// Deletes jobs.
    ///
    /// - Parameters:
    ///   - id: nil for all in that state.
    ///   - olderThan: In milliseconds.
    public func purge(
        _ place: JobPlace, id: String?, olderThan: Int64
    ) throws(CoordinationError) -> (Status, Int64) {
        guard olderThan >= 0 else {
            throw .invalid("an age of \(olderThan) ms is out of range; it must not be negative")
        }
        if let id { try JobOptions.checkID(id) }
        let count: Int64
        switch place {
        case .dead, .completed, .cancelled, .skipped: count = try delete(place, id: id, olderThan: olderThan)
        case .waiting, .delayed, .blocked: count = try cancelAll(place, id: id, olderThan: olderThan)
        case .active: throw .invalid("jobs that are claimed cannot be purged; cancel them")
        }
        return (id != nil && count == 0 ? .notFound : .ok, count)
    }

    private func delete(_ place: JobPlace, id: String?, olderThan: Int64) throws(CoordinationError) -> Int64 {
        if let id {
            let room = try roomKnowing(id)
            let call = room.calls.delete(place.letter, olderThan: olderThan, id: id)
            return try room.run(call, room.session.patience()).integer(at: 0)
        }
        var total: Int64 = 0
        for room in try rooms().all {
            var offset: Int64 = 0
            while true {
                let call = room.calls.delete(place.letter, olderThan: olderThan, id: "", offset: offset, limit: 200)
                let reply = try room.run(call, room.session.patience())
                let (deleted, seen) = (reply.integer(at: 0), reply.integer(at: 1))
                total += deleted
                offset += seen - deleted
                if seen < 200 { break }
            }
        }
        return total
    }

    private func cancelAll(_ place: JobPlace, id: String?, olderThan: Int64) throws(CoordinationError) -> Int64 {
        if let id {
            guard let job = try inspect(id: id), job.place == place else { return 0 }
            return try cancel(id: id, reason: "purged").0 == .ok ? 1 : 0
        }
        let now = try serverMilliseconds()
        let page: Int64 = 500
        var total: Int64 = 0
        for room in try rooms().all {
            let counts = try room.run(room.calls.count(), room.session.patience())
            // From the last page to the first: what is taken out then moves nothing that is still to be looked at. Void
            // entries of long lists count as places.
            var end =
                switch place {
                case .waiting: counts.integer(at: 0) + counts.integer(at: 10)
                case .delayed: counts.integer(at: 1)
                default: counts.integer(at: 7)
                }
            while end > 0 {
                let start = max(0, end - page)
                let reply = try room.run(
                    room.calls.list(place.letter, offset: start, limit: end - start), room.session.patience())
                end = start
                let jobs = (0..<reply.count).compactMap { reply[$0].flatMap { JobListing($0) } }
                let calls = jobs.filter { now - $0.pushedMilliseconds >= olderThan }.map {
                    room.calls.cancel(id: $0.id, reason: "purged")
                }
                guard !calls.isEmpty else { continue }
                let replies = try translating { () throws(RedisError) in
                    try room.session.redis.run(calls, patience: room.session.patience())
                }
                total += Int64(replies.reduce(0) { $0 + ($1.error == nil && $1.integer == 1 ? 1 : 0) })
            }
        }
        return total
    }

    private func serverMilliseconds() throws(CoordinationError) -> Int64 {
        let session = try rooms().session
        return try translating { () throws(RedisError) in
            let replies = try session.redis.commands(patience: session.patience()) { $0.command("TIME") }
            guard let time = replies.first, time.error == nil else {
                throw RedisError(.system, "the server did not tell its time")
            }
            return (Int64(time.string(at: 0)) ?? 0) * 1_000 + (Int64(time.string(at: 1)) ?? 0) / 1_000
        }
    }
}
