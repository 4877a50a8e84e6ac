// One attempt at a step: its folder, its artifacts, its condition, its command, its result.

import DistCoord
import Glibc

/// What all steps of a worker have in common.
struct StepSettings {
    let printer: StepPrinter
    /// Where what steps say is kept, a file for each.
    var logDirectory: String?
    /// What steps are told of where they run.
    let place: String
    /// The server and the namespace for commands within steps.
    let variables: [(name: String, value: String)]

    init(
        place: String, _ global: GlobalOptions, printer: StepPrinter? = nil, logDirectory: String? = nil
    ) {
        self.place = place
        self.printer =
            printer ?? StepPrinter(showsOutput: !global.connection.quiet, toError: global.printsJSON)
        self.logDirectory = logDirectory
        var variables: [(name: String, value: String)] = []
        if let url = global.connection.url { variables.append(("DISTCOORD_URL", url)) }
        if let namespace = global.connection.namespace { variables.append(("DISTCOORD_NAMESPACE", namespace)) }
        self.variables = variables
    }
}

/// What an attempt came to.
enum StepEnd {
    case completed([UInt8])
    case skipped(String)
    case failed(JobFailure)
    case stopped(JobStop)
}

struct StepRunner {
    let job: BlockingJob
    let settings: StepSettings
    let worker: String
    let killAfter: Int64
    let signals: Signals
    let progress: ProgressReporter

    /// Ends the steps of an attempt before the last.
    private struct Early: Error {
        let end: StepEnd
    }

    func run(pokes: Int32, mustStop: () -> Bool) -> StepEnd {
        let output = settings.printer.begin(job.step, attempt: job.attempt, in: settings.logDirectory)
        defer { output.end() }
        do {
            return try attempt(pokes, mustStop, output)
        } catch let early as Early {
            return early.end
        } catch let failure as JobFailure {
            output.say(failure.message)
            return .failed(failure)
        } catch let error as DistCoordError {
            output.say(error.message)
            return .failed(JobFailure(error.message, type: "\(error.code)"))
        } catch {
            return .failed(JobFailure("\(error)", type: "step"))
        }
    }

    private func attempt(_ pokes: Int32, _ mustStop: () -> Bool, _ output: StepOutput) throws -> StepEnd {
        let command: StepCommand
        do {
            command = try StepCommand(decoding: job.payload)
        } catch {
            throw JobFailure("this is no command of a step: \(error)", type: "step", retry: false)
        }
        if let directory = command.dir, !StepFolder.isDirectory(directory) {
            throw JobFailure("there is no directory '\(directory)'", type: "directory")
        }
        let folder = try StepFolder()
        let (answer, inputs) = try job.inputs()
        if answer != .ok { throw JobFailure("the run is no longer known", type: "run", retry: false) }
        try folder.write(inputs)
        let files = StepFiles(run: try job.openRun(), directory: command.dir)
        try files.fetch(command.fetch ?? [])

        let environment = Environment.forChild(variables(command, folder, inputs))
        func start(_ arguments: [String]) throws -> (end: ChildProcess.End, tail: String) {
            let plan = JobPlan(
                arguments: arguments, environment: environment, directory: command.dir, keepsOutput: false,
                killAfter: killAfter, pass: output.take)
            do {
                let process = try JobProcess(job, plan, signals)
                switch process.run(pokes: pokes, progress: progress, mustStop: mustStop) {
                case .ended(let end, _, let tail): return (end, tail)
                case .stopped(let reason): throw Early(end: .stopped(reason))
                }
            } catch let failure as SpawnFailure {
                output.say(failure.message)
                throw Early(end: .failed(Self.failure("exit \(failure.status)", failure.message)))
            }
        }

        if let condition = command.when {
            let (end, tail) = try start(command.shellArguments(condition))
            switch end {
            case .exited(0): break
            case .exited(1): return .skipped("when: \(condition)")
            default: return .failed(Self.failure("when: \(end.words)", tail))
            }
        }
        let (end, tail) = try start(command.arguments)
        guard case .exited(0) = end else { return .failed(Self.failure(end.words, tail)) }
        try files.publish(command.publish ?? [])
        return .completed(try folder.takeResult())
    }

    /// The kind is also part of the message: lists of a run's steps tell nothing else.
    private static func failure(_ kind: String, _ words: String) -> JobFailure {
        JobFailure(words.isEmpty ? kind : "\(kind): \(words)", type: kind)
    }

    // MARK: Environment

    private func variables(
        _ command: StepCommand, _ folder: StepFolder, _ inputs: [StepInput]
    ) -> [(name: String, value: String)] {
        var variables = JobVariables.of(job, worker: worker) + settings.variables
        variables += StepVariables.of(job, folder, inputs)
        variables += [("DISTCOORD_INSTANCE", settings.place), ("DISTCOORD_RESULT", folder.result)]
        variables += (command.env ?? [:]).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        // What the file says itself counts, so the last of a name is kept.
        var seen: Set<String> = []
        return variables.reversed().filter { seen.insert($0.name).inserted && !$0.value.utf8.contains(0) }.reversed()
    }
}
