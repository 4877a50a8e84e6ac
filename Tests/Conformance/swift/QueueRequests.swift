// What the Swift runner can be asked about queues and jobs.

import DistCoord

extension Runner {
    func queue(_ request: Request) async throws -> Reply {
        if request.verb == "find" {
            guard let found = try await client.queue(ofJob: request.name) else { return Reply("NOT_FOUND") }
            return .ok.with("queue", found.name)
        }
        let queue = queues[request.name] ?? client.queue(request.name, options: queueOptions(request))
        queues[request.name] = queue
        switch request.verb {
        case "push":
            guard let options = pushOptions(request) else { return Reply("ERROR_INVALID_ARGUMENT") }
            do {
                return .ok.with("id", try await queue.push(request.bytes("payload") ?? [], options: options))
            } catch let error as DistCoordError where error.code == .exists {
                return Reply("EXISTS").with("id", error.takenBy ?? "")
            }
        case "push_many":
            let prefix = request.text("prefix") ?? ""
            let ids = try await queue.pushMany((0..<(request.number("count") ?? 0)).map { "\(prefix)\($0)" })
            return .ok.with("count", ids.count)
        case "claim":
            guard let job = try await queue.claim(timeout: request.duration("wait")) else { return Reply("NONE") }
            jobs[job.id] = job
            return claimed(job)
        case "claim_many":
            let claimed = try await queue.claimMany(request.number("count") ?? 1, timeout: request.duration("wait"))
            if claimed.isEmpty { return Reply("NONE") }
            for job in claimed { jobs[job.id] = job }
            return .ok.with("count", claimed.count)
                .with("payloads", Array(claimed.map(\.payload).joined(separator: [UInt8(ascii: ",")])))
        case "result":
            let result = try await queue.result(request.text("id") ?? "", timeout: request.duration("wait"))
            return .ok.with("state", result.state.rawValue).with("result", result.bytes)
                .with("error", result.errorType).with("traceback", !result.traceback.isEmpty)
                .with("attempts", result.attempts)
        case "counts":
            let counts = try await queue.counts()
            return .ok.with("waiting", counts.waiting).with("delayed", counts.delayed).with("active", counts.active)
                .with("dead", counts.dead).with("completed", counts.completed).with("failed", counts.failed)
                .with("claimers", counts.claimers).with("blocked", counts.blocked).with("unserved", counts.unserved)
                .with("cancelled", counts.cancelled)
        case "schedule", "schedule_remove", "schedules": return try await schedule(queue, request)
        case "batch_seal", "batch_wait": return try await batch(queue, request)
        default: return try await fromOutside(queue, request)
        }
    }

    private func queueOptions(_ request: Request) -> QueueOptions {
        QueueOptions(
            lease: request.duration("lease"), capabilities: request.names("has"), worker: request.text("as"),
            steals: request.text("steals") == "yes", partitions: request.number("partitions") ?? 1)
    }

    /// nil when a word is none of those there are.
    private func pushOptions(_ request: Request) -> PushOptions? {
        let modes: [String: PushOptions.WhenTaken] = ["refuse": .refuse, "replace": .replace, "extend": .extend]
        let policies: [String: PushOptions.WhenDependencyFails] = ["fail": .fail, "skip": .skip, "run": .run]
        guard let mode = modes[request.text("mode") ?? "refuse"],
            let policy = policies[request.text("policy") ?? "fail"]
        else { return nil }
        let header = (request.text("header") ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        var options = PushOptions(
            id: request.text("id"), task: request.text("task") ?? "", contentType: request.text("type") ?? "",
            headers: header.count == 2 ? [header[0]: header[1]] : [:], priority: request.number("priority") ?? 0,
            delay: request.duration("delay") ?? .zero, after: request.names("after"), whenDependencyFails: policy,
            uniqueKey: request.text("unique"), whenTaken: mode, concurrencyKey: request.text("key"),
            batch: request.text("batch"), capabilities: request.names("needs"), pool: request.text("pool"),
            worker: request.text("worker"), maxAttempts: request.number("attempts") ?? 4,
            firstBackoff: request.duration("backoff") ?? .seconds(1), timeout: request.duration("timeout"),
            resultLifetime: request.duration("ttl") ?? .seconds(600))
        if request.text("patience") != nil { options.capabilityTimeout = request.duration("patience") }
        return options
    }

    private func claimed(_ job: Job) -> Reply {
        let headers = job.headers.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        return .ok.with("id", job.id).with("payload", job.payload).with("task", job.task)
            .with("attempt", job.attempt).with("priority", job.priority).with("fence", job.fence)
            .with("attempts", job.maxAttempts).with("timeout", milliseconds(job.timeout)).with("type", job.contentType)
            .with("batch", job.batch ?? "").with("queue", job.queue).with("headers", headers.joined(separator: ","))
    }

    /// What belongs to the queue, and its jobs as others see them.
    private func fromOutside(_ queue: Queue, _ request: Request) async throws -> Reply {
        let id = request.text("id") ?? ""
        switch request.verb {
        case "pause": try await queue.pause()
        case "resume": try await queue.resume()
        case "limit_keys": try await queue.setKeyLimit(request.number("to") ?? 1)
        case "limit_rate":
            let count = request.number("to") ?? 0
            let period = request.duration("per") ?? .seconds(1)
            try await queue.setRateLimit(count == 0 ? nil : QueueSettings.RateLimit(count, per: period))
        case "list":
            let found = try await queue.jobs(
                in: JobState(rawValue: request.text("state") ?? "waiting") ?? .waiting,
                offset: request.number("offset") ?? 0, limit: request.number("limit") ?? 100)
            return .ok.with("count", found.count).with("ids", found.map(\.id).joined(separator: ","))
        case "inspect":
            guard let job = try await queue.inspect(id) else { return Reply("NOT_FOUND") }
            return .ok.with("state", job.state.rawValue).with("task", job.task).with("priority", job.priority)
                .with("attempt", job.attempt).with("progress", job.progress?.percent ?? -1)
                .with("text", job.progress?.text ?? "").with("cancelling", job.isCancelling)
                .with("error", job.errorType).with("message", job.errorMessage)
                .with("needs", job.capabilities.joined(separator: ",")).with("worker", job.worker ?? "")
                .with("unique", job.uniqueKey ?? "").with("key", job.concurrencyKey ?? "")
                .with("batch", job.batch ?? "").with("waits_for", job.waitsFor)
        case "cancel": return .ok.with("runs", try await queue.cancel(id, reason: request.text("reason")))
        case "retry":
            if id.isEmpty { return .ok.with("count", try await queue.retryAllDead()) }
            try await queue.retryDead(id)
            return .ok.with("count", 1)
        case "promote": try await queue.promote(id)
        case "purge":
            let state = JobState(rawValue: request.text("state") ?? "dead") ?? .dead
            if id.isEmpty { return .ok.with("count", try await queue.purge(state)) }
            try await queue.purge(id, in: state)
            return .ok.with("count", 1)
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    private func batch(_ queue: Queue, _ request: Request) async throws -> Reply {
        let batch = try queue.batch(id: request.text("id"))
        if request.verb == "batch_seal" {
            try await batch.seal()
            return .ok
        }
        var status = "OK", counts: BatchCounts
        do {
            counts = try await batch.wait(timeout: request.duration("wait"))
        } catch let error as DistCoordError where error.code == .timedOut {
            status = "TIMED_OUT"
            counts = try await batch.counts()
        }
        return Reply(status).with("total", counts.total).with("completed", counts.completed)
            .with("failed", counts.failed).with("cancelled", counts.cancelled).with("sealed", counts.isSealed)
    }

    private func schedule(_ queue: Queue, _ request: Request) async throws -> Reply {
        let name = request.text("as") ?? ""
        switch request.verb {
        case "schedule":
            let zone = request.text("zone") ?? "UTC"
            let schedule =
                request.text("cron").map { Schedule.cron($0, timeZone: zone) }
                ?? .every(request.duration("every") ?? .zero)
            try await queue.schedule(name, schedule, payload: request.bytes("payload") ?? [])
            return .ok
        case "schedule_remove": return try await queue.unschedule(name) ? .ok : Reply("NOT_FOUND")
        default:
            let found = try await queue.schedules()
            var every = Duration.zero, cron = "", zone = ""
            switch found.first?.moments {
            case .every(let interval): every = interval
            case .cron(let line, let timeZone): (cron, zone) = (line, timeZone)
            case nil: break
            }
            return .ok.with("count", found.count).with("name", found.first?.name ?? "")
                .with("every", milliseconds(every)).with("cron", cron).with("zone", zone)
                .with("next", found.first?.nextMillisecondsSince1970 ?? 0).with("runs", found.first?.runs ?? 0)
        }
    }

    func cron(_ request: Request) throws -> Reply {
        let next = try Schedule.cronNext(
            request.text("line") ?? "", timeZone: request.text("zone") ?? "UTC",
            afterMillisecondsSince1970: Int64(request.number("after") ?? 0))
        return next.map { .ok.with("next", $0) } ?? Reply("NOT_FOUND")
    }

    func job(_ request: Request) async throws -> Reply {
        guard let job = jobs[request.name] else { return Reply("UNKNOWN_JOB") }
        switch request.verb {
        case "complete": try await job.complete(with: request.bytes("result") ?? [])
        case "fail":
            try await job.fail(
                JobFailure(
                    request.text("message") ?? "", type: request.text("error") ?? "",
                    traceback: request.text("traceback") ?? "", retry: request.text("retry") != "no",
                    delay: request.duration("delay")))
        case "release": try await job.release(after: request.duration("delay"))
        case "cancelled": try await job.cancelled()
        case "progress": try await job.progress(request.number("percent") ?? 0, request.text("text"))
        case "lost": return .ok.with("lost", job.state == .lost)
        case "state": return .ok.with("state", "\(job.state)")
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    func milliseconds(_ duration: Duration?) -> Int64 {
        let parts = (duration ?? .zero).components
        return parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000
    }
}
