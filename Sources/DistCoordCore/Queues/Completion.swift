// Completing jobs, one or many, in one round trip.

import DistCoordRedis

extension QueueHandle {
    /// Completes many jobs of this queue.
    ///
    /// - Parameter results: One for each job.
    /// - Returns: For each job `.ok`, `.lost` or `.notHeld`; `.invalidArgument` for a task whose additions were
    ///   refused, which is still held.
    public func completeMany(
        _ jobs: [ClaimedJob], results: [UnsafeRawBufferPointer]
    ) throws(CoordinationError) -> [Status] {
        let bases = try rooms().all.map(\.calls.base)
        for job in jobs where !bases.contains(job.batch.calls.base) {
            throw .invalid("the job '\(job.id)' was claimed from another queue than '\(name)'")
        }
        return try Completion.run(jobs, results: results)
    }
}

enum Completion {
    /// Results of about this many bytes go in one call: while it runs, everybody else waits.
    static let callBytes = 1 << 20

    /// Completes jobs.
    ///
    /// - Parameter repeats: They are tasks, and another round of their loops is asked for.
    static func run(
        _ jobs: [ClaimedJob], results: [UnsafeRawBufferPointer], repeats: Bool = false
    ) throws(CoordinationError) -> [Status] {
        guard results.count == jobs.count else {
            throw .invalid("there are \(jobs.count) jobs and \(results.count) results")
        }
        guard let session = jobs.first?.batch.session else { return [] }
        for (job, result) in zip(jobs, results) {
            try job.checkUsable()
            try check(result.count, of: job)
            try job.checkAdditions()
        }
        var statuses = [Status](repeating: .ok, count: jobs.count)
        var taken: [Int] = []
        var isRepeated = false
        taken.reserveCapacity(jobs.count)
        for (place, job) in jobs.enumerated() {
            switch job.batch.take(job.index) {
            case .taken(let repeated):
                taken.append(place)
                isRepeated = isRepeated || repeated
            case .settled: statuses[place] = .notHeld
            case .lost: statuses[place] = .lost
            }
        }
        var rest = taken[...]
        while let first = rest.first {
            var bytes = 0
            let base = jobs[first].batch.calls.base
            let part = rest.prefix(QueueCalls.batchLimit).prefix { place in
                defer { bytes += results[place].count }
                return bytes < callBytes && jobs[place].batch.calls.base == base
            }
            do throws(RedisError) {
                let digits = try send(part, jobs, results, isRepeated: isRepeated, repeats: repeats, session)
                for (place, digit) in zip(part, digits) {
                    let job = jobs[place]
                    switch digit {
                    case UInt8(ascii: "1"): job.batch.settle(job.index, as: .completed)
                    case UInt8(ascii: "2"):
                        job.batch.keep(job.index)
                        statuses[place] = .invalidArgument
                    default:
                        job.batch.lose(job.index)
                        statuses[place] = .lost
                    }
                }
            } catch {
                for place in rest { jobs[place].batch.putBack(jobs[place].index) }
                throw CoordinationError(error)
            }
            rest = rest.dropFirst(part.count)
        }
        return statuses
    }

    /// Fails when a result is too large.
    static func check(_ count: Int, of job: ClaimedJob) throws(CoordinationError) {
        let limit = job.batch.session.options.maxPayload
        guard count > limit else { return }
        throw CoordinationError(
            .tooLarge,
            "the result of job '\(job.id)' has \(count) bytes; at most \(limit) are allowed. Store it elsewhere and complete with where it is"
        )
    }

    /// One call; a digit for each job: see queue_complete.lua.
    private static func send(
        _ places: ArraySlice<Int>, _ jobs: [ClaimedJob], _ results: [UnsafeRawBufferPointer], isRepeated: Bool,
        repeats: Bool, _ session: Session
    ) throws(RedisError) -> [UInt8] {
        guard let first = places.first else { return [] }
        let reply = try session.redis.run(
            QueueCalls.complete, keys: jobs[first].batch.calls.keys, argumentCount: 1 + 4 * places.count,
            patience: session.patience()
        ) { writer, isResent in
            writer.argument(isResent || isRepeated ? "1" as StaticString : "0")
            for place in places {
                write(
                    jobs[place].batch, jobs[place].index, results[place].bindMemory(to: UInt8.self),
                    repeats: repeats, to: writer)
            }
        }
        let digits = reply.bytes
        guard digits.count == places.count else {
            throw RedisError(.system, "queue_complete answered for \(digits.count) jobs of \(places.count)")
        }
        return digits
    }

    /// What the server has to look at besides the job, see queue_complete.lua.
    private static func marks(_ batch: ClaimBatch, _ index: Int, repeats: Bool) -> String {
        let record = batch.entries[index].record
        var marks = ""
        if record.isPayloadApart { marks += "b" }
        if record.attempt > 1 { marks += "f" }
        if record.ties?.concernsOthers == true { marks += "t" }
        if let ties = record.ties, ties.isTask {
            if batch.additions(of: index).isThere { marks += "a" }
            if repeats { marks += "r" }
            marks += ":" + ties.text(.graph)
        }
        return marks
    }

    /// The four arguments of queue_complete.lua about one job.
    static func write(
        _ batch: ClaimBatch, _ index: Int, _ result: UnsafeBufferPointer<UInt8>, repeats: Bool = false,
        to writer: CommandWriter
    ) {
        let entry = batch.entries[index]
        let head = JobOutcome.completedHead(fence: entry.fence, attempts: entry.record.attempt)
        writer.argument(entry.held.id)
        writer.argument(entry.held.claim)
        let marks = marks(batch, index, repeats: repeats)
        if marks.isEmpty {
            writer.argument(entry.record.resultTTL)
        } else {
            writer.argument("\(entry.record.resultTTL)\(marks)")
        }
        writer.beginArgument(length: head.count + result.count)
        writer.append(head)
        writer.append(result)
        writer.endArgument()
    }
}
