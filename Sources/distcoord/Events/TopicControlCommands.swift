// distcoord topic show, seek, trim, delete-group

import ArgumentParser
import DistCoord

struct TopicShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how many messages a topic keeps, and how its groups stand. Exit status 1: it is not there.",
        discussion: """
            Example: distcoord topic show orders --json

            Of a group: messages not delivered yet, those that its consumers hold, and its living consumers.
            """)

    @Argument(help: "The topic's name.")
    var topic: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let handle = try BlockingTopic(global.open(), topic)
        guard let info = try handle.inspect() else {
            if global.printsJSON { try Output.line(.null) }
            throw Complaint("topic '\(topic)': not there", status: ExitStatus.no)
        }
        if global.printsJSON { return try Output.line(json(info)) }
        try Output.table([
            ("topic", topic), ("messages", String(info.messages)), ("published", String(info.published)),
            ("oldest", info.firstID ?? "none"), ("newest", info.lastID ?? "none"),
        ])
        if info.groups.isEmpty { return }
        try Output.columns(
            ["GROUP", "WAITING", "HELD", "CONSUMERS"],
            info.groups.map { [$0.name.visible, String($0.waiting), String($0.held), String($0.consumers)] })
    }

    private func json(_ info: TopicInfo) -> JSONValue {
        .object([
            ("topic", .string(topic)), ("messages", .int(info.messages)), ("published", .int(info.published)),
            ("oldest", .string(orNull: info.firstID)), ("newest", .string(orNull: info.lastID)),
            (
                "groups",
                .array(
                    info.groups.map {
                        .object([
                            ("group", .string($0.name)), ("waiting", .int($0.waiting)), ("held", .int($0.held)),
                            ("consumers", .int($0.consumers)),
                        ])
                    })
            ),
        ])
    }
}

/// A consumer group of a topic.
struct TopicGroup: ParsableArguments {
    @Argument(help: "The topic's name.")
    var topic: String

    @Argument(help: "The group's name.")
    var group: String

    var title: String { "topic '\(topic)', group '\(group)'" }

    var missing: Complaint { Complaint("topic '\(topic)': no group '\(group)'", status: ExitStatus.no) }
}

struct TopicSeekCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seek",
        abstract: "Move a group back to read again, or forward to skip. Exit status 1: there is no such group.",
        usage: "distcoord topic seek TOPIC GROUP --after ID | --since MOMENT | --new",
        discussion: """
            Examples:
              distcoord topic seek orders billing --after 0
              distcoord topic seek orders billing --new

            What its consumers hold stays with them.
            """)

    @OptionGroup var place: TopicGroup
    @OptionGroup var position: PositionOptions

    @Flag(name: .long, help: "With the next message that is published.")
    var new = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if new, position.position != nil { throw ValidationError("--new excludes --after and --since") }
        if !new, position.position == nil { throw ValidationError("give --after, --since or --new") }
    }

    func run() throws {
        let handle = try BlockingTopic(global.open(), place.topic)
        if try handle.seek(place.group, position.position ?? .new) != .ok { throw place.missing }
    }
}

struct TopicTrimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trim",
        abstract: "Drop all messages but the newest; print how many.",
        usage: "distcoord topic trim TOPIC --keep N [-y]",
        discussion: "Example: distcoord topic trim orders --keep 1000 -y")

    @Argument(help: "The topic's name.")
    var topic: String

    @Option(name: .long, help: ArgumentHelp("How many to keep.", valueName: "number"))
    var keep: Int

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if keep < 0 { throw ValidationError("--keep \(keep): 0 or more") }
    }

    func run() throws {
        try confirmation.demand("topic '\(topic)': drop all messages but the newest \(keep)?")
        let dropped = try BlockingTopic(global.open(), topic).trim(keep: keep)
        if global.printsJSON {
            try Output.line(.object([("topic", .string(topic)), ("dropped", .int(dropped))]))
        } else {
            try Output.line(String(dropped))
        }
    }
}

struct TopicDeleteGroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-group",
        abstract: "Delete a consumer group; its consumers end. Exit status 1: there is no such group.",
        usage: "distcoord topic delete-group TOPIC GROUP [-y]",
        discussion: "Example: distcoord topic delete-group orders billing -y")

    @OptionGroup var place: TopicGroup
    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try confirmation.demand("\(place.title): delete it, with what it knows of messages held and done?")
        if try BlockingTopic(global.open(), place.topic).deleteGroup(place.group) != .ok { throw place.missing }
    }
}
