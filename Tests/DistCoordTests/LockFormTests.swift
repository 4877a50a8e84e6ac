// Locks that are more than a mutex: reentrant, owned, lingering, several at once, unfair, traced.

import DistCoord
import Testing

@Suite(.timeLimit(.minutes(1))) struct LockFormTests {
    // MARK: Waiting as the options say

    @Test func theOptionsSayHowLongToWait() async throws {
        let client = try await makeClient()
        let holder = client.lock("x")
        #expect(try await holder.acquire())
        let patient = client.lock("x", options: LockOptions(wait: .milliseconds(100)))
        let begun = ContinuousClock.now
        #expect(try await !patient.acquire())
        #expect(await code { try await patient.withLock { _ in } } == .timedOut)
        #expect(ContinuousClock.now - begun >= .milliseconds(200))
        #expect(try await !client.lock("x", options: LockOptions(wait: .zero)).acquire())
        let waiter = Task { try await patient.acquire(timeout: .seconds(20)) }
        try await eventually("the waiter") { try await holder.inspect()?.waiters == 1 }
        try await holder.release()
        #expect(try await waiter.value, "a call's own timeout wins")
    }

    @Test func malformedOptions() async throws {
        let client = try await makeClient()
        for options in [
            LockOptions(lease: .zero), LockOptions(owner: ""), LockOptions(owner: "a\0b"),
            LockOptions(owner: String(repeating: "o", count: 257)), LockOptions(linger: .seconds(-1)),
            LockOptions(linger: .seconds(86_401)),
        ] {
            #expect(await code { _ = try await client.lock("x", options: options).acquire() } == .invalidArgument)
        }
    }

    // MARK: Reentrant

    @Test func aReentrantLockIsHadAgainByItsObjectOnly() async throws {
        let client = try await makeClient()
        let options = LockOptions(reentrant: true)
        let (lock, other) = (client.lock("x", options: options), client.lock("x", options: options))
        #expect(lock.depth == 0)
        #expect(try await lock.acquire())
        let fence = lock.fence
        #expect(try await lock.tryAcquire())
        #expect(lock.depth == 2 && lock.fence == fence, "levels share one fence")
        #expect(try await !other.tryAcquire())
        try await lock.release()
        #expect(lock.state == .held && lock.depth == 1)
        #expect(try await !other.tryAcquire(), "one level is left")
        try await lock.release()
        #expect(lock.state == .free && lock.depth == 0)
        #expect(await code { try await lock.release() } == .notHeld)
        #expect(try await other.tryAcquire())
        #expect(other.fence > fence)
    }

    @Test func bodiesNest() async throws {
        let client = try await makeClient()
        let lock = client.lock("x", options: LockOptions(reentrant: true))
        try await lock.withLock { outer in
            try await lock.withLock(timeout: .zero) { inner in
                #expect(inner.fence == outer.fence && lock.depth == 2)
            }
            #expect(lock.depth == 1)
            #expect(await code { try await lock.release() } == .notHeld, "what a body holds, its end releases")
            #expect(try await !client.lock("x").tryAcquire())
        }
        #expect(try await lock.inspect() == nil)
    }

    @Test func levelsOfALostGrantAreNotThoseOfTheNext() async throws {
        let client = try await makeClient()
        let lock = client.lock("x", options: LockOptions(lease: .seconds(3), renew: false, reentrant: true))
        #expect(try await lock.acquire())
        #expect(try await lock.acquire())
        #expect(try await client.lock("x").acquire(timeout: .seconds(10)))
        #expect(lock.state == .lost)
        try await client.lock("x").forceRelease()
        #expect(try await lock.acquire(timeout: .seconds(5)))
        #expect(lock.state == .held && lock.depth == 1)
        try await lock.release()
        #expect(lock.state == .free)
    }

    // MARK: Owners

    @Test func anotherObjectOfTheOwnerReleases() async throws {
        let (client, elsewhere) = (try await makeClient(namespace: "owned"), try await makeClient(namespace: "owned"))
        let lock = client.lock("x", options: LockOptions(owner: "me"))
        #expect(try await lock.acquire())
        #expect(try await lock.inspect()?.owner == "me")
        let same = elsewhere.lock("x", options: LockOptions(owner: "me"))
        #expect(try await !same.tryAcquire(), "held is held, for the owner too")
        #expect(await code { try await elsewhere.lock("x", options: LockOptions(owner: "you")).release() } == .notHeld)
        try await same.release()
        #expect(try await lock.inspect() == nil)
        #expect(await code { try await same.release() } == .notHeld)
    }

    @Test func whatIsDetachedIsAdopted() async throws {
        let (client, elsewhere) = (try await makeClient(namespace: "handed"), try await makeClient(namespace: "handed"))
        let lock = client.lock("x", options: LockOptions(lease: .seconds(3), owner: "me"))
        let same = elsewhere.lock("x", options: LockOptions(lease: .seconds(3), owner: "me"))
        #expect(await code { try await same.adopt() } == .notHeld)
        #expect(await code { try await lock.detach() } == .notHeld)
        #expect(try await lock.acquire())
        let fence = lock.fence
        try await lock.detach()
        #expect(lock.state == .free && lock.depth == 0)
        try await client.close()
        try await same.adopt()
        #expect(same.state == .held && same.fence == fence)
        // Renewed by whoever has adopted it.
        #expect(try await !elsewhere.lock("x").acquire(timeout: .milliseconds(3500)))
        try await same.release()
        #expect(try await same.inspect() == nil)
    }

    @Test func extendingAdopts() async throws {
        let (client, elsewhere) = (try await makeClient(namespace: "longer"), try await makeClient(namespace: "longer"))
        let lock = client.lock("x", options: LockOptions(lease: .seconds(5), owner: "me"))
        #expect(try await lock.acquire())
        try await lock.detach()
        let same = elsewhere.lock("x", options: LockOptions(owner: "me"))
        try await same.extend(.seconds(60))
        #expect(same.state == .held && same.fence == lock.fence && same.leaseLeft > .seconds(50))
        try await same.release()
    }

    @Test func withoutAnOwnerNothingIsHandedOver() async throws {
        let client = try await makeClient()
        for options in [LockOptions(), LockOptions(reentrant: true)] {
            let lock = client.lock("x", options: options)
            #expect(try await lock.acquire())
            #expect(await code { try await lock.adopt() } == .invalidArgument)
            #expect(await code { try await lock.detach() } == .invalidArgument)
            #expect(lock.state == .held)
            try await lock.release()
        }
    }

    // MARK: Taken away, and looked at

    @Test func aForcedReleaseCancelsTheBody() async throws {
        let client = try await makeClient()
        let lock = client.lock("x", lease: .seconds(3))
        let failure = await code {
            try await lock.withLock { lease in
                let wasAnother = try await client.lock("x").forceRelease(fence: lease.fence - 1)
                let wasThis = try await client.lock("x").forceRelease(fence: lease.fence)
                #expect(!wasAnother && wasThis)
                try? await Task.sleep(for: .seconds(30))
                #expect(lease.isLost)
            }
        }
        #expect(failure == .lost)
        #expect(try await !lock.forceRelease(), "nobody holds it")
    }

    @Test func waitersAreListedInOrder() async throws {
        let client = try await makeClient(namespace: "line")
        let lock = client.lock("x")
        #expect(try await lock.acquire())
        var waiters: [Task<Bool, any Error>] = []
        for label in ["first", "second", "third"] {
            let other = try await Client.connect(
                LiveServer.shared.url, options: ClientOptions(namespace: "line", label: label))
            waiters.append(Task { try await other.lock("x").acquire() })
            try await eventually("\(label) to wait") { try await lock.inspect()?.line.last == label }
        }
        let info = try #require(try await lock.inspect())
        #expect(info.line == ["first", "second", "third"] && info.waiters == 3 && info.owner == nil)
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters { _ = await waiter.result }
    }

    @Test func aLeaseCanBeReleasedBeforeItsBodyEnds() async throws {
        let client = try await makeClient()
        let other = client.lock("x")
        try await client.withLock("x") { lease in
            try await lease.release()
            #expect(lease.timeLeft == .zero && !lease.isLost)
            #expect(await code { try await lease.extend() } == .notHeld)
            #expect(await code { try await lease.release() } == .notHeld)
            #expect(try await other.tryAcquire())
        }
        #expect(try await other.inspect()?.fence == other.fence, "the end of the body released nothing of others")
    }

    // MARK: Several

    @Test func severalLocksAreHeldTogether() async throws {
        let client = try await makeClient()
        let both = client.multiLock(["b", "a", "b"])
        #expect(both.names == ["b", "a", "b"] && both.name == "b, a, b")
        #expect(try await both.acquire())
        #expect(try await !client.lock("a").tryAcquire())
        #expect(try await !client.lock("b").tryAcquire())
        try await both.release()
        let single = client.lock("a")
        #expect(try await single.acquire())
        #expect(try await !both.acquire(timeout: .milliseconds(50)))
        #expect(try await client.lock("b").inspect() == nil, "all or none")
        try await single.release()
    }

    @Test func overlappingSetsDoNotDeadlock() async throws {
        let client = try await makeClient()
        let inside = Shared<[String: Int]>([:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<60 {
                let names = [["a", "b"], ["b", "c"], ["c", "a"]][round % 3]
                group.addTask {
                    try await client.multiLock(names).withLock(timeout: .seconds(30)) { _ in
                        for name in names {
                            let count = inside.change {
                                $0[name, default: 0] += 1
                                return $0[name, default: 0]
                            }
                            #expect(count == 1)
                        }
                        await Task.yield()
                        inside.change { inside in for name in names { inside[name, default: 0] -= 1 } }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func severalLocksHaveNoOwnerAndAreNotReentrant() async throws {
        let client = try await makeClient()
        #expect(await code { _ = try await client.multiLock([]).acquire() } == .invalidArgument)
        #expect(await code { _ = try await client.multiLock((0..<65).map { "n\($0)" }).acquire() } == .invalidArgument)
        for options in [LockOptions(owner: "me"), LockOptions(reentrant: true)] {
            let failure = await code { _ = try await client.multiLock(["a", "b"], options: options).acquire() }
            #expect(failure == .invalidArgument)
        }
    }

    // MARK: Unfair and traced

    @Test func anUnfairLockTakesWhatIsFree() async throws {
        let client = try await makeClient()
        let options = LockOptions(fair: false)
        let inside = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await client.lock("x", options: options).withLock { _ in
                        #expect(
                            inside.change {
                                $0 += 1
                                return $0
                            } == 1)
                        await Task.yield()
                        inside.change { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await client.lock("x").inspect() == nil)
    }

    @Test func tracingTellsOfEachAcquireAndRelease() async throws {
        let lines = Shared<[String]>([])
        let client = try await Client.connect(
            LiveServer.shared.url,
            options: ClientOptions(namespace: "traced", logLevel: .info) { _, line in lines.change { $0.append(line) } }
        )
        try await client.lock("quiet").withLock { _ in }
        #expect(lines.value.allSatisfy { !$0.contains("quiet") })
        try await client.lock("loud", options: LockOptions(tracing: true)).withLock { _ in }
        #expect(lines.value.filter { $0.contains("loud") }.count >= 2)
    }
}
