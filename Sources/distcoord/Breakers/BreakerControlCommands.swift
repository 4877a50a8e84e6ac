// distcoord breaker show, open, close, reset, watch

import ArgumentParser
import DistCoord

/// A breaker of which only the name matters.
struct BreakerPlace: ParsableArguments {
    @Argument(help: "The breaker's name.")
    var name: String

    func open(_ client: BlockingClient) throws -> BlockingBreaker { try BlockingBreaker(client, name) }
}

struct BreakerShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how a breaker stands. Exit status 1: it is open.",
        discussion: "Example: distcoord breaker show billing --json")

    @OptionGroup var place: BreakerPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let info = try place.open(global.open()).inspect()
        if global.printsJSON {
            try Output.line(info.json(place.name))
        } else {
            var rows = [("breaker", place.name), ("state", info.words)]
            if info.sinceMillisecondsSince1970 > 0 {
                rows.append(("since", Output.moment(info.sinceMillisecondsSince1970)))
            }
            rows += [
                ("failures", String(info.failures)), ("trials", String(info.trials)),
                ("succeeded", String(info.succeeded)), ("failed", String(info.failed)),
                ("rejected", String(info.rejected)), ("opened", String(info.opened)),
            ]
            try Output.table(rows)
        }
        try endUnlessSuccess(info.isOpen ? ExitStatus.no : ExitStatus.success)
    }
}

struct BreakerOpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Force a breaker open for all, until it is reset.",
        discussion: "Example: distcoord breaker open billing",
        aliases: ["trip"])

    @OptionGroup var place: BreakerPlace
    @OptionGroup var global: GlobalOptions

    func run() throws { try place.open(global.open()).force(open: true) }
}

struct BreakerCloseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Force a breaker closed for all, whatever fails, until it is reset.",
        discussion: "Example: distcoord breaker close billing")

    @OptionGroup var place: BreakerPlace
    @OptionGroup var global: GlobalOptions

    func run() throws { try place.open(global.open()).force(open: false) }
}

struct BreakerResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Close a breaker, forget its failures, and end what was forced.",
        discussion: "Example: distcoord breaker reset billing")

    @OptionGroup var place: BreakerPlace
    @OptionGroup var global: GlobalOptions

    func run() throws { try place.open(global.open()).reset() }
}

struct BreakerWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print the state of a breaker, now and at each change.",
        usage: "distcoord breaker watch NAME [--count N] [--wait 10s | -n] [-E N] [--json]",
        discussion: """
            Example: distcoord breaker watch billing

            One of closed, open, half-open, forced-closed, forced-open on each line; with --json an object.
            """)

    @OptionGroup var place: BreakerPlace
    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let watch = try place.open(global.open()).watch()
        try Streaming(title: "breaker '\(place.name)'", signals: signals, options: stream).run(watch) {
            [name = place.name, printsJSON = global.printsJSON] info in
            if printsJSON { try Output.line(info.json(name)) } else { try Output.line(info.state.word) }
        }
    }
}

extension BreakerState {
    /// As it is written everywhere outside Swift.
    fileprivate var word: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half-open"
        case .forcedClosed: "forced-closed"
        case .forcedOpen: "forced-open"
        }
    }
}

extension BreakerInfo {
    fileprivate var isOpen: Bool { state == .open || state == .forcedOpen }

    fileprivate var words: String {
        guard state == .open, let retryAfter else { return state.word }
        return "\(state.word), tries again in \(retryAfter.brief)"
    }

    fileprivate func json(_ name: String) -> JSONValue {
        let since = sinceMillisecondsSince1970
        return .object([
            ("breaker", .string(name)), ("state", .string(state.word)), ("open", .bool(isOpen)),
            ("since", since > 0 ? .string(Output.moment(since)) : .null),
            ("retry_after_seconds", isOpen ? retryAfter.map { .number($0.inSeconds) } ?? .null : .null),
            ("failures", .int(failures)), ("trials", .int(trials)), ("succeeded", .int(succeeded)),
            ("failed", .int(failed)), ("rejected", .int(rejected)), ("opened", .int(opened)),
        ])
    }
}
