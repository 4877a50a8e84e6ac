// Runs one command, while something is held as a rule: passes signals on, stops the command when the grant is lost, and
// leaves nothing of it behind that was told to stop.

import DistCoord
import Glibc

/// What came of a command.
struct Supervised {
    let end: ChildProcess.End
    /// Whether it was stopped because the grant was lost.
    var wasStoppedByLoss = false
    /// The first termination signal that this program got meanwhile.
    var termination: Int32?
}

struct Supervisor {
    let signals: Signals
    let plan: ChildPlan
    /// Says in the words of the command that the grant is lost.
    var tellLoss: () -> Void = {}

    private enum Step {
        case running
        /// It may go on for a while, although we are to end.
        case finishing(until: Int64)
        case terminating(killAt: Int64)
        case killed

        /// When the next step follows by itself.
        var end: Int64? {
            switch self {
            case .finishing(let until): until
            case .terminating(let killAt): killAt
            case .running, .killed: nil
            }
        }
    }

    /// Runs the command to its end.
    ///
    /// - Parameters:
    ///   - lossDescriptor: Readable when the grant is lost; negative where nothing is held.
    ///   - input: What it gets on stdin; nothing for our own.
    func run(
        environment: [String], lossDescriptor: Int32 = -1, input: [UInt8]? = nil
    ) throws(SpawnFailure) -> Supervised {
        let child = try start(environment, input)
        let grace = plan.grace.wholeMilliseconds
        var step = Step.running
        var lost = false
        var termination: Int32?
        // Whom a termination has reached, and who must be gone before the grant is given back.
        var told: Set<pid_t> = []
        var wasKilled = false
        func send(_ signal: Int32) {
            let members = child.members
            if signal == SIGKILL { wasKilled = true }
            if signal == SIGKILL || Signals.terminations.contains(signal) { told.formUnion(members) }
            for member in members { kill(member, signal) }
        }
        func stop() {
            send(SIGTERM)
            // One that is stopped could not heed a mere SIGTERM.
            send(SIGCONT)
            step = .terminating(killAt: monotonicMilliseconds() + grace)
        }
        func stopAtOnce() {
            send(SIGKILL)
            step = .killed
        }
        func pass(_ signal: ReceivedSignal) {
            if signal.isTermination, termination == nil { termination = signal.number }
            if signal.isTermination, let finishing = plan.finishing {
                switch step {
                case .running: step = .finishing(until: monotonicMilliseconds() + finishing.wholeMilliseconds)
                case .finishing: stop()
                case .terminating, .killed: break
                }
            } else if child.hasOwnGroup || !signal.isFromTerminal {
                send(signal.number)
            } else if signal.isTermination {
                // The terminal has told the child of a shared group itself.
                told.formUnion(child.members)
            }
        }

        while true {
            // A negative descriptor is one that poll(2) passes over.
            var ready = [
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: lost ? -1 : lossDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&ready, 2, pollTimeout(until: step.end))

            while let signal = signals.next() {
                switch signal.number {
                case SIGCHLD: break
                case SIGTSTP: stopTogether(child, signal)
                default: pass(signal)
                }
            }
            if let end = child.reap() {
                if !told.isEmpty { ProcessGroup.outlive(told, killAt: wasKilled ? 0 : monotonicMilliseconds() + grace) }
                return Supervised(
                    end: end, wasStoppedByLoss: lost && plan.onLost != .warn, termination: termination)
            }
            if !lost, ready[1].revents != 0 {
                lost = true
                tellLoss()
                switch plan.onLost {
                case .warn: break
                case .kill: stopAtOnce()
                case .term: stop()
                }
            }
            if let end = step.end, monotonicMilliseconds() >= end {
                if case .finishing = step { stop() } else { stopAtOnce() }
            }
        }
    }

    private func start(_ environment: [String], _ input: [UInt8]?) throws(SpawnFailure) -> ChildProcess {
        guard let input else {
            return try ChildProcess.start(
                plan.arguments, environment: environment,
                ownGroup: signals.isInBackground || !ChildProcess.isInForeground, signals: signals)
        }
        let source = try Self.source(of: input)
        // The command has it now, or nobody will: then what still writes into it ends.
        defer { close(source) }
        return try ChildProcess.start(
            plan.arguments, environment: environment, streams: ChildProcess.Streams(input: source), ownGroup: true,
            signals: signals)
    }

    /// A descriptor from which bytes can be read, however slowly, and then their end.
    private static func source(of bytes: [UInt8]) throws(SpawnFailure) -> Int32 {
        do {
            let pipe = try Pipe()
            // As much as a new pipe certainly holds; more may have to wait for the command.
            if bytes.count <= 4096 {
                _ = Output.writeAll(bytes, to: pipe.writeEnd)
                close(pipe.writeEnd)
            } else {
                try startThread {
                    _ = Output.writeAll(bytes, to: pipe.writeEnd)
                    close(pipe.writeEnd)
                }
            }
            return pipe.readEnd
        } catch {
            let reason = (error as? Complaint)?.message ?? "\(error)"
            throw SpawnFailure(message: "no stdin for the command: \(reason)", status: ExitStatus.ourFault)
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
