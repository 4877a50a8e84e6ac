// What the Swift runner can be asked about barriers, latches, events, double barriers and groups.

import DistCoord

extension Runner {
    // MARK: Barriers

    func barrier(_ request: Request) async throws -> Reply {
        let barrier = client.barrier(request.name, parties: request.number("parties") ?? 1)
        switch request.verb {
        case "wait": return try await wait(at: barrier, request)
        case "abort":
            try await barrier.abort()
            return .ok
        case "reset":
            try await barrier.reset()
            return .ok
        case "show":
            let status = try await barrier.inspect()
            return .ok.with("waiting", status.waiting).with("generation", status.generation)
                .with("broken", status.isBroken)
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func wait(at barrier: Barrier, _ request: Request) async throws -> Reply {
        struct Failed: Error {}
        let timeout = request.duration("wait")
        guard let action = request.text("action") else {
            return reply(with: try await barrier.wait(timeout: timeout))
        }
        let acted = Acted()
        do {
            let arrival = try await barrier.wait(timeout: timeout) {
                await acted.note()
                if action == "fail" { throw Failed() }
            }
            let count = await acted.count
            return reply(with: arrival).with("acted", count == 0 ? "no" : count == 1 ? "yes" : "often")
        } catch is Failed {
            return Reply("BROKEN")
        }
    }

    private func reply(with arrival: Barrier.Arrival) -> Reply {
        .ok.with("index", arrival.index).with("generation", arrival.generation)
    }

    private actor Acted {
        private(set) var count = 0
        func note() { count += 1 }
    }

    // MARK: Latches and events

    func latch(_ request: Request) async throws -> Reply {
        let latch = latches[request.name] ?? client.latch(request.name, count: request.number("count"))
        latches[request.name] = latch
        switch request.verb {
        case "count_down": return .ok.with("left", try await latch.countDown(by: request.number("by") ?? 1))
        case "count": return .ok.with("left", try await latch.count())
        case "wait":
            guard let timeout = request.duration("wait") else {
                try await latch.wait()
                return .ok
            }
            return try await latch.wait(timeout: timeout) ? .ok : Reply("TIMED_OUT")
        case "reset":
            try await latch.reset(to: request.number("to"))
            return .ok
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    func event(_ request: Request) async throws -> Reply {
        let event = client.event(request.name)
        switch request.verb {
        case "set": try await event.set()
        case "clear": try await event.clear()
        case "show": return .ok.with("set", try await event.isSet())
        case "wait":
            guard let timeout = request.duration("wait") else {
                try await event.wait()
                return .ok
            }
            return try await event.wait(timeout: timeout) ? .ok : Reply("TIMED_OUT")
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    // MARK: Double barriers

    func doubleBarrier(_ request: Request) async throws -> Reply {
        let parties = request.number("parties") ?? 1
        let key = "\(parties) \(request.name)"
        let barrier =
            try doubleBarriers[key]
            ?? client.doubleBarrier(
                request.name, parties: parties,
                options: DoubleBarrierOptions(
                    lease: request.duration("lease") ?? .seconds(10),
                    onDeath: request.text("death") == "shrink" ? .shrink : .break))
        doubleBarriers[key] = barrier
        switch request.verb {
        case "enter": return .ok.with("index", try await barrier.enter(timeout: request.duration("wait")))
        case "leave": try await barrier.leave(timeout: request.duration("wait"))
        case "abort": try await barrier.abort()
        case "state": return .ok.with("state", "\(barrier.state)")
        case "show":
            let status = try await barrier.inspect()
            return .ok.with("inside", status.inside).with("left", status.left).with("parties", status.parties)
                .with("round", status.round)
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    // MARK: Groups

    func group(_ request: Request) async throws -> Reply {
        let group =
            try groups[request.name]
            ?? client.membership(
                request.name,
                options: MembershipOptions(
                    lease: request.duration("lease") ?? .seconds(10), id: request.text("id"),
                    value: request.text("value")))
        groups[request.name] = group
        switch request.verb {
        case "join": try await group.join()
        case "leave": try await group.leave()
        case "set_value": try await group.setValue(request.text("value") ?? "")
        case "state": return .ok.with("state", "\(group.state)")
        case "list":
            let members = try await group.members()
            return .ok.with("count", members.count)
                .with("members", members.map { "\($0.id):\($0.value)" }.joined(separator: ","))
        case "next":
            var changes = groupChanges[request.name] ?? group.changes.makeAsyncIterator()
            defer { groupChanges[request.name] = changes }
            guard let change = try await changes.next(atMost: request.duration("wait")) else {
                return Reply("TIMED_OUT")
            }
            return .ok.with("kind", change.kind.rawValue).with("id", change.id).with("value", change.value)
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }
}

extension Changes.AsyncIterator {
    /// Without a time: for ever.
    mutating func next(atMost timeout: Duration?) async throws -> Element? {
        if let timeout { return try await next(timeout: timeout) }
        return try await next()
    }
}
