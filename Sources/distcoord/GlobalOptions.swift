// What every command takes, and the client it makes of it.

import ArgumentParser
import DistCoord

/// Which server, which namespace, and how much to say.
struct ConnectionOptions: ParsableArguments {
    @Option(name: [.customShort("u"), .long], help: "The server. Default: $DISTCOORD_URL, else $REDIS_URL.")
    var url: String?

    @Option(
        name: .long,
        help: "Programs meet only inside one namespace. Default: $DISTCOORD_NAMESPACE, else 'default'.")
    var namespace: String?

    @Option(name: .long, help: "How this process is shown to others. Default: $DISTCOORD_LABEL, else user@host:pid.")
    var label: String?

    @Flag(name: .shortAndLong, help: "Say nothing on stderr but errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say more on stderr; twice for every step.")
    var verbose: Int

    /// - Parameter least: What a flag of the command has the library say on stderr, however little else it is to say.
    func open(logging least: LogLevel = .off) throws -> BlockingClient {
        let level = max(try logLevel(), least)
        var options = ClientOptions(namespace: namespace, label: label, logLevel: level)
        if level != .off { options.log = { _, message in Output.note(message) } }
        do throws(DistCoordError) {
            return try BlockingClient(url: url, options: options)
        } catch {
            // What is wrong and not on the command line comes from the environment.
            let isConfigured = error.code == .invalidArgument && url == nil && namespace == nil && label == nil
            if isConfigured { throw Complaint(error.message, status: ExitStatus.badConfiguration) }
            throw error
        }
    }

    private func logLevel() throws -> LogLevel {
        if verbose > 0 { return verbose > 1 ? .debug : .info }
        guard let name = Environment.value("DISTCOORD_LOG"), !name.isEmpty else { return quiet ? .off : .warning }
        let levels: [String: LogLevel] = [
            "off": .off, "error": .error, "warning": .warning, "info": .info, "debug": .debug, "trace": .debug,
        ]
        guard let level = levels[name] else {
            throw Complaint(
                "DISTCOORD_LOG is '\(name)'; off, error, warning, info, debug and trace are known",
                status: ExitStatus.badConfiguration)
        }
        return level
    }

    /// For people: not with `--quiet`.
    func note(_ message: @autoclosure () -> String) {
        if !quiet { Output.note(message()) }
    }
}

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("How to print data: table, json, or jsonl, a line for each of a list.", valueName: "form"))
    var output: OutputForm?

    @Flag(name: .long, help: "Print JSON; the same as -o json.")
    var json = false

    mutating func validate() throws {
        if json, output == .table { throw ValidationError("--json and -o table exclude each other") }
    }

    /// By flag or by `DISTCOORD_OUTPUT`.
    var form: OutputForm {
        output ?? (json ? .json : Environment.value("DISTCOORD_OUTPUT").flatMap(OutputForm.init) ?? .table)
    }

    var printsJSON: Bool { form != .table }

    func open(logging least: LogLevel = .off) throws -> BlockingClient {
        let output = Environment.value("DISTCOORD_OUTPUT") ?? ""
        guard output.isEmpty || OutputForm(rawValue: output) != nil else {
            throw Complaint(
                "DISTCOORD_OUTPUT is '\(output)'; table, json and jsonl are known", status: ExitStatus.badConfiguration)
        }
        return try connection.open(logging: least)
    }

    func note(_ message: @autoclosure () -> String) { connection.note(message()) }

    /// A list: as a table nothing if it is empty, as JSON an array, as lines one object each.
    func printList<Item>(
        _ items: [Item], heading: [String], row: (Item) -> [String], json: (Item) -> JSONValue
    ) throws {
        switch form {
        case .json: try Output.line(.array(items.map(json)))
        case .jsonl: for item in items { try Output.line(json(item)) }
        case .table: if !items.isEmpty { try Output.columns(heading, items.map(row)) }
        }
    }
}

/// How data is printed.
enum OutputForm: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl
}

/// How long to wait, and what to answer when it was in vain.
struct WaitOptions: ParsableArguments {
    @Option(
        name: [.customShort("w"), .long, .customLong("timeout")],
        help: ArgumentHelp(
            "How long to wait; 0 tries once. Default: $DISTCOORD_TIMEOUT, else for ever.", valueName: "duration"))
    var wait: WrittenDuration?

    @Flag(name: [.customShort("n"), .customLong("nonblock")], help: "Do not wait.")
    var nonblock = false

    @Option(
        name: [.customShort("E"), .customLong("conflict-exit-code")],
        help: ArgumentHelp("Exit status when it was not had.", valueName: "number"))
    var conflictExitCode: Int32 = ExitStatus.temporary

    mutating func validate() throws {
        guard (0...255).contains(conflictExitCode) else {
            throw ValidationError("-E \(conflictExitCode): an exit status is a number from 0 to 255")
        }
        if nonblock, wait != nil { throw ValidationError("-n and --wait exclude each other") }
    }

    func limit() throws -> WaitLimit {
        WaitLimit(milliseconds: try milliseconds(), conflictStatus: conflictExitCode)
    }

    /// For the library: negative waits for ever.
    func milliseconds() throws -> Int64 {
        if nonblock { return 0 }
        guard let wait = try wait ?? WrittenDuration.environment("DISTCOORD_TIMEOUT") else { return -1 }
        return wait.duration.wholeMilliseconds
    }
}

/// How long to wait, and the exit status when it was in vain.
struct WaitLimit {
    /// Negative waits for ever.
    let milliseconds: Int64
    let conflictStatus: Int32
}

/// How long a grant outlives its holder.
struct LeaseOptions: ParsableArguments {
    @Option(
        name: [.long, .customLong("ttl")],
        help: ArgumentHelp(
            "How long it stays taken if this process dies; renewed while it lives. Default: $DISTCOORD_TTL, else 10s.",
            valueName: "duration"))
    var lease: WrittenDuration?

    func duration() throws -> Duration {
        try (lease ?? WrittenDuration.environment("DISTCOORD_TTL"))?.duration ?? .seconds(10)
    }
}
