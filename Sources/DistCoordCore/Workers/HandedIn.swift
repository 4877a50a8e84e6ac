// Jobs that are done, on their way to the server: many in one call, which travels with the next claim.

import DistCoordRedis

/// A job that is done.
struct HandedIn: Sendable {
    let batch: ClaimBatch
    let index: Int
    let result: [UInt8]
    /// The server may have been told before.
    var isRepeated: Bool
}

/// Jobs of one room that one call completes.
struct HandedInCall: Sendable {
    let jobs: [HandedIn]
    let call: ScriptCall

    private init(_ jobs: [HandedIn], _ calls: QueueCalls) {
        self.jobs = jobs
        let isRepeated = jobs.contains { $0.isRepeated }
        call = ScriptCall(QueueCalls.complete, keys: calls.keys, argumentCount: 1 + 4 * jobs.count) {
            writer, isResent in
            writer.argument(isResent || isRepeated ? "1" as StaticString : "0")
            for job in jobs {
                job.result.withUnsafeBufferPointer {
                    Completion.write(job.batch, job.index, $0, to: writer)
                }
            }
        }
    }

    /// As few calls as the jobs' rooms and their results' size allow.
    static func calls(for jobs: [HandedIn]) -> [HandedInCall] {
        var calls: [HandedInCall] = []
        var rest = jobs[...]
        var others: [HandedIn] = []
        while let first = rest.first {
            let room = first.batch.leases
            var part: [HandedIn] = []
            var bytes = 0
            part.reserveCapacity(min(rest.count, QueueCalls.batchLimit))
            var taken = 0
            for job in rest {
                if part.count == QueueCalls.batchLimit || bytes >= Completion.callBytes { break }
                taken += 1
                if job.batch.leases !== room {
                    others.append(job)
                    continue
                }
                bytes += job.result.count
                part.append(job)
            }
            calls.append(HandedInCall(part, first.batch.calls))
            rest = others + rest.dropFirst(taken)
            others.removeAll()
        }
        return calls
    }

    /// Takes note of the reply.
    ///
    /// - Returns: Those about which nothing was said.
    func take(_ reply: Reply) -> [HandedIn] {
        guard reply.error == nil else { return jobs }
        return reply.withBytes { digits in
            guard digits.count == jobs.count else { return jobs }
            for (job, digit) in zip(jobs, digits) {
                if digit == UInt8(ascii: "1") {
                    job.batch.settle(job.index, as: .completed)
                } else {
                    job.batch.lose(job.index)
                }
            }
            return []
        }
    }
}
