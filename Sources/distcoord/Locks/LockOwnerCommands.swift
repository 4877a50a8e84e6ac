// distcoord lock acquire, release, extend: a lock that is held in a name, over several commands, while no process of
// ours runs.

import ArgumentParser
import DistCoord

/// In whose name the lock is held.
struct OwnerOptions: ParsableArguments {
    @Argument(help: "The lock's name.")
    var name: String

    @Option(
        name: .long,
        help: ArgumentHelp("Who holds it: text that nobody else uses, a build's number for example.", valueName: "id"))
    var owner: String
}

/// How long a lock stays taken that nobody renews.
struct FixedLeaseOptions: ParsableArguments {
    @Option(
        name: [.long, .customLong("ttl")],
        help: ArgumentHelp(
            "How long it stays taken from now on; nobody renews it. Default: $DISTCOORD_TTL, else 10m.",
            valueName: "duration"))
    var lease: WrittenDuration?

    func duration() throws -> Duration {
        try (lease ?? WrittenDuration.environment("DISTCOORD_TTL"))?.duration ?? .seconds(600)
    }
}

struct LockAcquireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acquire",
        abstract: "Take a lock and leave it taken; print its fence.",
        usage: "distcoord lock acquire NAME --owner ID [--lease 10m] [--wait 10s | -n] [-E N]",
        discussion: """
            Example: fence=$(distcoord lock acquire deploy --owner "$BUILD_ID" --lease 10m)

            Nobody renews it: it is free when the lease ends, unless 'lock extend' makes it longer or 'lock release' \
            ends it, from any machine, with the same owner. Where one command runs for all the time, 'lock run' is \
            better: it renews, and notices a loss.
            """)

    @OptionGroup var held: OwnerOptions
    @OptionGroup var lease: FixedLeaseOptions
    @OptionGroup var tracing: TracingOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let lease = try lease.duration()
        let client = try global.open(logging: tracing.level)
        defer { Closing.close(client) }
        let lock = try BlockingLock(
            client, held.name, LockOptions(lease: lease, owner: held.owner, tracing: tracing.isOn))
        let contested = ContestedLock(lock: lock, names: [held.name], owner: held.owner)
        do {
            _ = try contested.obtain(heeding: signals, try waiting.limit())
        } catch let complaint as Complaint where (try? lock.inspect())?.owner == held.owner {
            throw Complaint(
                complaint.message, hint: "that is this owner; 'distcoord lock extend' makes its lease longer",
                status: complaint.status)
        }
        try leave(lock, held, lease, global)
    }
}

struct LockExtendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Make the lease of a lock end later, or sooner; print its fence.",
        usage: "distcoord lock extend NAME --owner ID [--lease 10m]",
        discussion: """
            Example: distcoord lock extend deploy --owner "$BUILD_ID" --lease 5m

            The lease ends that long from now. Exit status 1: the owner does not hold the lock. A 'lock run' of that \
            owner loses it to this command.
            """)

    @OptionGroup var held: OwnerOptions
    @OptionGroup var lease: FixedLeaseOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let lease = try lease.duration()
        let client = try global.open()
        let lock = try BlockingLock(client, held.name, LockOptions(lease: lease, owner: held.owner))
        if try lock.adopt() != .ok { throw notHeld(held) }
        try leave(lock, held, lease, global)
    }
}

struct LockReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release a lock that an owner holds.",
        usage: "distcoord lock release NAME --owner ID",
        discussion: """
            Example: distcoord lock release deploy --owner "$BUILD_ID"

            Exit status 1: the owner does not hold the lock; its lease may have ended. A 'lock run' of that owner \
            loses the lock and stops its command.
            """)

    @OptionGroup var held: OwnerOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        let answer = try BlockingLock(client, held.name, LockOptions(owner: held.owner)).release()
        if answer != .ok { throw notHeld(held) }
    }
}

private func notHeld(_ held: OwnerOptions) -> Complaint {
    Complaint("lock '\(held.name)': owner '\(held.owner)' does not hold it", status: ExitStatus.no)
}

/// Ends this process's part in a lock, which stays taken for the whole lease.
private func leave(
    _ lock: BlockingLock, _ held: OwnerOptions, _ lease: Duration, _ global: GlobalOptions
) throws {
    // Looked at before the server does, so that the lock is never said to be held for longer than it is.
    let expires = Output.now() + lease.wholeMilliseconds
    let answer = try lock.detach()
    if answer != .ok { throw Complaint("lock '\(held.name)': lost at once", status: ExitStatus.of(answer)) }
    if global.printsJSON {
        try Output.line(
            .object([
                ("lock", .string(held.name)), ("owner", .string(held.owner)), ("fence", .int(lock.fence)),
                ("lease_expires", .string(Output.moment(expires))),
            ]))
    } else {
        try Output.line(String(lock.fence))
    }
}
