// distcoord job wait

import ArgumentParser
import DistCoord

struct JobWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until a job has ended, and print its result.",
        discussion: """
            Example: distcoord job wait "$id" --queue thumbs --timeout 5m

            Exit status 1: the job failed for good (its error is on stderr), was cancelled or skipped, or it is not \
            known, or its result is no longer kept.
            """)

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup var place: JobPlace
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let handle = try place.find(global.open(), id)
        let (answer, result) = try handle.result(of: id, waitMilliseconds: waiting.milliseconds())
        guard let result else { throw missing(answer, handle) }
        if global.printsJSON {
            try Output.line(json(result, handle.name))
        } else if result.state == .completed {
            try Output.content(result.bytes)
        }
        if result.state != .completed { throw Complaint(words(result), status: ExitStatus.no) }
    }

    private func missing(_ answer: Answer, _ queue: BlockingQueue) -> any Error {
        switch answer {
        case .timedOut: Complaint("job '\(id)': not ended yet", status: waiting.conflictExitCode)
        case .expired: Complaint("job '\(id)': ended, but its result is no longer kept", status: ExitStatus.no)
        default: unknown(id, in: queue)
        }
    }

    private func words(_ result: JobResult) -> String {
        guard result.state == .dead else {
            return "job '\(id)': \(result.state.rawValue)" + (result.text.isEmpty ? "" : ": \(result.text)")
        }
        let attempts = result.attempts == 1 ? "1 attempt" : "\(result.attempts) attempts"
        let parts = [result.errorType, result.text].filter { !$0.isEmpty }
        let trace = result.traceback.isEmpty ? "" : "\n\(result.traceback)"
        return "job '\(id)': failed after \(attempts): \(parts.joined(separator: ": "))\(trace)"
    }

    private func json(_ result: JobResult, _ queue: String) -> JSONValue {
        let isCompleted = result.state == .completed
        let head: [(String, JSONValue)] = [
            ("id", .string(id)), ("queue", .string(queue)), ("state", .string(result.state.rawValue)),
            ("attempts", .int(result.attempts)),
            ("finished", .string(Output.moment(result.finishedMillisecondsSince1970))),
        ]
        let content =
            isCompleted ? JSONValue.content("result", result.bytes) : [("result", .null), ("result_hex", .null)]
        let failure: [(String, JSONValue)] = [
            ("error", isCompleted ? .null : .string(result.text)),
            ("error_type", isCompleted ? .null : .string(result.errorType)),
            ("traceback", isCompleted ? .null : .string(result.traceback)),
            ("worker", isCompleted ? .null : .string(result.worker)),
        ]
        return .object(head + content + failure)
    }
}
