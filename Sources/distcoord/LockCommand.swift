// distcoord lock

import ArgumentParser
import DistCoord
import Glibc

struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Run a command while holding a lock, or see who holds it.",
        usage: """
            distcoord lock NAME [--lease 10s] [--wait 10s | -n] -- COMMAND ...
            distcoord lock show NAME
            """,
        discussion: """
            Example: distcoord lock deploy --wait 5m -- ./deploy.sh
            'lock NAME' is short for 'lock run NAME'.
            """,
        subcommands: [LockRunCommand.self, LockShowCommand.self], defaultSubcommand: LockRunCommand.self)
}

struct LockRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command while holding a lock.",
        usage: "distcoord lock NAME [--lease 10s] [--wait 10s | -n] [-E N] [--on-lost term|kill|warn] -- COMMAND ...",
        discussion: """
            Example: distcoord lock deploy --wait 5m -- ./deploy.sh

            The exit status is the command's. Signals go to the command and all it has started. It finds \
            DISTCOORD_LOCK_NAME, DISTCOORD_FENCE (a number that grows with every grant) and DISTCOORD_LEASE_EXPIRES \
            (unless renewed, which happens all the time) in its environment. If the lock is lost it is stopped, and \
            the status is 79.

            Ended by SIGKILL this program can stop nothing any more: the lease ends, and the command goes on without \
            it. Let what the command writes to refuse a fence smaller than the last.
            """)

    @Argument(help: "The lock's name.")
    var name: String

    @OptionGroup var lease: LeaseOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var child: ChildOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let signals = try Signals()
        let client = try global.open()
        let lock = try BlockingLock(client, name, lease: lease.duration(), renew: true)
        let wait = try waiting.milliseconds()
        let (answer, signal) = try Waiting.run(heeding: signals, cancel: lock.cancel) {
            try lock.acquire(waitMilliseconds: wait)
        }
        if let signal = signal ?? signals.pendingTermination() {
            // Granted in the moment of the signal: it must not stay taken until the lease ends.
            if answer == .ok { _ = try lock.release() }
            throw Ended(status: ExitStatus.signalled(signal.number))
        }
        guard answer == .ok else { throw busy(lock, wait: wait) }

        let result: (status: Int32, stoppedByLoss: Bool)
        do {
            result = try Supervisor(signals: signals, options: child) {
                Output.note(
                    "lock '\(name)': lost: the lease ended before it could be renewed; \(child.onLost.consequence)")
            }.run(environment: environment(lock), lossDescriptor: lock.lossDescriptor)
        } catch {
            _ = try? lock.release()
            throw Complaint("lock '\(name)': \(error.message)", status: error.status)
        }
        try finish(lock, result)
    }

    private func environment(_ lock: BlockingLock) -> [String] {
        Environment.forChild([
            ("DISTCOORD_LOCK_NAME", name), ("DISTCOORD_FENCE", String(lock.fence)),
            ("DISTCOORD_LEASE_EXPIRES", Output.moment(Output.now() + lock.leaseLeft.wholeMilliseconds)),
        ])
    }

    private func finish(_ lock: BlockingLock, _ result: (status: Int32, stoppedByLoss: Bool)) throws {
        // Nothing is left to release, and a server that is away would hold us up.
        if result.stoppedByLoss { throw Ended(status: ExitStatus.lost) }
        do {
            let answer = try lock.release()
            if answer == .lost, child.onLost != .warn {
                // Lost in the very moment in which the command ended: its last work may have overlapped all the same.
                Output.note("lock '\(name)': lost just before the command ended with status \(result.status)")
                throw Ended(status: ExitStatus.lost)
            }
        } catch let error as DistCoordError {
            global.note("lock '\(name)': could not be released: \(error.message); its lease frees it")
        }
        try endUnlessSuccess(result.status)
    }

    private func busy(_ lock: BlockingLock, wait: Int64) -> any Error {
        let hint = wait == 0 ? "without -n it waits in line; --wait 30s limits that" : nil
        let message =
            if let info = try? lock.inspect() {
                "lock '\(name)': held by \(info.holder) for \(info.held.brief) "
                    + "(lease \(info.leaseLeft.brief), \(info.waiters) waiting)"
            } else {
                "lock '\(name)': not had in time"
            }
        return Complaint(message, hint: hint, status: waiting.conflictExitCode)
    }
}

extension OnLost {
    var consequence: String {
        switch self {
        case .term, .kill: "stopping the command"
        case .warn: "the command goes on"
        }
    }
}

struct LockShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell who holds a lock. Exit status 1: nobody.",
        discussion: "Example: distcoord lock show deploy --json")

    @Argument(help: "The lock's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        let info = try BlockingLock(client, name, lease: .seconds(10), renew: true).inspect()
        if global.printsJSON {
            try Output.line(json(info))
        } else if let info {
            try Output.table([
                ("lock", name), ("holder", info.holder), ("fence", String(info.fence)), ("held", info.held.brief),
                ("lease left", info.leaseLeft.brief), ("waiting", String(info.waiters)),
            ])
        } else {
            try Output.table([("lock", name), ("holder", "nobody")])
        }
        try endUnlessSuccess(info == nil ? ExitStatus.no : ExitStatus.success)
    }

    private func json(_ info: LockInfo?) -> JSONValue {
        .object([
            ("lock", .string(name)), ("held", .bool(info != nil)),
            ("holder", info.map { .string($0.holder) } ?? .null), ("fence", info.map { .int($0.fence) } ?? .null),
            ("held_seconds", info.map { .number($0.held.inSeconds) } ?? .null),
            ("lease_left_seconds", info.map { .number($0.leaseLeft.inSeconds) } ?? .null),
            ("waiting", .int(info?.waiters ?? 0)),
        ])
    }
}
