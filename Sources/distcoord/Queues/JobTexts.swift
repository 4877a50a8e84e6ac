// How a job is shown: to people, and as JSON.

import DistCoord

extension JobInfo {
    /// What it is aged by: when it ended, else when it was pushed.
    var momentMilliseconds: Int64? {
        switch state {
        case .dead, .completed, .cancelled, .skipped: dueMillisecondsSince1970
        case .waiting, .delayed, .active, .blocked: pushedMillisecondsSince1970
        }
    }

    /// Kind and words of the last failure; why it was cancelled or skipped.
    var errorSummary: String {
        errorType.isEmpty || errorMessage.isEmpty ? errorType + errorMessage : "\(errorType): \(errorMessage)"
    }

    private var hasOutcomeOnly: Bool { state == .completed }

    /// What the list says of it beside the numbers.
    func note(now: Int64) -> String {
        switch state {
        case .active:
            let progress = progress.map { [$0.text.isEmpty ? "\($0.percent)%" : "\($0.percent)% \($0.text)"] } ?? []
            return ((isCancelling ? ["is to stop"] : []) + progress).joined(separator: ", ")
        case .delayed:
            let due = "due in \(Duration.milliseconds(max(0, (dueMillisecondsSince1970 ?? now) - now)).brief)"
            return errorSummary.isEmpty ? due : "\(due), after \(errorSummary)"
        case .blocked:
            if waitsFor > 0 { return waitsFor == 1 ? "waits for 1 job" : "waits for \(waitsFor) jobs" }
            let key = concurrencyKey.map { "key '\($0)'" } ?? uniqueKey.map { "unique key '\($0)'" }
            return "waits for \(key ?? "others")"
        case .waiting, .dead, .completed, .cancelled, .skipped: return errorSummary
        }
    }

    func json(queue: String) -> JSONValue {
        let due = dueMillisecondsSince1970.map { JSONValue.string(Output.moment($0)) } ?? .null
        let hasEnded = state == .dead || state == .completed || state == .cancelled || state == .skipped
        let head: [(String, JSONValue)] = [
            ("id", .string(id)), ("queue", .string(queue)), ("state", .string(state.rawValue)),
            ("task", .string(task)), ("priority", .int(priority)), ("attempt", .int(attempt)),
            ("attempts", maxAttempts > 0 ? .int(maxAttempts) : .null),
            ("pushed", pushedMillisecondsSince1970.map { .string(Output.moment($0)) } ?? .null),
            ("due", state == .delayed ? due : .null), ("lease_ends", state == .active ? due : .null),
            ("finished", hasEnded ? due : .null),
        ]
        let tail: [(String, JSONValue)] = [
            ("content_type", .string(contentType)),
            ("headers", .object(headers.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            (
                "progress",
                progress.map { .object([("percent", .int($0.percent)), ("text", .string($0.text))]) } ?? .null
            ),
            ("cancelling", .bool(isCancelling)), ("client", .string(orNull: clientID)), ("error", error),
            ("requires", .array(capabilities.map { .string($0) })), ("worker", .string(orNull: worker)),
            ("unique", .string(orNull: uniqueKey)), ("key", .string(orNull: concurrencyKey)),
            ("batch", .string(orNull: batch)), ("waits_for", .int(waitsFor)),
        ]
        return .object(head + JSONValue.content(hasOutcomeOnly ? "result" : "payload", payload) + tail)
    }

    private var error: JSONValue {
        if errorType.isEmpty, errorMessage.isEmpty { return .null }
        return .object([
            ("type", .string(errorType)), ("message", .string(errorMessage)), ("traceback", .string(traceback)),
            ("worker", .string(errorWorker)),
            ("at", failedMillisecondsSince1970.map { .string(Output.moment($0)) } ?? .null),
        ])
    }

    /// Everything, in two columns; long texts follow as blocks.
    func print(queue: String, now: Int64) throws {
        var rows = [("job", id), ("queue", queue), ("state", isCancelling ? "\(state), is to stop" : state.rawValue)]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { rows.append((name, value.visible)) }
        }
        func moment(_ milliseconds: Int64?) -> String? {
            milliseconds.map { at in
                let distance = Duration.milliseconds(abs(at - now)).brief
                return "\(Output.moment(at)) (\(at > now ? "in \(distance)" : "\(distance) ago"))"
            }
        }
        add("task", task)
        rows.append(("attempt", maxAttempts > 0 ? "\(attempt) of \(maxAttempts)" : String(attempt)))
        if priority != 0 { rows.append(("priority", String(priority))) }
        add("pushed", moment(pushedMillisecondsSince1970))
        switch state {
        case .delayed: add("due", moment(dueMillisecondsSince1970))
        case .active: add("lease ends", moment(dueMillisecondsSince1970))
        case .dead, .completed, .cancelled, .skipped: add("ended", moment(dueMillisecondsSince1970))
        case .waiting, .blocked: break
        }
        add("progress", progress.map { $0.text.isEmpty ? "\($0.percent)%" : "\($0.percent)% \($0.text)" })
        add("client", clientID)
        add("requires", capabilities.joined(separator: ","))
        add("worker", worker)
        add("unique", uniqueKey)
        add("key", concurrencyKey)
        add("batch", batch)
        if waitsFor > 0 { rows.append(("waits for", waitsFor == 1 ? "1 job" : "\(waitsFor) jobs")) }
        add("content type", contentType)
        for header in headers.sorted(by: { $0.key < $1.key }) { add("header \(header.key.visible)", header.value) }
        let hasFailed = failedMillisecondsSince1970 != nil || state == .dead
        add(hasFailed ? "error type" : "reason type", errorType)
        add("failed", moment(failedMillisecondsSince1970))
        add("failed at", errorWorker)
        try Output.table(rows)
        try Output.block(hasFailed ? "error" : "reason", errorMessage)
        try Output.block("traceback", traceback)
        let content = String(validating: payload, as: UTF8.self)
        let name = hasOutcomeOnly ? "result" : "payload"
        let bytes = "\(payload.count) bytes that are no text: \(payload.prefix(32).hexadecimal)"
        try Output.block(name, content ?? (payload.count > 32 ? bytes + "..." : bytes))
    }
}
