// distcoord workflow watch

import ArgumentParser
import DistCoord

struct WorkflowWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print what happens in a run, from its begin to its end.",
        discussion: """
            Example: distcoord workflow watch "$run" -Q etl --json

            What has happened comes first. It ends with the run: exit status 0 when that succeeded, 1 when it did not, \
            or is not known.
            """)

    @OptionGroup var address: RunAddress
    @OptionGroup var options: StreamOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let run = try address.open(global.open())
        let watch = try run.watch()
        let printsJSON = global.printsJSON
        let title = "run '\(run.id)'"
        let missing = try address.missing()
        try Streaming(title: title, signals: signals, options: options).run(
            cancel: watch.cancel,
            take: { milliseconds in
                let (answer, event) = try watch.next(waitMilliseconds: milliseconds)
                if answer == .notFound { throw missing }
                return event.map { .item($0) } ?? .nothing(answer)
            },
            use: { event in
                try Output.line(printsJSON ? event.json.text : event.words)
                if case .ended(let state) = event.kind {
                    // A run that was taken up again goes on after its first end.
                    if let now = try run.wait(milliseconds: 0).summary, !now.state.hasEnded { return }
                    throw Ended(status: state == .succeeded ? ExitStatus.success : ExitStatus.no)
                }
            })
    }
}

extension RunEvent {
    private var name: String {
        switch kind {
        case .started: "started"
        case .ended: "ended"
        case .paused: "paused"
        case .resumed: "resumed"
        case .stopping: "stopping"
        case .stepEnded: "step"
        case .retry: "retry"
        case .expanded: "expanded"
        case .repeated: "repeated"
        case .other: "other"
        }
    }

    private var state: String? {
        switch kind {
        case .ended(let state): state.rawValue
        case .stepEnded(let state): state.rawValue
        default: nil
        }
    }

    fileprivate var json: JSONValue {
        .object([
            ("number", .int(number)), ("at", .string(Output.moment(millisecondsSince1970))), ("event", .string(name)),
            ("step", step.isEmpty ? .null : .string(step)), ("state", .string(orNull: state)),
            ("text", text.isEmpty ? .null : .string(text)),
        ])
    }

    /// In one line.
    fileprivate var words: String {
        let what = state.map { step.isEmpty ? "\(name) \($0)" : $0 } ?? name
        let about = step.isEmpty ? "" : " \(step.visible)"
        return "\(Output.moment(millisecondsSince1970)) \(what)\(about)\(text.isEmpty ? "" : ": \(text.clipped(200))")"
    }
}
