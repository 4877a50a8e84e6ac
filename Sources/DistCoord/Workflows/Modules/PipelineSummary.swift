// What became of a pipeline.

/// What became of the run of a pipeline: the same in every instance.
public struct PipelineSummary: Sendable, CustomStringConvertible {
    /// What became of a module.
    public struct ModuleSummary: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// How it ended.
        public var state: StepState
        /// The instance that ended it; `nil` when none did, or it is not known any more which one that client was.
        public var instance: Int?
        /// Identity of that instance's client; empty when none ended it.
        public var clientID: String
        /// How long the last attempt took; `nil` when there was none.
        public var duration: Duration?
        /// How many attempts there were.
        public var attempts: Int
        /// What went wrong, or why it did not run.
        public var error: String
    }

    /// The pipeline's name.
    public var pipeline: String
    /// The identity of the run.
    public var identity: String
    /// How it ended.
    public var state: RunState
    /// Why it did not succeed: the first module that failed and its error, or who stopped it.
    public var reason: String
    /// How long it took.
    public var duration: Duration
    /// Its modules in order.
    public var modules: [ModuleSummary]
    /// The run, to ask for more.
    public let run: WorkflowRun

    let names: ModuleNames

    /// The status to exit with: 0 when it succeeded, 1 when it failed, 130 when it was stopped.
    public var exitStatus: Int32 {
        switch state {
        case .succeeded: 0
        case .cancelled: 130
        default: 1
        }
    }

    /// What a module returned. Throws ``JobError`` when it did not succeed, otherwise as
    /// ``ModuleContext/output(of:)``.
    public func output<Output, Ran: Module>(of type: Ran.Type) async throws -> Output
    where Ran.Output == Output, Output: Decodable {
        try await run.value(of: names.only(type), timeout: .zero)
    }

    /// A table of the modules, and how it ended.
    public var description: String {
        var rows = [["Module", "Result", "Instance", "Duration", "Attempts"]]
        for module in modules {
            rows.append([
                module.name, module.state.rawValue, module.instance.map(String.init) ?? "-",
                module.duration.map(\.shown) ?? "-", String(module.attempts),
            ])
        }
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines: [String] = []
        for (number, row) in rows.enumerated() {
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            lines.append(line)
            // The header has no module; why all were cancelled is said at the end.
            guard number > 0, modules[number - 1].state != .cancelled else { continue }
            lines += modules[number - 1].error.split(separator: "\n", omittingEmptySubsequences: true).map {
                "    \($0)"
            }
        }
        let why = reason.isEmpty ? "" : ": \(reason)"
        lines.append("\(pipeline) (\(identity)) \(state.rawValue) after \(duration.shown)\(why)")
        return lines.joined(separator: "\n")
    }
}

extension Duration {
    /// For people: "12 ms", "1.3 s", "4 min 20 s".
    fileprivate var shown: String {
        let milliseconds = max(0, wholeMilliseconds)
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let (tenths, seconds) = (milliseconds / 100, milliseconds / 1000)
        if seconds < 60 { return "\(tenths / 10).\(tenths % 10) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }
}
