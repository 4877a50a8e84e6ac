// Runs one command while something is held: passes signals on, stops the command when the grant is lost, and leaves
// nothing of it behind that was told to stop.

import ArgumentParser
import DistCoord
import Glibc

/// What becomes of the child when the lease is lost.
enum OnLost: String, ExpressibleByArgument, CaseIterable {
    case term, kill, warn
}

/// The flags of commands that run another one.
struct ChildFlags: ParsableArguments {
    @Option(
        name: .long,
        help: "When the lease is lost: stop the command gently (term), at once (kill), or only say so (warn).")
    var onLost: OnLost = .term

    @Option(
        name: .long,
        help: ArgumentHelp("From SIGTERM to SIGKILL after a lost lease. Default: 5s.", valueName: "duration"))
    var killAfter: WrittenDuration?

    @Option(name: [.customShort("c"), .customLong("command")], help: "Run this text by 'sh -c'.")
    var shellCommand: String?

    func validate(_ command: [String]) throws {
        if shellCommand != nil, !command.isEmpty {
            throw ValidationError("give either -c or a command after --, not both")
        }
        if shellCommand == nil, command.isEmpty {
            throw ValidationError("no command was given; write it after --, for example: -- make deploy")
        }
    }

    func plan(_ command: [String]) -> ChildPlan {
        ChildPlan(
            arguments: shellCommand.map(ChildPlan.shell) ?? command, onLost: onLost,
            grace: killAfter?.duration ?? ChildPlan.usualGrace)
    }
}

/// The flags, and the command itself.
struct ChildOptions: ParsableArguments {
    @OptionGroup var flags: ChildFlags

    @Argument(parsing: .postTerminator, help: "The command, after --. No shell is in between.")
    var command: [String] = []

    func validate() throws { try flags.validate(command) }

    var plan: ChildPlan { flags.plan(command) }
}

/// A command to run, and what becomes of it when the lease is lost.
struct ChildPlan {
    static let usualGrace = Duration.seconds(5)

    var arguments: [String]
    var onLost = OnLost.term
    /// From SIGTERM to SIGKILL.
    var grace = usualGrace

    static func shell(_ text: String) -> [String] { ["/bin/sh", "-c", text] }
}

struct Supervisor {
    let signals: Signals
    let plan: ChildPlan
    /// Says in the words of the command that the grant is lost.
    let tellLoss: () -> Void

    private enum Step { case running, terminating(killAt: Int64), killed }

    /// Runs the command to its end. Gives its status, and whether it was stopped because the grant was lost.
    func run(
        environment: [String], lossDescriptor: Int32
    ) throws(SpawnFailure) -> (status: Int32, stoppedByLoss: Bool) {
        let child = try ChildProcess.start(
            plan.arguments, environment: environment,
            ownGroup: signals.isInBackground || !ChildProcess.isInForeground, signals: signals)
        let grace = plan.grace.wholeMilliseconds
        var step = Step.running
        var lost = false
        // Whom a termination has reached, and who must be gone before the grant is given back.
        var told: Set<pid_t> = []
        var wasKilled = false
        func send(_ signal: Int32) {
            let members = child.members
            if signal == SIGKILL { wasKilled = true }
            if signal == SIGKILL || Signals.terminations.contains(signal) { told.formUnion(members) }
            for member in members { kill(member, signal) }
        }
        func status(ofEnded status: Int32) -> (Int32, Bool) {
            if !told.isEmpty { ProcessGroup.outlive(told, killAt: wasKilled ? 0 : monotonicMilliseconds() + grace) }
            return (status, lost && plan.onLost != .warn)
        }

        while true {
            var ready = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
            if !lost, lossDescriptor >= 0 {
                ready.append(pollfd(fd: lossDescriptor, events: Int16(POLLIN), revents: 0))
            }
            var deadline: Int64?
            if case .terminating(let killAt) = step { deadline = killAt }
            _ = poll(&ready, nfds_t(ready.count), pollTimeout(until: deadline))

            while let signal = signals.next() {
                switch signal.number {
                case SIGCHLD: break
                case SIGTSTP: stopTogether(child, signal)
                default:
                    // The terminal has told the child of a shared group itself.
                    if child.hasOwnGroup || !signal.isFromTerminal {
                        send(signal.number)
                    } else if signal.isTermination {
                        told.formUnion(child.members)
                    }
                }
            }
            if let end = child.reap() { return status(ofEnded: end.status) }
            if !lost, ready.count > 1, ready[1].revents != 0 {
                lost = true
                tellLoss()
                switch plan.onLost {
                case .warn: break
                case .kill:
                    send(SIGKILL)
                    step = .killed
                case .term:
                    send(SIGTERM)
                    // One that is stopped could not heed a mere SIGTERM.
                    send(SIGCONT)
                    step = .terminating(killAt: monotonicMilliseconds() + grace)
                }
            }
            if case .terminating(let killAt) = step, monotonicMilliseconds() >= killAt {
                send(SIGKILL)
                step = .killed
            }
        }
    }

    /// Ctrl-Z, or a stop sent to us: the child must not work on while nobody renews the lease.
    private func stopTogether(_ child: ChildProcess, _ signal: ReceivedSignal) {
        let isTold = signal.isFromTerminal && !child.hasOwnGroup
        if !isTold { for member in child.members { kill(member, SIGSTOP) } }
        Signals.stopSelf()
        if !isTold { for member in child.members { kill(member, SIGCONT) } }
    }
}
