// distcoord doctor, version, completion

import ArgumentParser
import DistCoord

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the server and the way to it.",
        discussion: """
            Example: distcoord doctor --url redis://db.example:6379

            Exit status 0: it works, also when something should be changed; 69: the server cannot be reached; 77: not \
            permitted; 1: something else does not work.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        let report = try client.check()
        if global.printsJSON {
            try Output.line(
                .object([
                    ("url", .string(client.url)), ("namespace", .string(client.namespace)),
                    ("state", .string(report.state.rawValue)),
                    (
                        "checks",
                        .array(
                            report.checks.map {
                                .object([
                                    ("name", .string($0.name)), ("state", .string($0.state.rawValue)),
                                    ("detail", .string($0.detail)),
                                ])
                            })
                    ),
                ]))
        } else {
            try Output.table([("server", client.url), ("namespace", client.namespace)])
            try Output.table(report.checks.map { ("\($0.state.mark)  \($0.name)", $0.detail) })
            try Output.line(report.state.rawValue)
        }
        if report.state == .unhealthy { throw Ended(status: status(client)) }
    }

    /// The report is in words; what kind of failure it is, the simplest call tells.
    private func status(_ client: BlockingClient) -> Int32 {
        do {
            _ = try client.ping()
            return ExitStatus.no
        } catch {
            return ExitStatus.of(error)
        }
    }
}

extension HealthReport.State {
    fileprivate var mark: String {
        switch self {
        case .healthy: "ok  "
        case .degraded: "warn"
        case .unhealthy: "FAIL"
        }
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version.",
        discussion: "Example: distcoord version --json")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        if global.printsJSON {
            try Output.line(
                .object([("version", .string(Library.version)), ("interface", .int(Int64(Library.interface)))]))
        } else {
            try VersionCommand.printText()
        }
    }

    static func printText() throws {
        try Output.line("distcoord \(Library.version)")
    }
}

struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a completion script.",
        discussion: "Example: distcoord completion bash > /etc/bash_completion.d/distcoord")

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let script =
            switch shell {
            case .bash: Root.completionScript(for: .bash)
            case .zsh: Root.completionScript(for: .zsh)
            case .fish: Root.completionScript(for: .fish)
            }
        try Output.line(script)
    }
}
