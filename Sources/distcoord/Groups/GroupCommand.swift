// distcoord group

import ArgumentParser
import DistCoord

struct GroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group",
        abstract: "Belong to a group while a command runs, see who belongs to it, and who comes and goes.",
        discussion: """
            Examples:
              distcoord group join web --value "$(hostname):8080" -- ./serve.sh
              distcoord group list web
              distcoord group watch web --json
            """,
        subcommands: [GroupJoinCommand.self, GroupListCommand.self, GroupWatchCommand.self])
}

struct GroupJoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Be a member of a group while a command runs.",
        usage: "distcoord group join NAME [--value TEXT] [--id ID] [--lease 10s] -- COMMAND ...",
        discussion: """
            Example: distcoord group join web --value "$(hostname):8080" -- ./serve.sh

            The exit status is the command's. It finds DISTCOORD_GROUP_NAME, DISTCOORD_MEMBER_ID and \
            DISTCOORD_LEASE_EXPIRES in its environment. If the membership is lost it is stopped, and the status is 79. \
            Exit status 75: another member has the --id.
            """)

    @Argument(help: "The group's name.")
    var name: String

    @Option(name: .long, help: "What others see of this member. Default: the label.")
    var value: String?

    @Option(name: .long, help: "The member's id, which no other has. Default: a generated one.")
    var id: String?

    @OptionGroup var lease: LeaseOptions
    @OptionGroup var child: ChildOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let lease = try lease.duration()
        let client = try global.open()
        let membership = try BlockingMembership(
            client, name, MembershipOptions(lease: lease, id: id, value: value))
        try HeldRun(
            contested: MemberPlace(membership: membership, lease: lease), client: client, signals: signals,
            limit: WaitLimit(milliseconds: -1, conflictStatus: ExitStatus.temporary), child: child.plan,
            connection: global.connection
        ).run()
    }
}

/// A membership, before and after joining.
private struct MemberPlace: Contested, Held {
    let membership: BlockingMembership
    let lease: Duration

    var title: String { "group '\(membership.name)'" }

    /// Nobody waits here: it is had at once, or another member has the id.
    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let answer = try membership.join()
        return (answer, answer == .ok ? self : nil)
    }

    func cancel() {}

    func obstacle(_ answer: Answer) -> String? { "another member has the id '\(membership.id)'" }

    var variables: [(name: String, value: String)] {
        [("DISTCOORD_GROUP_NAME", membership.name), ("DISTCOORD_MEMBER_ID", membership.id)]
    }

    var fence: UInt64 { 0 }
    var leaseLeft: Duration { lease }
    var lossDescriptor: Int32 { membership.lossDescriptor }
    func giveBack() throws(DistCoordError) -> Answer { try membership.leave() }
}

extension BlockingMembership {
    /// One that never joins.
    convenience init(observing name: String, _ client: BlockingClient) throws(DistCoordError) {
        try self.init(client, name, MembershipOptions())
    }
}

struct GroupListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the members of a group in order of joining.",
        discussion: "Example: distcoord group list web --json | jq -r '.[].value'")

    @Argument(help: "The group's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let members = try BlockingMembership(observing: name, global.open()).members()
        if members.isEmpty, !global.printsJSON { return global.note("group '\(name)': nobody belongs to it") }
        let now = Output.now()
        try global.printList(
            members, heading: ["ID", "VALUE", "LABEL", "MEMBER", "LEASE"],
            row: {
                [
                    $0.id.visible, $0.value.visible, $0.label.visible,
                    Duration.milliseconds(max(0, now - $0.sinceMillisecondsSince1970)).brief, $0.leaseLeft.brief,
                ]
            },
            json: {
                .object([
                    ("id", .string($0.id)), ("value", .string($0.value)), ("label", .string($0.label)),
                    ("since", .string(Output.moment($0.sinceMillisecondsSince1970))),
                    ("lease_left_seconds", .number($0.leaseLeft.inSeconds)),
                ])
            })
    }
}

struct GroupWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print who comes and goes: came, changed or went, the id, and the value.",
        usage: "distcoord group watch NAME [--count N] [--wait 10s | -n] [-E N] [--json]",
        discussion: """
            Example: distcoord group watch web

            Those who are there come first. With --json each line is an object.
            """)

    @Argument(help: "The group's name.")
    var name: String

    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let watch = try BlockingMembership(observing: name, global.open()).watch()
        try Streaming(title: "group '\(name)'", signals: signals, options: stream).run(watch) {
            [name, printsJSON = global.printsJSON] change in
            if printsJSON {
                try Output.line(
                    .object([
                        ("group", .string(name)), ("change", .string(change.kind.rawValue)),
                        ("id", .string(change.id)), ("value", .string(change.value)),
                        ("label", .string(change.label)),
                    ]))
            } else {
                try Output.line("\(change.kind.rawValue) \(change.id.visible) \(change.value.visible)")
            }
        }
    }
}
