// What the Swift runner can be asked about elections.

import DistCoord

extension Runner {
    func election(_ request: Request) async throws -> Reply {
        let election =
            elections[request.name]
            ?? client.election(
                request.name, lease: request.duration("lease") ?? .seconds(10), value: request.text("value"))
        elections[request.name] = election
        switch request.verb {
        case "campaign":
            guard try await election.campaign(timeout: request.duration("wait")) else { return Reply("TIMED_OUT") }
            return .ok.with("term", election.term)
        case "resign":
            try await election.resign()
            return .ok
        case "announce":
            try await election.setValue(request.text("value") ?? "")
            return .ok
        case "evict":
            return try await election.evict(term: request.number("term").map(UInt64.init)) ? .ok : Reply("NOT_HELD")
        case "follow": return try await follow(election, request)
        case "leads": return .ok.with("leads", election.isLeader)
        case "leader": return reply(with: try await election.leader())
        case "watch":
            for try await leader in election.leaders where leader != nil { return reply(with: leader) }
            return Reply("CANCELLED")
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func follow(_ election: Election, _ request: Request) async throws -> Reply {
        let end = request.duration("wait").map { ContinuousClock.now + $0 }
        var changes = leaderChanges[request.name] ?? election.leaders.makeAsyncIterator()
        defer { leaderChanges[request.name] = changes }
        while let leader = try await changes.next(atMost: end.map { $0 - ContinuousClock.now }) {
            if leader?.value == request.text("value") { return leader.map { .ok.with("term", $0.term) } ?? .ok }
        }
        return Reply("TIMED_OUT")
    }

    private func reply(with leader: Leader?) -> Reply {
        guard let leader else { return Reply("EMPTY") }
        return .ok.with("value", leader.value).with("term", leader.term).with("candidates", leader.candidates)
    }
}
