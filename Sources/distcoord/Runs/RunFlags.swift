// What commands take that run a pipeline.

import ArgumentParser
import DistCoord
import Glibc

/// The file.
struct PipelineFlags: ParsableArguments {
    static let usualFile = "pipeline.yaml"

    @Option(name: .shortAndLong, help: "The pipeline; - for stdin. Default: \(PipelineFlags.usualFile).")
    var file: String = PipelineFlags.usualFile

    @Flag(name: .long, help: "Stop the run when a step fails whose group does not forgive it.")
    var failFast = false

    /// As messages name it.
    var title: String { file == "-" ? "stdin" : file }

    func read() throws -> Pipeline { try PipelineReader.read(file) }
}

/// How steps are run here.
struct StepFlags: ParsableArguments {
    @Option(
        name: [.customLong("capability"), .customLong("capabilities")],
        help: ArgumentHelp("What is here for steps that require it, for example gpu,docker.", valueName: "names"))
    var capability: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Keep what each step says in a file of that directory.", valueName: "directory"))
    var logDir: String?

    @Option(
        name: .long,
        help: ArgumentHelp("From SIGTERM to SIGKILL for a step that is stopped. Default: 5s.", valueName: "duration"))
    var killAfter: WrittenDuration?

    var capabilities: [String] {
        capability.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
            + [StepCommand.capability]
    }

    func makeLogDirectory() throws {
        guard let logDir else { return }
        if mkdir(logDir, 0o777) != 0, errno != EEXIST || !StepFolder.isDirectory(logDir) {
            throw Complaint("\(logDir): \(String(cString: strerror(errno)))", status: ExitStatus.badConfiguration)
        }
    }

    func settings(_ global: GlobalOptions, _ printer: StepPrinter, place: String) -> WorkerSettings {
        WorkerSettings(
            command: [], killAfter: killAfter?.duration.wholeMilliseconds ?? 5000,
            isQuiet: global.connection.quiet,
            steps: StepSettings(place: place, global, printer: printer, logDirectory: logDir))
    }
}

extension StepPrinter {
    /// Steps' words on stdout, unless that is for data.
    convenience init(_ global: GlobalOptions) {
        let isTerminal = isatty(STDERR_FILENO) == 1 && Environment.value("TERM") != "dumb"
        self.init(
            showsOutput: !global.connection.quiet, toError: global.printsJSON,
            hasStatus: isTerminal && !global.connection.quiet)
    }
}

extension RunSession {
    /// Runs to the end, tells what came of it, and ends with the status that says so.
    static func perform(
        _ place: any RunPlace, _ flags: StepFlags, _ pipeline: Pipeline, jobs: Int, name: String,
        client: BlockingClient,
        _ global: GlobalOptions, _ signals: Signals
    ) throws {
        let printer = StepPrinter(global)
        let follower = try RunFollower(place, printer, tellsSteps: !global.connection.quiet)
        let session = RunSession(
            place: place, signals: signals, settings: flags.settings(global, printer, place: name), printer: printer,
            jobs: jobs, timeout: pipeline.timeout, follower: follower)
        switch try session.run() {
        case .left(let signal):
            global.note("\(place.title): left; it goes on where others work on it")
            throw Ended(status: ExitStatus.signalled(signal.number))
        case .ended(let summary, let signal):
            let steps = try place.run.steps() ?? []
            let report = RunReport(summary: summary, steps: steps, workers: follower.workers)
            try report.print(global)
            report.tellGitHub(speaksForAll: place.speaksForAll, own: client.id, toError: global.printsJSON)
            if let signal, summary.state != .succeeded { throw Ended(status: ExitStatus.signalled(signal.number)) }
            try endUnlessSuccess(report.status)
        }
    }
}
