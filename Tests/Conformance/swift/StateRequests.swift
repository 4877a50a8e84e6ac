// What the Swift runner can be asked about shared state.

import DistCoord

extension Runner {
    func state(_ request: Request) async throws -> Reply {
        let state = try client.state(request.name)
        let key = request.text("key") ?? ""
        let ttl = timeToLive(request)
        switch request.verb {
        case "get":
            guard let entry = try await state.get(key) else { return Reply("NOT_FOUND") }
            return reply(with: entry).with("expires", entry.timeLeft != nil)
        case "set": return try await set(state, key, request, ttl ?? .unlimited)
        case "add": return .ok.with("value", try await state.add(key, request.number("by") ?? 1, ttl: ttl ?? .kept))
        case "append":
            let count = try await state.append(
                key, bytes: request.bytes("value") ?? [], limit: request.number("limit"), ttl: ttl ?? .kept)
            return .ok.with("count", count)
        case "items":
            guard let list = try await state.get(key) else { return Reply("NOT_FOUND") }
            let items = try await state.items(
                key, from: request.number("first") ?? 0, count: request.number("count") ?? 100)
            return .ok.with("count", items.count).with("version", list.version)
                .with("items", Array(items.map(\.bytes).joined(separator: [UInt8(ascii: ",")])))
        case "delete":
            let version = request.number("version").map(UInt64.init)
            return try await state.delete(key, ifVersion: version == 0 ? nil : version) ? .ok : Reply("NOT_FOUND")
        case "expire": return try await state.expire(key, ttl: ttl ?? .unlimited) ? .ok : Reply("NOT_FOUND")
        case "list":
            let page = try await state.page(
                prefix: request.text("prefix") ?? "", after: request.text("after"),
                limit: request.number("limit") ?? 1_000)
            return .ok.with("count", page.entries.count).with("keys", page.entries.map(\.key).joined(separator: ","))
                .with("next", page.cursor ?? "")
        case "clear": return .ok.with("count", try await state.clear(prefix: request.text("prefix") ?? ""))
        case "watch", "next": return try await watch(state, request)
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func timeToLive(_ request: Request) -> TimeToLive? {
        if request.text("ttl") == "keep" { return .kept }
        return request.number("ttl").map { $0 == 0 ? .unlimited : .milliseconds(Int64($0)) }
    }

    private func set(
        _ state: SharedState, _ key: String, _ request: Request, _ ttl: TimeToLive
    ) async throws -> Reply {
        do {
            let version = try await state.set(
                key, bytes: request.bytes("value") ?? [], ttl: ttl,
                ifVersion: request.number("version").map(UInt64.init))
            return .ok.with("version", version)
        } catch let error as DistCoordError where error.code == .changed {
            return Reply("CHANGED").with("version", error.currentVersion ?? 0)
        }
    }

    private func watch(_ state: SharedState, _ request: Request) async throws -> Reply {
        let prefix = request.text("prefix")
        let what = "\(request.name) \(prefix.map { "prefix \($0)" } ?? "key \(request.text("key") ?? "")")"
        if request.verb == "watch" {
            let changes = prefix.map { state.watch(prefix: $0) } ?? state.watch(request.text("key") ?? "")
            stateChanges[what] = changes.makeAsyncIterator()
            return .ok
        }
        guard var changes = stateChanges[what] else { return Reply("UNKNOWN_REQUEST") }
        defer { stateChanges[what] = changes }
        guard let entry = try await changes.next(atMost: request.duration("wait")) else { return Reply("TIMED_OUT") }
        return reply(with: entry)
    }

    private func reply(with entry: StateEntry) -> Reply {
        .ok.with("key", entry.key).with("kind", entry.kind.rawValue).with("value", entry.bytes)
            .with("length", entry.kind == .list ? entry.count : entry.bytes.count).with("version", entry.version)
    }
}
