// distcoord state get, set, cas, del, expire

import ArgumentParser
import DistCoord

struct StateGetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Print a value as it is. Exit status 1: it is not there.",
        discussion: """
            Examples:
              url=$(distcoord state get api/url)
              distcoord state get api/url --json | jq .version

            Of a list 'state items' prints the items; --json tells its version and length here, too.
            """)

    @OptionGroup var place: StatePlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard let entry = try place.open(global.open()).get(place.key) else {
            if global.printsJSON { try Output.line(.null) }
            throw place.missing
        }
        if global.printsJSON { return try Output.line(entry.json) }
        if entry.kind == .list {
            throw Complaint(
                "\(place.title): it is a list", hint: "'distcoord state items' prints it",
                status: ExitStatus.badConfiguration)
        }
        try Output.content(entry.bytes)
    }
}

struct StateSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Write a value, whatever was there; print its version.",
        usage: """
            distcoord state set KEY VALUE [--ttl 1h | --keep-ttl] [--scope NAME]
            ... | distcoord state set KEY -
            """,
        discussion: """
            Examples:
              distcoord state set api/url http://10.0.0.7:8080 --ttl 1h
              distcoord state set settings - < settings.json
              distcoord state set offset -- -5
            """)

    @OptionGroup var place: StatePlace
    @OptionGroup var content: StateContent
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let state = try place.open(global.open())
        try VersionPrinter.show(
            place, try state.set(place.key, try content.bytes(), ttl: content.timeToLive), global)
    }
}

struct StateCompareAndSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cas",
        abstract: "Write a value if the key has a version; print the new one. Exit status 75: it has another.",
        usage: "distcoord state cas KEY VERSION VALUE [--ttl 1h | --keep-ttl] [--scope NAME]",
        discussion: """
            Examples:
              distcoord state cas plan 0 'the first text'
              distcoord state cas plan 1763719012345678 'the next one'

            Version 0: only if nothing is there. 'state set', 'cas' and 'get --json' tell the version. With status 75 \
            nothing was written.
            """)

    @OptionGroup var place: StatePlace

    @Argument(help: "The version that it must have.")
    var version: UInt64

    @OptionGroup var content: StateContent
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let state = try place.open(global.open())
        let (answer, now) = try state.set(
            place.key, try content.bytes(), ttl: content.timeToLive, ifVersion: version)
        if answer == .changed { throw place.changed(now, from: version) }
        try VersionPrinter.show(place, now, global)
    }
}

enum VersionPrinter {
    static func show(_ place: StatePlace, _ version: UInt64, _ global: GlobalOptions) throws {
        if global.printsJSON {
            try Output.line(.object([("key", .string(place.key)), ("version", .int(version))]))
        } else {
            try Output.line(String(version))
        }
    }
}

struct StateDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "del",
        abstract: "Delete what is under a key. Exit status 1: nothing is there.",
        usage: "distcoord state del KEY [--if-version N] [--scope NAME]",
        discussion: """
            Example: distcoord state del api/url

            Exit status 75: it has another version than that of --if-version.
            """,
        aliases: ["delete"])

    @OptionGroup var place: StatePlace

    @Option(name: .long, help: ArgumentHelp("Only if it has that version.", valueName: "number"))
    var ifVersion: UInt64?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if ifVersion == 0 { throw ValidationError("--if-version 0: what is not there cannot be deleted") }
    }

    func run() throws {
        let state = try place.open(global.open())
        switch try state.delete(place.key, ifVersion: ifVersion) {
        case .ok: return
        case .changed: throw place.changed(try state.get(place.key)?.version ?? 0, from: ifVersion ?? 0)
        default: throw place.missing
        }
    }
}

struct StateExpireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Change when a key is gone; its version stays. Exit status 1: nothing is there.",
        usage: "distcoord state expire KEY DURATION|never [--scope NAME]",
        discussion: """
            Examples:
              distcoord state expire api/url 10m
              distcoord state expire api/url never
            """)

    @OptionGroup var place: StatePlace

    @Argument(help: ArgumentHelp("After how long, or never.", valueName: "duration"))
    var after: Expiry

    @OptionGroup var global: GlobalOptions

    func run() throws {
        if try place.open(global.open()).expire(place.key, ttl: after.life) != .ok { throw place.missing }
    }
}

/// A duration, or `never`.
struct Expiry: ExpressibleByArgument {
    let life: TimeToLive

    init?(argument: String) {
        if argument == "never" {
            life = .unlimited
        } else if let written = WrittenDuration(argument: argument) {
            life = written.life
        } else {
            return nil
        }
    }
}
