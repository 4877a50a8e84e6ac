// distcoord lock break

import ArgumentParser
import DistCoord

struct LockBreakCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break",
        abstract: "Take a lock away from its holder; the next in line has it at once.",
        usage: "distcoord lock break NAME [--kind lock] [--fence N] [-y]",
        discussion: """
            Example: distcoord lock break deploy --fence 1763719012345678 -y

            The holder notices at its next renewal, at the latest after a third of its lease. Until then it may go on \
            writing: only a receiver that refuses small fences is safe. Of readers and permits all of that name are \
            taken away, or those of --fence. Exit status 1: nobody holds it.
            """)

    @Argument(help: "The name.")
    var name: String

    @Option(name: .long, help: "What is held.")
    var kind: HoldKind = .lock

    @Option(name: .long, help: ArgumentHelp("Only from the grant with this fence.", valueName: "number"))
    var fence: UInt64?

    @OptionGroup var confirmation: Confirmation
    @OptionGroup var global: GlobalOptions

    private var title: String { "\(kind.rawValue) '\(name)'" }

    func run() throws {
        let client = try global.open()
        if kind == .lock { return try breakLock(client) }
        let holds = try client.holds(staleOnly: false).filter { hold in
            hold.kind == kind && hold.name == name && (fence == nil || hold.fence == fence)
        }
        if holds.isEmpty { throw nobody }
        let holders = holds.map(\.holder).joined(separator: ", ")
        try confirmation.demand("\(title) is held by \(holders). Take it away?")
        let count = try holds.reduce(0) { count, hold in try client.breakHold(hold) == .ok ? count + 1 : count }
        if count == 0 { throw nobody }
    }

    /// Without a pass over all keys.
    private func breakLock(_ client: BlockingClient) throws {
        let lock = try BlockingLock(client, name, LockOptions())
        guard let info = try lock.inspect(), fence == nil || fence == info.fence else { throw nobody }
        try confirmation.demand(
            "\(title) is held by \(info.title) for \(info.held.brief) (fence \(info.fence)). Take it away?")
        // Not from somebody else to whom it was granted while the question was on the screen.
        if try lock.breakGrant(fence: info.fence) != .ok { throw nobody }
    }

    private var nobody: Complaint {
        Complaint(
            fence.map { "\(title): not held with fence \($0)" } ?? "\(title): nobody holds it", status: ExitStatus.no)
    }
}
