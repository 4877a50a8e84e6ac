// Looking at the jobs of a queue; explained in include/distcoord/jobs.h.

import DistCoordRedis

/// Where a job is; the numbers are those of include/distcoord/jobs.h.
public enum JobPlace: Int32, Sendable {
    case waiting = 0
    case delayed, active, blocked, dead, completed, cancelled, skipped

    /// As queue_list.lua knows it; what has ended is one list.
    var letter: String {
        switch self {
        case .waiting: "w"
        case .delayed: "d"
        case .active: "a"
        case .blocked: "b"
        case .dead: "z"
        case .completed, .cancelled, .skipped: "o"
        }
    }

    fileprivate init?(letter: String, outcome: JobOutcome?) {
        switch letter {
        case "w": self = .waiting
        case "d": self = .delayed
        case "a": self = .active
        case "b": self = .blocked
        case "z": self = .dead
        default:
            switch outcome?.end {
            case .completed: self = .completed
            case .cancelled: self = .cancelled
            case .skipped: self = .skipped
            case .dead: self = .dead
            case nil: return nil
            }
        }
    }
}

/// A job as one looks at it from outside.
public struct JobListing: Sendable {
    public let id: String
    public let place: JobPlace
    public let task: String
    public let priority: Int32
    public let attempt: Int
    /// 0 when only the outcome is kept.
    public let maxAttempts: Int
    public let pushedMilliseconds: Int64
    /// When it is due, its lease ends, or it ended.
    public let moment: Int64
    /// Of a job of which only the outcome is kept, the result.
    public private(set) var payload: [UInt8]
    /// The payload is under a key of its own.
    let isPayloadApart: Bool
    private let isTask: Bool
    public let client: String
    /// Negative when nothing was said.
    public let percent: Int32
    public let progressText: String
    public let isCancelling: Bool
    /// The last failure; of a job that was cancelled or skipped the message is the reason.
    public let failure: JobFailure?
    public let failedMilliseconds: Int64
    public let contentType: String
    public let headers: [(name: String, value: String)]
    public let capabilities: String
    public let worker: String
    public let uniqueKey: String
    public let concurrencyKey: String
    public let batch: String
    /// For how many jobs it waits.
    public let after: Int64

    /// From an item of a reply of queue_list.lua; nil when it is not one.
    init?(_ item: Reply) {
        let outcome = item[9]?.withBytes { JobOutcome($0) }
        guard let place = JobPlace(letter: item.string(at: 1), outcome: outcome) else { return nil }
        let record = item[2]?.withBytes { JobRecord($0) }
        self.place = place
        id = item.string(at: 0)
        task = record?.task ?? ""
        priority = record?.priority ?? 0
        maxAttempts = record?.maxAttempts ?? 0
        pushedMilliseconds = record?.pushedMilliseconds ?? 0
        isPayloadApart = record?.isPayloadApart ?? false
        isTask = record?.isTask ?? false
        if let record, let bytes = item[2]?.bytes, place.letter != "o" {
            let whole = Array(bytes.dropFirst(record.payloadOffset))
            payload = record.isTask ? TaskEnvelope.arguments(of: whole) : whole
            attempt = place == .dead ? outcome?.attempts ?? record.attempt - 1 : record.attempt
            moment = Int64(item.string(at: 3)) ?? 0
        } else {
            payload = outcome?.end == .completed ? outcome?.bytes ?? [] : []
            attempt = outcome?.attempts ?? 0
            moment = outcome?.finishedMilliseconds ?? 0
        }
        client = item.string(at: 4).split(separator: " ").dropFirst().first.map { String($0) } ?? ""
        let progress = item.string(at: 5).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        percent = progress.first.flatMap { Int32($0) } ?? -1
        progressText = progress.count > 1 ? String(progress[1]) : ""
        isCancelling = !item.string(at: 6).isEmpty
        let failed = item[7]?.bytes ?? []
        if failed.count >= 6 {
            failure = JobFailure(packed: failed.dropFirst(6))
            failedMilliseconds = failed.prefix(6).enumerated().reduce(0) {
                $0 | Int64($1.element) << Int64(8 * $1.offset)
            }
        } else if let outcome, outcome.end == .cancelled || outcome.end == .skipped {
            failure = JobFailure(message: String(decoding: outcome.bytes, as: UTF8.self))
            failedMilliseconds = 0
        } else {
            failure = outcome?.failure
            failedMilliseconds = outcome?.failure == nil ? 0 : outcome?.finishedMilliseconds ?? 0
        }
        let ties = record?.ties
        contentType = ties?.text(.contentType) ?? ""
        headers = ties?.headers ?? []
        capabilities = ties?.text(.capabilities) ?? ""
        worker = ties?.worker ?? ""
        uniqueKey = ties?.text(.uniqueKey) ?? ""
        concurrencyKey = ties?.text(.concurrencyKey) ?? ""
        batch = ties?.text(.batch) ?? ""
        after = item.integer(at: 8)
    }

    /// With the payload, or its beginning, that is kept apart.
    fileprivate func with(payload whole: [UInt8]) -> JobListing {
        var job = self
        job.payload = isTask ? TaskEnvelope.arguments(of: whole) : whole
        return job
    }
}

extension QueueHandle {
    /// Of a payload that is kept apart lists show so much, as they do of others.
    private static let shownBytes = 1_024

    /// Lists jobs in one state.
    public func list(_ place: JobPlace, offset: Int64, limit: Int64) throws(CoordinationError) -> [JobListing] {
        guard (1...1_000).contains(limit) else {
            throw .invalid("\(limit) jobs cannot be listed at once; 1 to 1000 can")
        }
        guard offset >= 0 else { throw .invalid("an offset of \(offset) is out of range; it must not be negative") }
        let rooms = try rooms()
        if rooms.all.count == 1 {
            let room = rooms.all[0]
            return try listings(room, room.calls.list(place.letter, offset: offset, limit: limit))
        }
        // One partition after the other; how many each has is only known by asking.
        var found: [JobListing] = []
        var skip = offset
        for room in rooms.all {
            var start: Int64 = 0
            while Int64(found.count) < limit {
                let page = try listings(room, room.calls.list(place.letter, offset: start, limit: 1_000))
                let rest = page.dropFirst(Int(clamping: min(skip, Int64(page.count))))
                skip -= Int64(page.count - rest.count)
                found.append(contentsOf: rest.prefix(Int(clamping: limit) - found.count))
                start += Int64(page.count)
                if page.count < 1_000 { break }
            }
        }
        return found
    }

    /// One job; nil when it is not known.
    public func inspect(id: String) throws(CoordinationError) -> JobListing? {
        try JobOptions.checkID(id)
        let room = try roomKnowing(id)
        guard let job = try listings(room, room.calls.inspect(id: id)).first else { return nil }
        return job.isPayloadApart ? job.with(payload: try payload(of: id, in: room, upTo: Int.max)) : job
    }

    private func listings(_ room: QueueRoom, _ call: ScriptCall) throws(CoordinationError) -> [JobListing] {
        let reply = try room.run(call, room.session.patience())
        var jobs: [JobListing] = []
        jobs.reserveCapacity(reply.count)
        for index in 0..<reply.count {
            guard let item = reply[index], let job = JobListing(item) else { continue }
            jobs.append(
                job.isPayloadApart
                    ? job.with(payload: try payload(of: job.id, in: room, upTo: QueueHandle.shownBytes)) : job)
        }
        return jobs
    }

    private func payload(of id: String, in room: QueueRoom, upTo limit: Int) throws(CoordinationError) -> [UInt8] {
        let key = room.calls.base + "b:" + id
        return try translating { () throws(RedisError) in
            let redis = room.session.redis
            let replies = try redis.commands(patience: room.session.patience(), expectsMuch: limit > 65_536) {
                $0.command("GETRANGE", key, "0", limit == Int.max ? "-1" : String(limit - 1))
            }
            if let text = replies.first?.error { throw redis.serverError(text, doing: "GETRANGE of a payload") }
            return replies.first?.bytes ?? []
        }
    }
}
