// What came of a run: a table, JSON, and what GitHub shows of it.

import DistCoord
import Glibc

struct RunReport {
    let summary: RunSummary
    let steps: [StepInfo]
    /// What those who worked are called, by the identity of their client.
    let workers: [String: String]

    /// Steps that ran or were to run; groups and maps where they are why something else did not.
    private var rows: [StepInfo] {
        steps.filter { $0.kind == .task || $0.kind == .item || $0.state == .failed || $0.state == .blocked }
    }

    private func place(_ step: StepInfo) -> String {
        workers[step.worker] ?? (step.worker.isEmpty ? "" : step.worker.clipped(12))
    }

    private func cells(_ step: StepInfo) -> [String] {
        [
            step.name.visible, step.state.rawValue, place(step).visible, step.duration?.precise ?? "",
            step.attempts > 0 ? String(step.attempts) : "", step.reason.clipped(80),
        ]
    }

    private static let heading = ["STEP", "STATE", "INSTANCE", "TIME", "ATTEMPTS", "NOTE"]

    func print(_ global: GlobalOptions) throws {
        if global.printsJSON { return try Output.line(json) }
        try Output.columns(Self.heading, rows.map(cells))
        try Output.line(words)
    }

    /// In one line.
    var words: String {
        var parts = ["\(summary.succeeded) succeeded"]
        for (count, word) in [
            (summary.failed, "failed"), (summary.blocked, "blocked"), (summary.skipped, "skipped"),
            (summary.cancelled, "cancelled"),
        ] where count > 0 {
            parts.append("\(count) \(word)")
        }
        let time = summary.duration.map { " in \($0.precise)" } ?? ""
        let why = summary.state == .succeeded || summary.reason.isEmpty ? "" : ": \(summary.reason.clipped(200))"
        return "\(summary.workflow.visible): \(summary.state.rawValue)\(time) (\(parts.joined(separator: ", ")))\(why)"
    }

    var json: JSONValue {
        guard case .object(let members) = summary.json else { return summary.json }
        return .object(members + [("steps", .array(steps.map { $0.json(workers[$0.worker]) }))])
    }

    /// The end decides the status.
    var status: Int32 { summary.state == .succeeded ? ExitStatus.success : ExitStatus.no }

    // MARK: GitHub

    /// - Parameters:
    ///   - speaksForAll: Whether this instance tells what all did: GitHub shows what all jobs say together.
    ///   - client: Our own identity, for errors of steps that ran here.
    func tellGitHub(speaksForAll: Bool, own client: String, toError: Bool) {
        if Environment.value("GITHUB_ACTIONS") == "true" {
            let mine = steps.filter {
                $0.state == .failed && ($0.worker == client || $0.worker.isEmpty && speaksForAll)
            }
            for step in mine where step.kind == .task || step.kind == .item {
                let text = "::error title=\(Self.property(step.name))::\(Self.escaped(step.reason))\n"
                _ = Output.writeAll(Array(text.utf8), to: toError ? STDERR_FILENO : STDOUT_FILENO)
            }
        }
        guard speaksForAll, let path = Environment.value("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        if file < 0 || !Output.writeAll(Array(markdown.utf8), to: file) {
            Output.note("\(path): \(String(cString: strerror(errno))); the summary is not written")
        }
        if file >= 0 { close(file) }
    }

    private var markdown: String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        let heading = Self.heading.map { String($0.prefix(1)) + $0.dropFirst().lowercased() }
        let lines =
            ["### \(words)", "", line(heading), line(heading.map { _ in "---" })] + rows.map { line(cells($0)) }
        return lines.joined(separator: "\n") + "\n\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private static func property(_ text: String) -> String {
        escaped(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}

extension StepInfo {
    /// Of its last attempt, or until now it has none.
    var duration: Duration? {
        guard let begun = startedMillisecondsSince1970, let ended = endedMillisecondsSince1970 else { return nil }
        return .milliseconds(max(0, ended - begun))
    }

    /// Why it did not succeed: kind and last words.
    var reason: String {
        let lines = error.split(separator: "\n")
        guard let first = lines.first, let last = lines.last else { return "" }
        // "exit 3: ..." begins with the kind; what a program says last is what it died of.
        guard lines.count > 1, let kind = first.firstRange(of: ": ") else { return String(first) }
        return "\(first[..<kind.lowerBound]): \(last)"
    }

    func json(_ place: String?) -> JSONValue {
        func moment(_ milliseconds: Int64?) -> JSONValue { milliseconds.map { .string(Output.moment($0)) } ?? .null }
        return .object([
            ("step", .string(name)), ("kind", .string(kind.rawValue)), ("state", .string(state.rawValue)),
            ("group", group.isEmpty ? .null : .string(group)), ("needs", .array(needs.map { .string($0) })),
            ("instance", .string(orNull: place)), ("worker", worker.isEmpty ? .null : .string(worker)),
            ("requires", .array(capabilities.map { .string($0) })), ("attempts", .int(attempts)),
            ("round", .int(round)), ("ready", moment(readyMillisecondsSince1970)),
            ("started", moment(startedMillisecondsSince1970)), ("ended", moment(endedMillisecondsSince1970)),
            ("seconds", duration.map { .number($0.inSeconds) } ?? .null),
            ("error", error.isEmpty ? .null : .string(error)),
        ])
    }
}

extension RunSummary {
    var duration: Duration? {
        endedMillisecondsSince1970.map { .milliseconds(max(0, $0 - startedMillisecondsSince1970)) }
    }

    var json: JSONValue {
        .object([
            ("run", .string(id)), ("workflow", .string(workflow)), ("state", .string(state.rawValue)),
            ("reason", reason.isEmpty ? .null : .string(reason)),
            ("started", .string(Output.moment(startedMillisecondsSince1970))),
            ("ended", endedMillisecondsSince1970.map { .string(Output.moment($0)) } ?? .null),
            ("total", .int(total)), ("waiting", .int(waiting)), ("ready", .int(ready)), ("succeeded", .int(succeeded)),
            ("failed", .int(failed)), ("skipped", .int(skipped)), ("cancelled", .int(cancelled)),
            ("blocked", .int(blocked)),
        ])
    }
}
