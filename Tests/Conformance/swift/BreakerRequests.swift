// What the Swift runner can be asked about circuit breakers and rate limiters.

import DistCoord

extension Runner {
    // MARK: Circuit breakers

    func breaker(_ request: Request) async throws -> Reply {
        let breaker = try breakers[request.name] ?? client.breaker(request.name, options: breakerOptions(request))
        breakers[request.name] = breaker
        switch request.verb {
        case "call":
            struct Failed: Error {}
            let fails = request.text("outcome") == "failure"
            do {
                try await breaker.run { if fails { throw Failed() } }
            } catch is Failed {}
        case "allow":
            do {
                permits[request.name, default: []].append(try await breaker.allow())
            } catch let error as DistCoordError where error.code == .rejected {
                return Reply("REJECTED").with("retry", error.retryAfter.map(milliseconds) ?? -1)
            }
        case "report":
            let outcomes: [String: CallOutcome] = [
                "success": .succeeded, "failure": .failed, "discarded": .discarded,
            ]
            guard let outcome = outcomes[request.text("outcome") ?? ""] else {
                return Reply("ERROR_INVALID_ARGUMENT")
            }
            guard permits[request.name]?.isEmpty == false, let permit = permits[request.name]?.removeFirst() else {
                return Reply("NOT_HELD")
            }
            await permit.report(outcome)
        case "state": return .ok.with("state", word(breaker.state))
        case "show":
            let info = try await breaker.inspect()
            return .ok.with("state", word(info.state)).with("failures", info.failures)
                .with("succeeded", info.succeeded).with("failed", info.failed).with("rejected", info.rejected)
                .with("opened", info.opened).with("trials", info.trials)
                .with("retry", info.retryAfter.map(milliseconds) ?? -1)
        case "watch": return try await watch(breaker, request)
        case "force":
            if request.text("to") == "open" {
                try await breaker.forceOpen()
            } else {
                try await breaker.forceClosed()
            }
        case "reset": try await breaker.reset()
        case "flush": try await breaker.flush()
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    private func breakerOptions(_ request: Request) -> BreakerOptions {
        var options = BreakerOptions()
        if let threshold = request.number("threshold") { options.failureThreshold = threshold }
        if let sampling = request.duration("sampling") { options.samplingDuration = sampling }
        if let recovery = request.duration("recovery") { options.recoveryTimeout = recovery }
        if let trials = request.number("trials") { options.trials = trials }
        if let timeout = request.duration("trial_timeout") { options.trialTimeout = timeout }
        if let fallback = request.text("fallback") { options.fallback = .init(rawValue: fallback) ?? .local }
        if let flush = request.duration("flush") { options.flushInterval = flush }
        return options
    }

    private func watch(_ breaker: Breaker, _ request: Request) async throws -> Reply {
        let end = request.duration("wait").map { ContinuousClock.now + $0 }
        var changes = breakerChanges[request.name] ?? breaker.changes.makeAsyncIterator()
        defer { breakerChanges[request.name] = changes }
        while let info = try await changes.next(atMost: end.map { $0 - ContinuousClock.now }) {
            if word(info.state) == request.text("for") {
                return .ok.with("state", word(info.state)).with("failures", info.failures).with("opened", info.opened)
            }
        }
        return Reply("TIMED_OUT")
    }

    private func word(_ state: BreakerState) -> String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        case .forcedClosed: "forced_closed"
        case .forcedOpen: "forced_open"
        }
    }

    // MARK: Rate limiters

    func limit(_ request: Request) async throws -> Reply {
        // What the library refuses at run time cannot be said with the types of Swift.
        let (isWindow, hasBurst) = (request.text("algorithm") == "window", request.number("burst") != nil)
        if isWindow, hasBurst { return Reply("ERROR_INVALID_ARGUMENT") }
        let limiter = try limiters[request.name] ?? client.limiter(request.name, rate(request))
        limiters[request.name] = limiter
        let key = request.text("key")
        switch request.verb {
        case "acquire":
            let outcome = try await limiter.request(
                request.number("permits") ?? 1, key: key, timeout: request.duration("wait"))
            switch outcome {
            case .acquired(let waited): return .ok.with("wait", milliseconds(waited))
            case .refused(let retryAfter): return Reply("TIMED_OUT").with("wait", milliseconds(retryAfter))
            }
        case "show":
            let status = try await limiter.inspect(key: key)
            return .ok.with("available", status.available).with("wait", milliseconds(status.nextAfter))
        case "reset":
            try await limiter.reset(key: key)
            return .ok
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func rate(_ request: Request) -> RateLimit {
        let (limit, period) = (request.number("limit") ?? 10, request.duration("per") ?? .seconds(1))
        if request.text("algorithm") == "window" { return .slidingWindow(limit: limit, per: period) }
        return .tokenBucket(limit: limit, per: period, burst: request.number("burst"))
    }
}
