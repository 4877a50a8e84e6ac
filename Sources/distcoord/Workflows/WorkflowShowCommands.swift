// distcoord workflow list, show, graph and result

import ArgumentParser
import DistCoord

struct WorkflowListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the runs of a queue, the latest first.",
        discussion: "Example: distcoord workflow list -Q etl --limit 10 --json")

    @OptionGroup var place: RunQueue

    @Option(name: .long, help: "How many at most.")
    var limit = 50

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit \(limit): 1 to 1000 runs can be listed") }
    }

    func run() throws {
        let runs = try place.open(global.open()).runs(offset: 0, limit: limit)
        try global.printList(
            runs, heading: ["RUN", "WORKFLOW", "STATE", "STEPS", "FAILED", "STARTED", "TIME", "NOTE"],
            row: { run in
                [
                    run.id.visible, run.workflow.visible, run.state.rawValue, "\(run.ended)/\(run.total)",
                    String(run.failed), Output.moment(run.startedMillisecondsSince1970),
                    run.duration?.precise ?? "", run.state == .succeeded ? "" : run.reason.clipped(60),
                ]
            }, json: \.json)
    }
}

struct WorkflowShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how a run stands, step by step. Exit status 1: it is not known.",
        discussion: "Example: distcoord workflow show \"$run\" -Q etl --json | jq '.steps[].state'")

    @OptionGroup var address: RunAddress
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        let run = try address.open(client)
        let summary = try address.summary(run)
        guard let steps = try run.steps() else { throw try address.missing() }
        let names = Dictionary(try client.workers().map { ($0.clientID, $0.name) }, uniquingKeysWith: { one, _ in one })
        let report = RunReport(summary: summary, steps: steps, workers: names)
        try report.print(global)
    }
}

struct WorkflowGraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print the graph of a run, with the states of its steps. Exit status 1: it is not known.",
        discussion: "Example: distcoord workflow graph \"$run\" -Q etl --form dot | dot -Tsvg > etl.svg")

    @OptionGroup var address: RunAddress

    @Option(name: .long, help: "How to print it.")
    var form: GraphForm = .text

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let run = try address.open(global.open())
        guard let steps = try run.steps() else { throw try address.missing() }
        if global.printsJSON { return try Output.line(.array(steps.map { $0.json(nil) })) }
        try Output.line(GraphText(title: run.id, steps: steps).text(form))
    }
}

struct WorkflowResultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "result",
        abstract: "Wait for a step of a run to end, and print its result.",
        usage: "distcoord workflow result RUN STEP -Q QUEUE [--timeout 5m]",
        discussion: """
            Example: distcoord workflow result "$run" load -Q etl --timeout 0

            Exit status 1: it did not succeed (why is on stderr), or run or step are not known; 75: not ended in time.
            """)

    @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
    var id: String

    @Argument(help: "The step's name; 'name[3]' for one of a map.")
    var step: String

    @OptionGroup var place: RunQueue
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    private var title: String { "step '\(step)' of run '\(id)'" }

    func run() throws {
        let signals = try Signals()
        let handle = try BlockingRun(queue: place.open(global.open()), id: id)
        let milliseconds = try waiting.milliseconds()
        let ((answer, result), signal) = try Waiting.run(heeding: signals, cancel: handle.cancel) { [step] in
            try handle.result(of: step, waitMilliseconds: milliseconds)
        }
        if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
        guard let result else {
            if answer == .timedOut { throw Complaint("\(title): not ended yet", status: waiting.conflictExitCode) }
            throw Complaint("\(title): not known in queue '\(try place.name())'", status: ExitStatus.no)
        }
        let isCompleted = result.state == .completed
        if global.printsJSON {
            let error: [(String, JSONValue)] = [("error", isCompleted ? .null : .string(result.text))]
            let content = JSONValue.content("result", isCompleted ? result.bytes : [])
            try Output.line(
                .object(
                    [("run", .string(id)), ("step", .string(step)), ("state", .string(result.state.rawValue))]
                        + content + error))
        } else if isCompleted {
            try Output.content(result.bytes)
        }
        if isCompleted { return }
        let isTold = result.errorType.isEmpty || result.text.hasPrefix(result.errorType)
        let words = isTold ? result.text : "\(result.errorType): \(result.text)"
        throw Complaint("\(title): \(result.state.stepWord)\(words.isEmpty ? "" : ": \(words)")", status: ExitStatus.no)
    }
}

extension JobResult.State {
    /// Steps fail where jobs are dead.
    fileprivate var stepWord: String { self == .dead ? "failed" : rawValue }
}
