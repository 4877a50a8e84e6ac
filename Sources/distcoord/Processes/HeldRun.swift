// What is the same for all commands that run another one while they hold something: waiting in line, running it, giving
// back, and what the exit status says.

import DistCoord
import Glibc

/// Something that this process holds.
protocol Held: Sendable {
    /// 0 for what has none.
    var fence: UInt64 { get }
    /// How long it is held for certain if nothing is renewed from now on.
    var leaseLeft: Duration { get }
    /// Readable when it is lost.
    var lossDescriptor: Int32 { get }
    /// What is known of it for the command only when it is held.
    var variables: [(name: String, value: String)] { get }
    func giveBack() throws(DistCoordError) -> Answer
    /// Where giving back waits for others: what it came to in words, if that is no good end.
    func giveBack(heeding signals: Signals) throws -> (answer: Answer, complaint: String?)
}

extension Held {
    var variables: [(name: String, value: String)] { [] }

    func giveBack(heeding signals: Signals) throws -> (answer: Answer, complaint: String?) { (try giveBack(), nil) }
}

/// Something that several want to hold.
protocol Contested: Sendable {
    /// How messages name it, as in `lock 'deploy'`.
    var title: String { get }
    /// Gives what is held with the answer "ok" and with no other.
    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?)
    /// Ends the waits in progress.
    func cancel()
    /// Who stands in the way, for those who did not get it but an answer.
    func obstacle(_ answer: Answer) -> String?
    /// What tells it apart for the command that runs under it, besides its fence and the end of its lease.
    var variables: [(name: String, value: String)] { get }
}

extension Contested {
    /// Waits in line as the flags say. A termination signal ends the wait and the whole command.
    func obtain(heeding signals: Signals, _ limit: WaitLimit) throws -> any Held {
        let (outcome, signal) = try Waiting.run(heeding: signals, cancel: cancel) {
            try acquire(waitMilliseconds: limit.milliseconds)
        }
        if let signal = signal ?? signals.pendingTermination() {
            // Granted in the moment of the signal: it must not stay taken until the lease ends.
            _ = try outcome.held?.giveBack()
            throw Ended(status: ExitStatus.signalled(signal.number))
        }
        if let held = outcome.held { return held }
        throw Complaint(
            "\(title): \(obstacle(outcome.answer) ?? "not had in time")",
            hint: limit.milliseconds == 0 ? "without -n it waits in line; --wait 30s limits that" : nil,
            status: limit.conflictStatus)
    }
}

/// Runs one command while something is held.
struct HeldRun {
    let contested: any Contested
    let client: BlockingClient
    let signals: Signals
    let limit: WaitLimit
    let child: ChildPlan
    let connection: ConnectionOptions

    private var title: String { contested.title }

    func run() throws {
        defer { Closing.close(client) }
        try endUnlessSuccess(once().status)
    }

    /// What one run came to.
    struct Outcome {
        let status: Int32
        /// Whether this program is to end, or the command cannot be run.
        var isLast = false
    }

    /// Waits, runs the command, gives back.
    func once() throws -> Outcome {
        let held = try contested.obtain(heeding: signals, limit)
        let result: Supervised
        do {
            result = try Supervisor(signals: signals, plan: child) {
                Output.note("\(title): lost: the lease ended before it could be renewed; \(child.onLost.consequence)")
            }.run(environment: environment(held), lossDescriptor: held.lossDescriptor)
        } catch {
            _ = try? held.giveBack()
            throw Complaint("\(title): \(error.message)", status: error.status)
        }
        return Outcome(status: try finish(held, result), isLast: result.termination != nil)
    }

    private func environment(_ held: any Held) -> [String] {
        let fence = held.fence == 0 ? [] : [(name: "DISTCOORD_FENCE", value: String(held.fence))]
        let expires = Output.moment(Output.now() + held.leaseLeft.wholeMilliseconds)
        return Environment.forChild(
            contested.variables + held.variables + fence + [(name: "DISTCOORD_LEASE_EXPIRES", value: expires)])
    }

    /// Gives the status of the whole.
    private func finish(_ held: any Held, _ result: Supervised) throws -> Int32 {
        // Nothing is left to give back, and a server that is away would hold us up.
        if result.wasStoppedByLoss { return ExitStatus.lost }
        do {
            let (answer, complaint) = try held.giveBack(heeding: signals)
            if answer == .lost, child.onLost != .warn {
                // Lost in the very moment in which the command ended: its last work may have overlapped all the same.
                Output.note("\(title): lost just before the command ended with status \(result.end.status)")
                return ExitStatus.lost
            }
            if let complaint {
                Output.note("\(title): \(complaint)")
                if result.end.status == ExitStatus.success { return limit.conflictStatus }
            }
        } catch let error as DistCoordError {
            connection.note("\(title): could not be given back: \(error.message); the lease frees it")
        }
        return result.end.status
    }
}

extension OnLost {
    fileprivate var consequence: String {
        switch self {
        case .term, .kill: "stopping the command"
        case .warn: "the command goes on"
        }
    }
}

/// The end of a client that has acquired something, or tried to: what was counted for the statistics goes to the
/// server.
enum Closing {
    /// A server that is away must not hold us up.
    private static let longest: Int64 = 500

    static func close(_ client: BlockingClient) { attempt { try? client.close() } }

    /// Runs a call that tells the server something, and waits for it, but not long.
    static func attempt(_ call: @escaping @Sendable () -> Void) {
        guard let done = try? Pipe() else { return }
        let started: ()? = try? startThread {
            call()
            _ = Output.writeAll([1], to: done.writeEnd)
        }
        guard started != nil else { return }
        var ready = pollfd(fd: done.readEnd, events: Int16(POLLIN), revents: 0)
        _ = poll(&ready, 1, Int32(longest))
    }
}

extension BlockingLock: Held {
    func giveBack() throws(DistCoordError) -> Answer { try release() }
}
