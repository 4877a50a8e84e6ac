// Pushing. Payloads go from the caller's memory into the command, copied once.

import DistCoordRedis

/// A job to push. The payload is borrowed for the call.
public struct PushItem {
    let payload: UnsafeRawBufferPointer
    let options: JobOptions?

    public init(payload: UnsafeRawBufferPointer, options: JobOptions?) {
        self.payload = payload
        self.options = options
    }

    /// The id is the caller's own, so somebody else may have used it.
    var hasOwnID: Bool { options?.id != nil }

    var isTied: Bool { options?.isTied ?? false }
}

/// Through what a set of jobs goes, as often as it must be sent: the same ticket, the same answer.
struct PushTicket {
    /// By what the keys of the queue or its partition begin with; for jobs whose pushing the server has to remember.
    fileprivate var slots: [String: ClaimSlot] = [:]
    /// Those of them whose jobs an earlier sending may have brought to the server.
    fileprivate var doubtful: Set<String> = []
}

/// What became of a job that was to be pushed.
public struct PushOutcome: Sendable {
    /// `.ok`, `.exists`, `.notFound`, `.conflict`.
    public let status: Status
    /// The job's id; of one whose unique key is taken the id of the job that has it.
    public let id: String
}

extension QueueHandle {
    /// Limits of one call to the server: while it runs, everybody else waits.
    static let callLimit = (jobs: QueueCalls.batchLimit, bytes: 1 << 20)

    /// Pushes one job.
    public func push(
        payload: UnsafeRawBufferPointer, options: JobOptions?
    ) throws(CoordinationError) -> PushOutcome {
        let rooms = try rooms()
        let item = PushItem(payload: payload, options: options)
        try check(item, rooms)
        let patience = rooms.session.patience()
        try rooms.register(patience)
        let id = options?.id ?? rooms.identifiers.make()
        let room = rooms.room(for: options?.routingKey ?? id)
        var ticket = PushTicket()
        defer { finish(ticket, in: rooms.session) }
        return try send([item][...], ids: [id][...], room, &ticket, patience).first ?? PushOutcome(status: .ok, id: id)
    }

    /// Pushes many jobs.
    ///
    /// - Parameter outcomes: Receives one for each job; fewer when it fails half-way. (With partitions it may then be none,
    ///   although some were pushed.)
    public func pushMany(_ jobs: [PushItem], outcomes: inout [PushOutcome]) throws(CoordinationError) {
        let rooms = try rooms()
        for job in jobs { try check(job, rooms) }
        let ids = jobs.map { $0.options?.id ?? rooms.identifiers.make() }
        var ticket = PushTicket()
        defer { finish(ticket, in: rooms.session) }
        try push(jobs, ids, rooms, &ticket, rooms.session.patience(), &outcomes)
    }

    /// Pushes jobs that have been checked and whose ids are fixed, as many as go into one call.
    ///
    /// - Parameter ticket: Kept by the caller until the jobs are dealt with: after a failure the same jobs with the same
    ///   ticket push nothing twice.
    func push(
        prepared jobs: [PushItem], ids: [String], ticket: inout PushTicket, patience: Patience
    ) throws(CoordinationError) -> [PushOutcome] {
        var outcomes: [PushOutcome] = []
        try push(jobs, ids, try rooms(), &ticket, patience, &outcomes)
        return outcomes
    }

    /// A ticket is needed no more.
    func finish(_ ticket: PushTicket, in session: Session) {
        guard !ticket.slots.isEmpty, let rooms = try? rooms(), rooms.session === session else { return }
        for room in rooms.all {
            if let slot = ticket.slots[room.calls.base] { room.giveBack(slot) }
        }
    }

    private func push(
        _ jobs: [PushItem], _ ids: [String], _ rooms: QueueRooms, _ ticket: inout PushTicket, _ patience: Patience,
        _ outcomes: inout [PushOutcome]
    ) throws(CoordinationError) {
        try rooms.register(patience)
        if rooms.all.count == 1 {
            return try push(jobs, ids, rooms.all[0], &ticket, patience, &outcomes)
        }
        // By partition, each in the given order.
        var places: [ObjectIdentifier: [Int]] = [:]
        for (place, job) in jobs.enumerated() {
            places[ObjectIdentifier(rooms.room(for: job.options?.routingKey ?? ids[place])), default: []].append(place)
        }
        var all = [PushOutcome?](repeating: nil, count: jobs.count)
        for room in rooms.all {
            guard let mine = places[ObjectIdentifier(room)] else { continue }
            var part: [PushOutcome] = []
            try push(mine.map { jobs[$0] }, mine.map { ids[$0] }, room, &ticket, patience, &part)
            for (place, outcome) in zip(mine, part) { all[place] = outcome }
            // When another partition fails these are sent again, too.
            ticket.doubtful.insert(room.calls.base)
        }
        outcomes = all.compactMap { $0 }
    }

    private func push(
        _ jobs: [PushItem], _ ids: [String], _ room: QueueRoom, _ ticket: inout PushTicket, _ patience: Patience,
        _ outcomes: inout [PushOutcome]
    ) throws(CoordinationError) {
        outcomes.reserveCapacity(jobs.count)
        var start = 0
        while start < jobs.count {
            var end = start
            var bytes = 0
            while end < jobs.count, end - start < QueueHandle.callLimit.jobs, bytes < QueueHandle.callLimit.bytes {
                bytes += jobs[end].payload.count
                end += 1
            }
            // Another call is another request through the slot.
            if start > 0 { ticket.slots[room.calls.base]?.request += 1 }
            outcomes.append(contentsOf: try send(jobs[start..<end], ids: ids[start..<end], room, &ticket, patience))
            start = end
        }
    }

    /// Fails for a job that cannot be pushed to this queue whatever the server says.
    func check(_ job: PushItem, _ rooms: QueueRooms) throws(CoordinationError) {
        try job.options?.validate()
        let limit = rooms.session.options.maxPayload
        if job.payload.count > limit {
            throw CoordinationError(
                .tooLarge,
                "the payload has \(job.payload.count) bytes; at most \(limit) are allowed. Store it elsewhere and push where it is"
            )
        }
        if rooms.all.count > 1, let options = job.options, !options.after.isEmpty || options.batch != nil {
            throw .invalid("jobs of a queue with partitions cannot wait for others or belong to a batch")
        }
    }

    // MARK: - One call

    /// Jobs that follow each other and are alike in what the script must know.
    private struct Group {
        var count = 0
        let priority: Int32
        let delay: Int64
        let at: Int64?
        let isPayloadApart: Bool
        /// Such a job is a group of its own.
        let isTied: Bool

        func takes(_ job: PushItem) -> Bool {
            !isTied && !job.isTied && priority == job.options?.priority ?? 0 && delay == job.options?.delay ?? 0
                && at == job.options?.at && isPayloadApart == Group.isPayloadApart(job)
        }

        init(of job: PushItem) {
            priority = job.options?.priority ?? 0
            delay = job.options?.delay ?? 0
            at = job.options?.at
            isPayloadApart = Group.isPayloadApart(job)
            isTied = job.isTied
        }

        private static func isPayloadApart(_ job: PushItem) -> Bool {
            job.payload.count > JobRecord.inlineLimit
        }

        /// How many arguments one of its jobs has.
        func argumentCount(of job: PushItem) -> Int {
            (isPayloadApart ? 3 : 2) + (isTied ? 2 + (job.options?.after.count ?? 0) : 0)
        }
    }

    /// One call; what became of each job.
    private func send(
        _ jobs: ArraySlice<PushItem>, ids: ArraySlice<String>, _ room: QueueRoom, _ ticket: inout PushTicket,
        _ patience: Patience
    ) throws(CoordinationError) -> [PushOutcome] {
        var groups: [Group] = []
        var current: Group?
        var argumentCount = 4
        for job in jobs {
            if current?.takes(job) != true {
                if let current { groups.append(current) }
                current = Group(of: job)
                argumentCount += 3
            }
            current?.count += 1
            argumentCount += current?.argumentCount(of: job) ?? 0
        }
        if let current { groups.append(current) }

        let hasTied = groups.contains { $0.isTied }
        let isChecked = hasTied || jobs.contains { $0.hasOwnID }
        // Whether an id was known before or is there by an earlier sending of the same call, only the server can tell.
        let base = room.calls.base
        if isChecked, ticket.slots[base] == nil { ticket.slots[base] = room.takeSlot() }
        let slot = isChecked ? ticket.slots[base] : nil
        let isRepeated = ticket.doubtful.contains(base)
        var isResentOnce = false
        let reply: Reply
        do throws(RedisError) {
            reply = try room.session.redis.run(
                QueueCalls.push, keys: room.calls.keys, argumentCount: argumentCount, patience: patience
            ) { writer, isResent in
                if isResent { isResentOnce = true }
                writer.argument(isResent || isRepeated ? "2" as StaticString : isChecked ? "1" : "0")
                writer.argument(slot?.name ?? "")
                writer.argument(slot?.request ?? 0)
                writer.argument(hasTied ? "1" as StaticString : "0")
                QueueHandle.write(groups, jobs, ids, to: writer)
            }
        } catch {
            // A refusal is an answer; all else leaves open what the server has done.
            if error.code != .server || isResentOnce { ticket.doubtful.insert(base) }
            throw CoordinationError(error)
        }
        // An id made here can only be known because the call was sent again.
        guard isChecked else { return ids.map { PushOutcome(status: .ok, id: $0) } }
        return QueueHandle.outcomes(reply, jobs, ids)
    }

    /// Reads an answer of queue_push.lua.
    private static func outcomes(
        _ reply: Reply, _ jobs: ArraySlice<PushItem>, _ ids: ArraySlice<String>
    ) -> [PushOutcome] {
        let lines = reply.string.split(separator: "\n", omittingEmptySubsequences: false)
        var holders = lines.dropFirst().makeIterator()
        let digits = lines.first.map { Array($0.utf8) } ?? []
        return zip(zip(jobs, ids), digits).map { pair, digit in
            let (job, id) = pair
            return switch digit {
            case UInt8(ascii: "0"): PushOutcome(status: job.hasOwnID ? .exists : .ok, id: id)
            case UInt8(ascii: "2"): PushOutcome(status: .exists, id: holders.next().map { String($0) } ?? id)
            case UInt8(ascii: "3"): PushOutcome(status: .notFound, id: id)
            case UInt8(ascii: "4"): PushOutcome(status: .conflict, id: id)
            default: PushOutcome(status: .ok, id: id)
            }
        }
    }

    private static func write(
        _ groups: [Group], _ jobs: ArraySlice<PushItem>, _ ids: ArraySlice<String>, to writer: CommandWriter
    ) {
        let plainHead = JobRecord.head(nil, isPayloadApart: false)
        var jobs = jobs.makeIterator()
        var ids = ids.makeIterator()
        for group in groups {
            if group.isTied {
                writer.argument(group.isPayloadApart ? "T" as StaticString : "t")
            } else {
                writer.argument(Int64(group.isPayloadApart ? -group.count : group.count))
            }
            writer.argument(Int64(group.priority))
            if let at = group.at { writer.argument("@\(at)") } else { writer.argument(group.delay) }
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
                if group.isTied, let options = job.options {
                    writer.argument(options.uniqueKey == nil ? "" : options.uniqueMode.letter)
                    writer.argument(Int64(options.after.count))
                    for predecessor in options.after { writer.argument(predecessor) }
                }
            }
        }
    }
}
