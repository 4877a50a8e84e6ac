// What the Swift runner can be asked about locks of every kind, and about who holds them.

import DistCoord

extension Request {
    /// A name and what it is the name of.
    fileprivate var object: String { "\(kind) \(name)" }
}

extension Runner {
    private func options(_ request: Request) -> LockOptions {
        LockOptions(
            lease: request.duration("lease") ?? .seconds(10), renew: request.text("renew") != "no",
            owner: request.text("owner"), reentrant: request.text("reentrant") == "yes",
            fair: request.text("fair") != "no", linger: request.duration("linger") ?? .zero)
    }

    // MARK: One lock, several locks

    func lock(_ request: Request) async throws -> Reply {
        let lock = locks[request.name] ?? client.lock(request.name, options: options(request))
        locks[request.name] = lock
        switch request.verb {
        case "leave":
            guard try await lock.acquire(timeout: request.duration("wait")) else { return Reply("TIMED_OUT") }
            try await lock.detach()
            return .ok.with("fence", lock.fence)
        case "adopt":
            try await lock.adopt()
            return .ok.with("fence", lock.fence)
        case "detach":
            try await lock.detach()
            return .ok
        case "depth": return .ok.with("depth", lock.depth)
        case "break":
            let fence = request.number("fence").map { UInt64($0) }
            return try await lock.forceRelease(fence: fence) ? .ok : Reply("NOT_HELD")
        case "show":
            guard let info = try await lock.inspect() else { return Reply("EMPTY") }
            return .ok.with("fence", info.fence).with("waiting", info.waiters).with("owner", info.owner ?? "")
        default: return try await exclusive(lock, request)
        }
    }

    func many(_ request: Request) async throws -> Reply {
        let names = request.name.split(separator: ",").map { String($0) }
        let lock = several[request.name] ?? client.multiLock(names, options: options(request))
        several[request.name] = lock
        return try await exclusive(lock, request)
    }

    /// What is asked alike of one lock and of several.
    private func exclusive(_ lock: Lock, _ request: Request) async throws -> Reply {
        switch request.verb {
        case "acquire":
            guard try await lock.acquire(timeout: request.duration("wait")) else { return Reply("TIMED_OUT") }
            return .ok.with("fence", lock.fence)
        case "release":
            try await lock.release()
            return .ok
        case "extend":
            try await lock.extend(request.duration("by"))
            return .ok
        case "state":
            switch lock.state {
            case .free: return .ok.with("state", "free")
            case .held: return .ok.with("state", "held")
            case .lost: return .ok.with("state", "lost")
            }
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    // MARK: Read-write locks and semaphores

    func readWriteLock(_ request: Request) async throws -> Reply {
        let lock =
            readWriteLocks[request.name] ?? client.readWriteLock(request.name, options: options(request))
        readWriteLocks[request.name] = lock
        switch request.verb {
        case "read": return keep(try await lock.read(timeout: request.duration("wait")), request)
        case "write": return keep(try await lock.write(timeout: request.duration("wait")), request)
        case "downgrade":
            guard let lease = leases[request.object]?.last else { return Reply("NOT_HELD") }
            try await lease.downgrade()
            return .ok
        case "show":
            let status = try await lock.inspect()
            return .ok.with("readers", status.readers).with("writers", status.writers)
                .with("waiting", status.waiters)
        default: return try await newest(request)
        }
    }

    func semaphore(_ request: Request) async throws -> Reply {
        let semaphore =
            semaphores[request.name]
            ?? client.semaphore(
                request.name, permits: request.number("permits") ?? 1, options: options(request))
        semaphores[request.name] = semaphore
        switch request.verb {
        case "acquire":
            let lease = try await semaphore.acquire(
                request.number("count") ?? 1, timeout: request.duration("wait"))
            return keep(lease, request)
        case "resize":
            try await semaphore.resize(request.number("to") ?? 1)
            return .ok
        case "show":
            let status = try await semaphore.inspect()
            return .ok.with("permits", status.permits).with("used", status.used).with("waiting", status.waiters)
        default: return try await newest(request)
        }
    }

    private func keep(_ lease: Lease?, _ request: Request) -> Reply {
        guard let lease else { return Reply("TIMED_OUT") }
        leases[request.object, default: []].append(lease)
        return .ok.with("fence", lease.fence)
    }

    /// Requests about what was acquired last.
    private func newest(_ request: Request) async throws -> Reply {
        let lease = leases[request.object]?.last
        switch request.verb {
        case "state": return .ok.with("state", lease.map { $0.isLost ? "lost" : "held" } ?? "free")
        case "release":
            guard let lease else { return Reply("NOT_HELD") }
            leases[request.object]?.removeLast()
            try await lease.release()
            return .ok
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    // MARK: Monitoring

    func holds(_ request: Request) async throws -> Reply {
        if request.verb == "release_client" {
            return .ok.with("count", try await client.releaseDeadClient(request.text("id") ?? ""))
        }
        let holds = try await client.holds(stale: request.text("stale") == "yes")
        switch request.verb {
        case "list":
            let titles = holds.map { "\($0.kind.rawValue):\($0.name)" }
            return .ok.with("count", holds.count).with("holds", titles.joined(separator: ","))
        case "break":
            let kind = kind(request)
            guard let hold = holds.first(where: { $0.kind == kind && $0.name == request.name }) else {
                return Reply("NOT_HELD")
            }
            return try await client.breakHold(hold) ? .ok : Reply("NOT_HELD")
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    func statistics(_ request: Request) async throws -> Reply {
        switch request.verb {
        case "reset":
            try await client.resetLockStatistics(kind(request), name: request.name)
            return .ok
        case "read":
            let read = try await client.lockStatistics(kind(request), name: request.name)
            return .ok.with("acquired", read.acquired).with("contended", read.contended)
                .with("timed_out", read.timedOut).with("lost", read.lost).with("released", read.released)
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func kind(_ request: Request) -> HoldKind { HoldKind(rawValue: request.text("kind") ?? "lock") ?? .lock }
}
