// distcoord job

import ArgumentParser
import DistCoord
import Glibc

struct JobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Wait for the result of a job.",
        discussion: "Example: distcoord job wait \"$id\" --timeout 5m",
        subcommands: [JobWaitCommand.self])
}

struct JobWaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until a job has ended, and print its result.",
        discussion: """
            Example: distcoord job wait "$id" --queue thumbs --timeout 5m

            Exit status 1: the job failed for good (its error is on stderr), or it is not known, or its result is no \
            longer kept. Without --queue each queue of the namespace is asked once for the job.
            """)

    @Argument(help: "The job's id.")
    var id: String

    @Option(name: [.customShort("Q"), .long], help: "The job's queue.")
    var queue: String?

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        let handle: BlockingQueue
        if let queue {
            handle = try BlockingQueue(client, queue)
        } else if let found = try BlockingQueue.find(client, job: id) {
            handle = found
        } else {
            throw Complaint("job '\(id)': not known in namespace '\(client.namespace)'", status: ExitStatus.no)
        }
        let (answer, result) = try handle.result(of: id, waitMilliseconds: waiting.milliseconds())
        guard let result else { throw missing(answer, handle.name) }
        if global.printsJSON {
            try Output.line(json(result, handle.name))
        } else if result.state == .completed {
            try Output.write(result.bytes)
            // A prompt right behind the result would look like a part of it; in a pipe the bytes stay as they are.
            if isatty(STDOUT_FILENO) == 1, result.bytes.last != UInt8(ascii: "\n") { try Output.line("") }
        }
        if result.state == .dead {
            let attempts = result.attempts == 1 ? "1 attempt" : "\(result.attempts) attempts"
            throw Complaint("job '\(id)': failed after \(attempts): \(result.text)", status: ExitStatus.no)
        }
    }

    private func missing(_ answer: Answer, _ queue: String) -> any Error {
        switch answer {
        case .timedOut: Complaint("job '\(id)': not ended yet", status: waiting.conflictExitCode)
        case .expired: Complaint("job '\(id)': ended, but its result is no longer kept", status: ExitStatus.no)
        default: Complaint("job '\(id)': not known in queue '\(queue)'", status: ExitStatus.no)
        }
    }

    private func json(_ result: JobResult, _ queue: String) -> JSONValue {
        let isCompleted = result.state == .completed
        let text = String(validating: result.bytes, as: UTF8.self)
        return .object([
            ("id", .string(id)), ("queue", .string(queue)), ("state", .string(result.state.rawValue)),
            ("attempts", .int(result.attempts)),
            ("finished", .string(Output.moment(result.finishedMillisecondsSince1970))),
            ("result", isCompleted ? text.map(JSONValue.string) ?? .null : .null),
            // JSON carries text only; other bytes are told in hexadecimal digits.
            ("result_hex", isCompleted && text == nil ? .string(Self.hexadecimal(result.bytes)) : .null),
            ("error", isCompleted ? .null : .string(result.text)),
        ])
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
