// What is the same for all commands that run another one while they hold something: waiting in line, running it, giving
// back, and what the exit status says.

import DistCoord
import Glibc

/// Something that this process holds.
protocol Held: Sendable {
    var fence: UInt64 { get }
    /// How long it is held for certain if nothing is renewed from now on.
    var leaseLeft: Duration { get }
    /// Readable when it is lost.
    var lossDescriptor: Int32 { get }
    func giveBack() throws(DistCoordError) -> Answer
}

/// Something that several want to hold.
protocol Contested: Sendable {
    /// How messages name it, as in `lock 'deploy'`.
    var title: String { get }
    /// Gives what is held with the answer "ok" and with no other.
    func acquire(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, held: (any Held)?)
    /// Ends the waits in progress.
    func cancel()
    /// Who stands in the way, for those who did not get it.
    func obstacle() -> String?
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
            "\(title): \(obstacle() ?? "not had in time")",
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
        let held = try contested.obtain(heeding: signals, limit)
        let result: (status: Int32, stoppedByLoss: Bool)
        do {
            result = try Supervisor(signals: signals, plan: child) {
                Output.note("\(title): lost: the lease ended before it could be renewed; \(child.onLost.consequence)")
            }.run(environment: environment(held), lossDescriptor: held.lossDescriptor)
        } catch {
            _ = try? held.giveBack()
            throw Complaint("\(title): \(error.message)", status: error.status)
        }
        try finish(held, result)
    }

    private func environment(_ held: any Held) -> [String] {
        Environment.forChild(
            contested.variables + [
                ("DISTCOORD_FENCE", String(held.fence)),
                ("DISTCOORD_LEASE_EXPIRES", Output.moment(Output.now() + held.leaseLeft.wholeMilliseconds)),
            ])
    }

    private func finish(_ held: any Held, _ result: (status: Int32, stoppedByLoss: Bool)) throws {
        // Nothing is left to give back, and a server that is away would hold us up.
        if result.stoppedByLoss { throw Ended(status: ExitStatus.lost) }
        do {
            let answer = try held.giveBack()
            if answer == .lost, child.onLost != .warn {
                // Lost in the very moment in which the command ended: its last work may have overlapped all the same.
                Output.note("\(title): lost just before the command ended with status \(result.status)")
                throw Ended(status: ExitStatus.lost)
            }
        } catch let error as DistCoordError {
            connection.note("\(title): could not be given back: \(error.message); the lease frees it")
        }
        try endUnlessSuccess(result.status)
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

/// The end of a client that has acquired something, or tried to: what was counted for the statistics goes to the server.
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
