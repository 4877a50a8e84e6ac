import DistCoord
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadWriteLockTests {
    /// Readers, writers, waiters.
    private func standing(_ lock: ReadWriteLock) async throws -> [Int] {
        let status = try await lock.inspect()
        return [status.readers, status.writers, status.waiters]
    }

    @Test func readersShareAndAWriterIsAlone() async throws {
        let lock = try await makeClient().readWriteLock("x")
        let first = try #require(try await lock.read())
        let second = try #require(try await lock.read())
        #expect(first.name == "x" && first.fence > 0 && first.timeLeft > .seconds(5) && !first.isLost)
        #expect(try await standing(lock) == [2, 0, 0])
        #expect(try await lock.write(timeout: .zero) == nil)
        try await first.release()
        try await second.release()
        let writer = try #require(try await lock.write())
        #expect(writer.fence > second.fence)
        #expect(try await lock.read(timeout: .milliseconds(50)) == nil)
        #expect(try await lock.write(timeout: .milliseconds(50)) == nil, "tasks of one object exclude each other")
        try await writer.extend(.seconds(60))
        #expect(writer.timeLeft > .seconds(50))
        try await writer.release()
        #expect(await code { try await writer.release() } == .notHeld)
        #expect(try await standing(lock) == [0, 0, 0])
    }

    @Test func readersAndWritersInATangle() async throws {
        let client = try await makeClient()
        let lock = client.readWriteLock("x")
        let inside = Shared((readers: 0, writers: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<80 {
                group.addTask {
                    if round % 4 == 0 {
                        try await lock.withWriteLock(timeout: .seconds(30)) { _ in
                            let seen = inside.change {
                                $0.writers += 1
                                return $0
                            }
                            #expect(seen == (0, 1))
                            await Task.yield()
                            inside.change { $0.writers -= 1 }
                        }
                    } else {
                        try await lock.withReadLock(timeout: .seconds(30)) { _ in
                            let seen = inside.change {
                                $0.readers += 1
                                return $0
                            }
                            #expect(seen.writers == 0)
                            await Task.yield()
                            inside.change { $0.readers -= 1 }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aReaderBehindAWaitingWriterWaits() async throws {
        let lock = try await makeClient().readWriteLock("x")
        let reader = try #require(try await lock.read())
        let writer = Task { try await lock.write() }
        try await eventually("the writer to wait") { try await lock.inspect().waiters == 1 }
        #expect(try await lock.read(timeout: .zero) == nil)
        let late = Task { try await lock.read() }
        try await eventually("the reader to wait") { try await lock.inspect().waiters == 2 }
        try await reader.release()
        let written = try #require(try await writer.value)
        #expect(try await standing(lock) == [0, 1, 1])
        try await written.release()
        try await #require(try await late.value).release()
    }

    @Test func insideABodyTheSameKindIsHadAgain() async throws {
        let lock = try await makeClient().readWriteLock("x")
        try await lock.withReadLock { _ in
            let writer = Task.detached { try await lock.write() }
            try await eventually("a writer to wait") { try await lock.inspect().waiters == 1 }
            try await lock.withReadLock(timeout: .zero) { _ in }
            let again = try #require(try await lock.read(timeout: .zero), "past the waiting writer")
            try await again.release()
            writer.cancel()
            _ = await writer.result
        }
        try await lock.withWriteLock { _ in
            try await lock.withWriteLock(timeout: .zero) { _ in }
            try await lock.withReadLock(timeout: .zero) { _ in }
        }
    }

    @Test func anUpgradeIsRefusedAtOnce() async throws {
        let limit = Duration.seconds(5)
        let lock = try await makeClient().readWriteLock("x")
        try await lock.withReadLock { _ in
            #expect(await code { try await lock.withWriteLock(timeout: limit) { _ in } } == .conflict)
            #expect(await code { _ = try await lock.write(timeout: limit) } == .conflict)
            let task = Task { await code { _ = try await lock.write(timeout: limit) } }
            #expect(await task.value == .conflict, "what the body starts is part of it")
        }
        #expect(try await standing(lock) == [0, 0, 0])
    }

    @Test func aWriterBecomesAReaderWithoutAnotherWriterInBetween() async throws {
        let lock = try await makeClient().readWriteLock("x")
        let hold = try #require(try await lock.write())
        let reader = Task { try await lock.read() }
        try await eventually("the reader to wait") { try await lock.inspect().waiters == 1 }
        let fence = hold.fence
        try await hold.downgrade()
        #expect(hold.fence == fence)
        let second = try #require(try await reader.value)
        #expect(try await standing(lock) == [2, 0, 0])
        try await hold.downgrade()
        try await hold.release()
        try await second.release()
        #expect(await code { try await hold.downgrade() } == .notHeld)
    }

    @Test func anExplicitOwnerIsTheSameInEveryTask() async throws {
        let client = try await makeClient()
        let lock = client.readWriteLock("x", options: LockOptions(owner: "me"))
        let reader = try #require(try await lock.read())
        #expect(await code { _ = try await lock.write() } == .conflict)
        try await reader.release()
        let writer = try #require(try await lock.write())
        try await #require(try await lock.write(timeout: .zero)).release()
        #expect(try await client.readWriteLock("x").read(timeout: .zero) == nil)
        try await writer.release()
    }

    @Test func waitsAreCancelledAlone() async throws {
        let lock = try await makeClient().readWriteLock("x")
        let writer = try #require(try await lock.write())
        let (first, second) = (Task { try await lock.read() }, Task { try await lock.write() })
        try await eventually("both to wait") { try await lock.inspect().waiters == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await lock.inspect().waiters == 1)
        try await writer.release()
        try await #require(try await second.value).release()
    }

    @Test func losingTheLeaseCancelsTheBody() async throws {
        let client = try await makeClient()
        let lock = client.readWriteLock("x", options: LockOptions(lease: .milliseconds(300), renew: false))
        for side in ["read", "write"] {
            let body: @Sendable (Lease) async throws -> Void = { lease in
                try? await Task.sleep(for: .seconds(30))
                #expect(lease.isLost && Task.isCancelled)
            }
            let failure = await code {
                if side == "read" {
                    try await lock.withReadLock(body)
                } else {
                    try await lock.withWriteLock(body)
                }
            }
            #expect(failure == .lost)
        }
        #expect(await code { try await lock.withWriteLock { _ in } } == nil)
    }

    @Test func whatIsDroppedIsReleased() async throws {
        let lock = try await makeClient().readWriteLock("x")
        do { _ = try await lock.write() }
        #expect(try await lock.write(timeout: .seconds(5)) != nil)
    }

    @Test func aLockOfThatNameIsAnotherThing() async throws {
        let client = try await makeClient()
        let writer = try #require(try await client.readWriteLock("x").write())
        #expect(try await client.lock("x").tryAcquire())
        try await writer.release()
    }

    @Test func onlyAHoldOfAReadWriteLockCanBeDowngraded() async throws {
        let client = try await makeClient()
        try await client.withLock("x") { lease in
            #expect(await code { try await lease.downgrade() } == .invalidArgument)
        }
    }
}
