import DistCoord
import Testing

@Suite struct StateTests {
    struct Limits: Codable, Equatable, Sendable { var perMinute: Int }

    @Test func valuesAndVersions() async throws {
        let client = try await makeClient()
        let state = try client.state("settings")
        #expect(try await state.get("k") == nil)
        #expect(try await state.get("k", as: Limits.self) == nil)
        let first = try await state.set("k", Limits(perMinute: 5))
        #expect(try await state.get("k", as: Limits.self) == Limits(perMinute: 5))
        let entry = try #require(try await state.get("k"))
        #expect(entry.text == #"{"perMinute":5}"# && entry.version == first && entry.timeLeft == nil)
        #expect(try await client.state().get("k") == nil, "scopes are apart")
        let second = try await state.set("k", text: "plain", ifVersion: first)
        #expect(second > first)
        let refused = await #expect(throws: DistCoordError.self) { try await state.set("k", 7, ifVersion: first) }
        #expect(refused?.code == .changed && refused?.currentVersion == second)
        #expect(await code { try await state.set("k", 7, ifVersion: 0) } == .changed)
        #expect(await code { try await state.delete("k", ifVersion: first) } == .changed)
        #expect(try await state.get("k")?.text == "plain")
        #expect(try await state.delete("k", ifVersion: second))
        #expect(try await !state.delete("k"))
        #expect(try await state.set("k", bytes: [0, 255], ifVersion: 0) > second, "versions grow across deletion")
        #expect(try await state.get("k")?.bytes == [0, 255])
    }

    @Test func valuesExpire() async throws {
        let state = try await makeClient().state()
        try await state.set("short", 1, ttl: .milliseconds(40))
        try await state.set("long", 1, ttl: .seconds(100))
        try await eventually("the expiry") { try await state.get("short") == nil }
        #expect(try #require(try await state.get("long")?.timeLeft) > .seconds(90))
        try await state.set("long", 2, ttl: .kept)
        #expect(try #require(try await state.get("long")?.timeLeft) > .seconds(90))
        #expect(try await state.expire("long", ttl: .unlimited))
        #expect(try await state.get("long")?.timeLeft == nil)
        #expect(try await !state.expire("short", ttl: .seconds(1)))
        #expect(await code { try await state.set("k", 1, ttl: .limited(.zero)) } == .invalidArgument)
        #expect(await code { try await state.set("k", 1, ttl: .milliseconds(-1)) } == .invalidArgument)
    }

    @Test func concurrentUpdatesCountOnceEach() async throws {
        let state = try await makeClient().state()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5 {
                        try await state.update("limits", as: Limits.self) { limits in
                            Limits(perMinute: (limits?.perMinute ?? 0) + 1)
                        }
                        try await state.add("counter", 2)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await state.get("limits", as: Limits.self)?.perMinute == 40)
        #expect(try await state.get("counter", as: Int.self) == 80)
        #expect(try await state.add("counter", -80) == 0)
        try await state.set("text", "no number")
        #expect(await code { try await state.add("text") } == .conflict)
    }

    @Test func lists() async throws {
        let state = try await makeClient().state()
        #expect(try await state.items("l").isEmpty)
        for number in 0..<5 { try await state.append("l", Limits(perMinute: number), limit: 3) }
        #expect(try await state.items("l", as: Limits.self).map(\.perMinute) == [2, 3, 4])
        #expect(try await state.items("l", as: Limits.self, from: -1).map(\.perMinute) == [4])
        let entry = try #require(try await state.get("l"))
        #expect(entry.kind == .list && entry.count == 3 && entry.bytes.isEmpty)
        #expect(await code { _ = try await state.get("l", as: Limits.self) } == .conflict)
        try await state.set("v", 1)
        #expect(await code { try await state.append("v", text: "x") } == .conflict)
        #expect(await code { _ = try await state.items("v") } == .conflict)
    }

    @Test func keysByPrefix() async throws {
        let state = try await makeClient().state()
        for number in 100..<125 { try await state.set("a/\(number)", number) }
        try await state.set("b", 1)
        var found: [String] = []
        for try await entry in state.entries(prefix: "a/", pageSize: 7) { found.append(entry.key) }
        #expect(found == (100..<125).map { "a/\($0)" })
        let page = try await state.page(limit: 10)
        #expect(page.entries.count <= 10 && page.cursor != nil)
        #expect(try await state.clear(prefix: "a/") == 25)
        #expect(try await state.page().entries.map(\.key) == ["b"])
    }

    @Test func keysAreWatched() async throws {
        let state = try await makeClient().state()
        try await state.set("a/1", 1)
        let (one, all) = (Shared<[Int?]>([]), Shared<[String: Int]>([:]))
        let watchers = [
            Task {
                for try await change in state.watch("a/1", as: Int.self) { one.change { $0.append(change.value) } }
            },
            Task {
                for try await entry in state.watch(prefix: "a/") {
                    let value = try? entry.decode(Int.self)
                    all.change { $0[entry.key] = value }
                }
            },
        ]
        try await eventually("what is there") { one.value == [1] && all.value == ["a/1": 1] }
        try await state.set("a/2", 2)
        try await state.set("b", 3)
        try await state.set("a/1", 4)
        try await eventually("the change") { one.value == [1, 4] && all.value == ["a/1": 4, "a/2": 2] }
        try await state.delete("a/1")
        try await eventually("the deletion") { one.value == [1, 4, nil] && all.value == ["a/2": 2] }
        for watcher in watchers {
            watcher.cancel()
            try await watcher.value
        }
    }

    @Test func aChangeIsAskedForWithATimeLimit() async throws {
        let state = try await makeClient().state()
        var changes = state.watch(prefix: "").makeAsyncIterator()
        #expect(try await changes.next(timeout: .milliseconds(20)) == nil)
        try await state.set("k", 1)
        #expect(try await changes.next(timeout: .seconds(10))?.key == "k")
    }
}
