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
        let id = options?.id ?? room.identifiers.make()
        let known = try send([item][...], ids: [id], room)
        return (known.isEmpty ? .ok : .exists, id)
    }

    /// Pushes many jobs.
    ///
    /// - Parameter pushed: Receives the ids of the jobs that were pushed, in their order; also when it fails half-way.
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
            let ids = part.map { $0.options?.id ?? room.identifiers.make() }
            let known = try send(part, ids: ids, room)
            if known.isEmpty {
                pushed.append(contentsOf: ids)
            } else {
                status = .exists
                for (place, id) in ids.enumerated() where !known.contains(place) { pushed.append(id) }
            }
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
                "the payload has \(job.payload.count) bytes; at most \(limit) are allowed. Store it elsewhere and push where it is"
            )
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

    /// One call; the places of the jobs whose ids were known already.
    private func send(
        _ jobs: ArraySlice<PushItem>, ids: [String], _ room: QueueRoom
    ) throws(CoordinationError) -> Set<Int> {
        try room.register()
        var groups: [Group] = []
        var current: Group?
        var argumentCount = 3
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
        // Whether an id was known before or is there by an earlier sending of the same call, only the server can tell.
        let slot = hasOwnIDs ? room.takeSlot() : nil
        defer { if let slot { room.giveBack(slot) } }
        let redis = room.session.redis
        let reply = try translating { () throws(RedisError) in
            try redis.run(
                QueueCalls.push, keys: room.calls.keys, argumentCount: argumentCount, patience: room.session.patience()
            ) { writer, isResent in
                writer.argument(isResent ? "2" as StaticString : hasOwnIDs ? "1" : "0")
                writer.argument(slot?.name ?? "")
                writer.argument(slot?.request ?? 0)
                QueueHandle.write(groups, jobs, ids, to: writer)
            }
        }
        guard hasOwnIDs else { return [] }
        // An id made here can only be known because the call was sent again.
        return reply.withBytes { digits in
            var known: Set<Int> = []
            for (place, (digit, job)) in zip(digits, jobs).enumerated() {
                if digit == UInt8(ascii: "0"), job.options?.id != nil { known.insert(place) }
            }
            return known
        }
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
