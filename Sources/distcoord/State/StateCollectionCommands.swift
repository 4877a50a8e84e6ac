// distcoord state add, append, items

import ArgumentParser
import DistCoord

struct StateAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add to a counter; print its value.",
        usage: "distcoord state add KEY [--by N] [--ttl 1h] [--scope NAME]",
        discussion: """
            Examples:
              distcoord state add visits
              distcoord state add stock --by -3

            A counter that is not there is 0. Exit status 78: what is there is no number, or the sum is too large.
            """,
        aliases: ["incr"])

    @OptionGroup var place: StatePlace

    @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("How much; may be negative.", valueName: "number"))
    var by: Int64 = 1

    @Option(
        name: .long, help: ArgumentHelp("It is gone after that time. Default: as before.", valueName: "duration"))
    var ttl: WrittenDuration?

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let value = try place.open(global.open()).add(
            place.key, by, ttl: ttl?.life ?? .kept)
        if global.printsJSON {
            try Output.line(.object([("key", .string(place.key)), ("value", .int(value))]))
        } else {
            try Output.line(String(value))
        }
    }
}

struct StateAppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Append to a list; print how many items it has.",
        usage: """
            distcoord state append KEY VALUE [--limit N] [--ttl 1h] [--scope NAME]
            ... | distcoord state append KEY --lines
            """,
        discussion: """
            Examples:
              distcoord state append log 'deployed 42' --limit 1000
              distcoord state append --lines log < urls

            A list that is not there is empty. Exit status 78: a value is there, no list.
            """)

    @OptionGroup var place: StatePlace

    @Argument(help: "The item; - for stdin.")
    var value: String?

    @Flag(name: .long, help: "One item for each line of stdin.")
    var lines = false

    @Option(name: .long, help: ArgumentHelp("Keep only that many, the newest. Default: all.", valueName: "number"))
    var limit: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("The list is gone after that time. Default: as before.", valueName: "duration"))
    var ttl: WrittenDuration?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): at least 1") }
        if lines, value != nil { throw ValidationError("--lines takes the items from stdin; no VALUE then") }
        if !lines, value == nil, StandardInput.isTerminal {
            throw ValidationError("no value: give it as an argument, '' for an empty one, or on stdin with -")
        }
    }

    func run() throws {
        let state = try place.open(global.open())
        var count: Int?
        func append(_ bytes: [UInt8]) throws {
            count = try state.append(place.key, bytes, limit: limit, ttl: ttl?.life ?? .kept)
        }
        if lines {
            try StandardInput.eachLine { line, _ in try append(line) }
        } else {
            try append(try StandardInput.content(unless: value))
        }
        // Without any line nothing was asked of the server.
        guard let count else { return }
        if global.printsJSON {
            try Output.line(.object([("key", .string(place.key)), ("items", .int(count))]))
        } else {
            try Output.line(String(count))
        }
    }
}

struct StateItemsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "items",
        abstract: "Print the items of a list, a line for each. Exit status 1: it is not there.",
        usage: "distcoord state items KEY [--first N | --last] [--count N] [--scope NAME]",
        discussion: """
            Examples:
              distcoord state items log
              distcoord state items log --last --count 20

            A --first below 0 counts from the end: -1 is the newest.
            """)

    @OptionGroup var place: StatePlace

    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Index of the first, from 0.", valueName: "number"))
    var first = 0

    @Flag(name: .long, help: "The newest --count items.")
    var last = false

    @Option(name: .long, help: ArgumentHelp("At most that many. Default: all.", valueName: "number"))
    var count: Int?

    @OptionGroup var global: GlobalOptions

    /// Items in one call.
    private static let perCall = 1000

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count \(count): at least 1") }
        if last, count == nil { throw ValidationError("--last goes with --count") }
        if last, first != 0 { throw ValidationError("--last and --first exclude each other") }
    }

    func run() throws {
        let state = try place.open(global.open())
        var index = last ? -(count ?? 1) : first
        var left = count ?? .max
        var isFirst = true
        var values: [StateEntry] = []
        while left > 0 {
            let wanted = min(left, Self.perCall)
            guard let items = try state.items(place.key, from: index, count: wanted) else {
                // It may have gone while its pages were read.
                if isFirst { throw place.missing }
                break
            }
            isFirst = false
            if global.printsJSON { values += items } else { try print(items) }
            left -= items.count
            index += items.count
            // Counted from the end, 0 would be the beginning again.
            if items.count < wanted || index == 0 { break }
        }
        if global.printsJSON {
            try global.printList(
                values, heading: [], row: { _ in [] }, json: { .object(JSONValue.content("value", $0.bytes)) })
        }
    }

    private func print(_ items: [StateEntry]) throws {
        var text: [UInt8] = []
        for item in items { text += item.bytes + [UInt8(ascii: "\n")] }
        try Output.write(text)
    }
}
