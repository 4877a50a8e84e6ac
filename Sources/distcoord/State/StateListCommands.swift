// distcoord state ls, clear, watch

import ArgumentParser
import DistCoord

struct StateListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Print the keys that begin with a prefix, in order.",
        usage: "distcoord state ls [PREFIX] [--long] [--limit N] [--scope NAME] [--json]",
        discussion: """
            Examples:
              distcoord state ls
              distcoord state ls api/ --long
              distcoord state ls api/ -o jsonl | jq -r .value
            """,
        aliases: ["list"])

    @Argument(help: "What the keys begin with. Default: all.")
    var prefix: String?

    @Flag(name: .shortAndLong, help: "Also kind, version, time to live, and the value's beginning.")
    var long = false

    @Option(name: .long, help: ArgumentHelp("At most that many. Default: all.", valueName: "number"))
    var limit: Int?

    @OptionGroup var scope: StateScope
    @OptionGroup var global: GlobalOptions

    /// Entries in one call.
    private static let perCall = 500

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): at least 1") }
    }

    func run() throws {
        let state = try scope.open(global.open())
        var entries: [StateEntry] = []
        var left = limit ?? .max
        var cursor: String?
        repeat {
            let page = try state.list(prefix: prefix ?? "", cursor: cursor, limit: min(left, Self.perCall))
            left -= page.entries.count
            cursor = page.cursor
            // As they come where nothing must be known of the others: there may be very many.
            switch global.form {
            case .json: entries += page.entries
            case .jsonl: for entry in page.entries { try Output.line(entry.json) }
            case .table where long: entries += page.entries
            case .table: for entry in page.entries { try Output.line(entry.key) }
            }
        } while cursor != nil && left > 0
        if global.form == .jsonl || entries.isEmpty && global.form == .table { return }
        try global.printList(
            entries, heading: ["KEY", "KIND", "SIZE", "VERSION", "TTL", "VALUE"],
            row: {
                [
                    $0.key.visible, $0.kind.rawValue, String($0.size), String($0.version), $0.timeLeft?.brief ?? "",
                    $0.preview,
                ]
            }, json: \.json)
    }
}

struct StateClearCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Delete all keys that begin with a prefix; print how many.",
        usage: "distcoord state clear [PREFIX] [-y] [--scope NAME]",
        discussion: "Example: distcoord state clear api/ -y")

    @Argument(help: "What the keys begin with. Default: all of the scope.")
    var prefix: String?

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var scope: StateScope
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let which = prefix.map { "all keys that begin with '\($0)'" } ?? "all keys"
        try confirmation.demand("scope '\(scope.scope ?? "default")': delete \(which)?")
        let count = try scope.open(global.open()).clear(prefix: prefix ?? "")
        if global.printsJSON {
            try Output.line(.object([("deleted", .int(count))]))
        } else {
            try Output.line(String(count))
        }
    }
}

struct StateWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print what is under a key, or under all of a prefix, now and at each change.",
        usage: """
            distcoord state watch KEY [--count N] [--wait 10s | -n] [--scope NAME] [--json]
            distcoord state watch --prefix PREFIX
            """,
        discussion: """
            Examples:
              distcoord state watch api/url
              distcoord state watch --prefix api/ --json

            A line for each change: 'value', the key and the value; 'list', the key and its number of items; 'absent' \
            and the key of what was deleted or has expired. Of a key that changes faster than it is read the latest is \
            seen, never an older one after it. With --json each line is an object.
            """)

    @Argument(help: "The key.")
    var key: String?

    @Option(name: .long, help: ArgumentHelp("All keys that begin with that; '' for all.", valueName: "text"))
    var prefix: String?

    @OptionGroup var scope: StateScope
    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if (key == nil) == (prefix == nil) { throw ValidationError("give either a key or --prefix") }
    }

    func run() throws {
        let signals = try Signals()
        let state = try scope.open(global.open())
        let what = key ?? prefix ?? ""
        let watch = try state.watch(what, isPrefix: key == nil)
        try Streaming(title: "state '\(what)'", signals: signals, options: stream).run(watch) {
            [printsJSON = global.printsJSON] entry in
            if printsJSON { return try Output.line(entry.json) }
            let key = entry.key.visible
            switch entry.kind {
            case .absent: try Output.line("absent \(key)")
            case .list: try Output.line("list \(key) \(entry.count)")
            case .value: try Output.line("value \(key) \(entry.text.visible)")
            }
        }
    }
}
