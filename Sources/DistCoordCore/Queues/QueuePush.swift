// Pushing. Payloads go from the caller's memory into the command, copied once.

import DistCoordRedis

extension QueueHandle {
    /// Limits of one call to the server: while it runs, everybody else waits.
    private static let callLimit = (jobs: QueueCalls.batchLimit, bytes: 1 << 20)

    /// Pushes one job.
    ///
    /// - Returns: `.ok`, or `.exists`; the id in any case.
    public func push(
        payload: UnsafeRawBufferPointer, options: JobOptions?
    ) throws(CoordinationError) -> (Status, id: String) {
        let room = try room()
        let item = PushItem(payload: payload, options: options)
        try check(item, room)
        let id = options?.id ?? Identifiers.make()
        let status = try send([item][...], ids: [id], room)
        return (status, id)
    }

    /// Pushes many jobs.
    ///
    /// - Parameter pushed: Receives the ids in the order of the jobs; when it fails, of those that were pushed before.
    /// - Returns: `.ok`, or `.exists` when at least one id was known already.
    public func pushMany(_ jobs: [PushItem], pushed: inout [String]) throws(CoordinationError) -> Status {
        let room = try room()
        for job in jobs { try check(job, room) }
        var status = Status.ok
        var start = 0
        pushed.reserveCapacity(jobs.count)
        while start < jobs.count {
            var end = start
            var bytes = 0
            while end < jobs.count, end - start < QueueHandle.callLimit.jobs, bytes < QueueHandle.callLimit.bytes {
                bytes += jobs[end].payload.count
                end += 1
            }
            let part = jobs[start..<end]
            let ids = part.map { $0.options?.id ?? Identifiers.make() }
            if try send(part, ids: ids, room) == .exists { status = .exists }
            pushed.append(contentsOf: ids)
            start = end
        }
        return status
    }

    private func check(_ job: PushItem, _ room: QueueRoom) throws(CoordinationError) {
        try job.options?.validate()
        let limit = room.session.options.maxPayload
        if job.payload.count > limit {
            throw CoordinationError(
                .tooLarge,
                "the payload has \(job.payload.count) bytes; at most \(limit) are allowed. Store it elsewhere and push where it is")
        }
    }

    /// Jobs that follow each other and are alike in what the script must know.
    private struct Group {
        var count = 0
        let priority: Int32
        let delay: Int64
        let isPayloadApart: Bool

        func takes(_ job: PushItem) -> Bool {
            priority == job.options?.priority ?? 0 && delay == job.options?.delay ?? 0
                && isPayloadApart == Group.isPayloadApart(job)
        }

        init(of job: PushItem) {
            priority = job.options?.priority ?? 0
            delay = job.options?.delay ?? 0
            isPayloadApart = Group.isPayloadApart(job)
        }

        static func isPayloadApart(_ job: PushItem) -> Bool {
            job.payload.count > JobRecord.inlineLimit
        }
    }

    private func send(_ jobs: ArraySlice<PushItem>, ids: [String], _ room: QueueRoom) throws(CoordinationError) -> Status {
        try room.register()
        var groups: [Group] = []
        var current: Group?
        var argumentCount = 2
        for job in jobs {
            if current?.takes(job) != true {
                if let current { groups.append(current) }
                current = Group(of: job)
                argumentCount += 3
            }
            current?.count += 1
            argumentCount += current?.isPayloadApart == true ? 3 : 2
        }
        if let current { groups.append(current) }

        let hasOwnIDs = jobs.contains { $0.options?.id != nil }
        let startedAt = Instant.now
        let redis = room.session.redis
        let reply = try translating { () throws(RedisError) in
            try redis.run(
                QueueCalls.push, keys: room.calls.keys, argumentCount: argumentCount, patience: redis.patience()
            ) { writer, isResent in
                writer.argument(isResent || hasOwnIDs ? "1" as StaticString : "0")
                writer.argument(isResent ? max(1, Instant.now.milliseconds(from: startedAt)) : 0)
                QueueHandle.write(groups, jobs, ids, to: writer)
            }
        }
        // Ids made here are known only when an answer was lost and the call was sent again.
        let isKnown = reply.withBytes { digits in
            zip(digits, jobs).contains { digit, job in digit == UInt8(ascii: "0") && job.options?.id != nil }
        }
        return isKnown ? .exists : .ok
    }

    private static func write(
        _ groups: [Group], _ jobs: ArraySlice<PushItem>, _ ids: [String], to writer: CommandWriter
    ) {
        let plainHead = JobRecord.head(nil, isPayloadApart: false)
        var jobs = jobs.makeIterator()
        var ids = ids.makeIterator()
        for group in groups {
            writer.argument(Int64(group.isPayloadApart ? -group.count : group.count))
            writer.argument(Int64(group.priority))
            writer.argument(group.delay)
            for _ in 0..<group.count {
                guard let job = jobs.next(), let id = ids.next() else { return }
                let isPlain = job.options == nil && !group.isPayloadApart
                let head = isPlain ? plainHead : JobRecord.head(job.options, isPayloadApart: group.isPayloadApart)
                let payload = job.payload.bindMemory(to: UInt8.self)
                writer.argument(id)
                if group.isPayloadApart {
                    writer.argument(head)
                    writer.argument(payload)
                } else {
                    writer.beginArgument(length: head.count + payload.count)
                    writer.append(head)
                    writer.append(payload)
                    writer.endArgument()
                }
            }
        }
    }
}
