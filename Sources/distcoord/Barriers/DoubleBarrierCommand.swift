// distcoord double-barrier

public import ArgumentParser
public import DistCoord

struct DoubleBarrierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "double-barrier",
        abstract: "Run a command in several places: all begin together, and end together.",
        discussion: "Example: distcoord double-barrier run bench-7 --parties 8 -- ./load.sh",
        subcommands: [
            DoubleBarrierRunCommand.self, DoubleBarrierShowCommand.self, DoubleBarrierAbortCommand.self,
        ])
}

struct DoubleBarrierRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Wait until all have come, run a command, wait until all have ended it.",
        usage: "distcoord double-barrier run NAME --parties N [--on-death break|shrink] [--lease 10s] "
            + "[--wait 10s | -n] -- COMMAND ...",
        discussion: """
            Example: distcoord double-barrier run bench-7 --parties 8 -- ./load.sh

            --wait limits the wait for the others at the beginning, and again at the end. A party that dies is noticed \
            when its lease ends: the others then find the barrier broken, or go on without it.

            The exit status is the command's; 75 when the barrier broke or the others did not come in time; 79 when \
            the others take this party for dead: then the command is stopped. It finds DISTCOORD_BARRIER_NAME, \
            DISTCOORD_PARTY (from 0) and DISTCOORD_LEASE_EXPIRES in its environment.
            """)

    @Argument(help: "The barrier's name.")
    var name: String

    @Option(name: .shortAndLong, help: "How many begin together.")
    var parties: Int

    @Option(name: .long, help: "What the death of a party means: the barrier breaks, or shrinks by one.")
    var onDeath: DoubleBarrierOptions.OnDeath = .break

    @OptionGroup var lease: LeaseOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var child: ChildOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let lease = try lease.duration()
        let limit = try waiting.limit()
        let client = try global.open()
        let barrier = try BlockingDoubleBarrier(
            client, name, parties: parties, DoubleBarrierOptions(lease: lease, onDeath: onDeath))
        try HeldRun(
            contested: DoubleBarrierEntry(barrier: barrier, parties: parties, lease: lease, limit: limit),
            client: client, signals: signals, limit: limit, child: child.plan, connection: global.connection
        ).run()
    }
}

/// The entrance of a double barrier.
private struct DoubleBarrierEntry: Contested {
    let barrier: BlockingDoubleBarrier
    let parties: Int
    let lease: Duration
    let limit: WaitLimit

    var title: String { "double barrier '\(barrier.name)'" }

    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?) {
        let (answer, index) = try barrier.enter(waitMilliseconds: waitMilliseconds)
        if answer != .ok { return (answer, nil) }
        return (answer, DoubleBarrierParty(barrier: barrier, index: index, lease: lease, limit: limit))
    }

    func cancel() { barrier.cancel() }

    func obstacle(_ answer: Answer) -> String? {
        if answer == .broken { return DoubleBarrierParty.broken }
        guard let status = try? barrier.inspect() else { return nil }
        return "not all \(parties) parties entered in time (\(status.inside) inside)"
    }

    var variables: [(name: String, value: String)] { [("DISTCOORD_BARRIER_NAME", barrier.name)] }
}

/// A party that has entered.
private struct DoubleBarrierParty: Held {
    let barrier: BlockingDoubleBarrier
    let index: Int
    let lease: Duration
    let limit: WaitLimit

    static let broken = "broken: a party died, or it was aborted"

    var fence: UInt64 { 0 }
    var leaseLeft: Duration { lease }
    var lossDescriptor: Int32 { barrier.lossDescriptor }
    var variables: [(name: String, value: String)] { [("DISTCOORD_PARTY", String(index))] }

    func giveBack() throws(DistCoordError) -> Answer { try barrier.leave(waitMilliseconds: 0) }

    func giveBack(heeding signals: Signals) throws -> (answer: Answer, complaint: String?) {
        let (answer, signal) = try Waiting.run(heeding: signals, cancel: barrier.cancel) {
            try barrier.leave(waitMilliseconds: limit.milliseconds)
        }
        if let signal, answer != .ok { throw Ended(status: ExitStatus.signalled(signal.number)) }
        switch answer {
        case .ok, .lost: return (answer, nil)
        case .timedOut: return (answer, "not all parties left in time")
        default: return (answer, Self.broken)
        }
    }
}

/// The number of parties matters to those who enter only.
private func open(_ global: GlobalOptions, _ name: String) throws -> BlockingDoubleBarrier {
    try BlockingDoubleBarrier(global.open(), name, parties: 1, DoubleBarrierOptions())
}

struct DoubleBarrierShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell how many parties are inside.",
        discussion: "Example: distcoord double-barrier show bench-7 --json")

    @Argument(help: "The barrier's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let status = try open(global, name).inspect()
        if global.printsJSON {
            try Output.line(
                .object([
                    ("barrier", .string(name)), ("inside", .int(status.inside)), ("left", .int(status.left)),
                    ("parties", .int(status.parties)), ("round", .int(status.round)),
                ]))
        } else {
            try Output.table([
                ("double barrier", name), ("inside", String(status.inside)), ("left", String(status.left)),
                ("parties", String(status.parties)), ("round", String(status.round)),
            ])
        }
    }
}

struct DoubleBarrierAbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Break a double barrier for all who are inside or wait; it is whole for those who enter after.",
        discussion: "Example: distcoord double-barrier abort bench-7")

    @Argument(help: "The barrier's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws { try open(global, name).abort() }
}

extension DoubleBarrierOptions.OnDeath: ExpressibleByArgument {}
