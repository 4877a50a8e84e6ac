// What an instance does in the background, on two threads.
//
// One observes: it looks for the run until it is there, waits for its end, and sees to it that the instance stays a
// member. The other stands for election; whoever leads starts the run, unless another has done so before it died. Both
// go on through outages, and when all waits of the client are cancelled: the instance takes part until it leaves.

import DistCoordRedis

/// One instance's part in a run.
final class InstanceCore: Sendable {
    let index: Int
    let queue: QueueHandle
    /// Not the one that the program is given: its waits may be cancelled by the program.
    let run: RunHandle
    let membership: MembershipHandle
    let election: ElectionHandle
    let session: Session
    let progress: InstanceProgress
    private let workflow: WorkflowGraph
    private let options: RunOptions
    private let heartbeat: Int64
    private let scope = CancelScope()

    /// How long others leave it to instance 0 to start the run, in milliseconds.
    private static let precedence: Int64 = 10_000
    /// It is looked for a run that is not there so often, and for one that is at least so often, in milliseconds: each
    /// look also puts off the expiry of its keys.
    private static let search: Int64 = 250
    private static let longestHeartbeat: Int64 = 5_000
    /// After a failure that may pass, in milliseconds.
    private static let retry: Int64 = 200
    /// How long it waits for its threads when it leaves, in milliseconds.
    private static let farewell: Int64 = 3_000

    init(
        index: Int, queue: QueueHandle, workflow: WorkflowGraph, options: InstanceOptions, identity: String
    ) throws(CoordinationError) {
        self.index = index
        self.queue = queue
        self.workflow = workflow
        session = try queue.client.openSession()
        run = try RunHandle(queue: queue, id: identity)
        var runOptions = RunOptions()
        try runOptions.set(id: identity)
        try runOptions.set(retention: options.expiry)
        runOptions.failsFast = options.failsFast
        self.options = runOptions
        heartbeat = min(options.expiry / 4, InstanceCore.longestHeartbeat)
        membership = try MembershipHandle(
            client: queue.client, name: queue.name, lease: options.lease, id: String(index),
            value: queue.listedCapabilities)
        var electionOptions = ElectionOptions()
        electionOptions.lease = options.lease
        electionOptions.value = String(index)
        election = try ElectionHandle(client: queue.client, name: queue.name, options: electionOptions)
        progress = InstanceProgress(.absent)
    }

    /// Joins the others.
    ///
    /// - Returns: `.ok`; `.expired` when the run has ended already: then there is nothing to join; `.exists` when an
    ///   instance with that index lives; `.cancelled`, `.interrupted`.
    func join() throws(CoordinationError) -> Status {
        try queue.rooms().register(session.patience())
        let (status, summary) = try run.wait(milliseconds: 0)
        if status == .cancelled || status == .interrupted { return status }
        if status != .notFound { try checkWorkflow() }
        if status == .ok, let summary {
            progress.enter(.ended(summary))
            return .expired
        }
        let joined = try membership.join()
        guard joined == .ok else { return joined }
        do throws(CoordinationError) {
            try startThread("dc-instance") { $0.observe() }
            try startThread("dc-coordinate") { $0.coordinate() }
        } catch {
            leave()
            throw error
        }
        return .ok
    }

    /// Fails when the run that is there is one of another workflow. (One that is there is not started again.)
    private func checkWorkflow() throws(CoordinationError) {
        _ = try RunHandle.start(workflow, on: queue, options: options)
    }

    private func startThread(
        _ name: String, _ body: @escaping @Sendable (InstanceCore) -> Void
    ) throws(CoordinationError) {
        progress.threadBegan()
        do throws(RedisError) {
            try NativeThread.start(name) { [self] in
                body(self)
                progress.threadEnded()
            }
        } catch {
            progress.threadEnded()
            throw CoordinationError(error)
        }
    }

    /// Leaves. The run goes on by others.
    func leave() {
        // What belongs to the parent of this process is its affair.
        guard session.generation == ForkGuard.generation else { return }
        progress.end()
        let end = Instant.now.advanced(milliseconds: InstanceCore.farewell)
        let parker = Parker()
        while progress.hasThreads, Instant.now < end {
            // More than once: a thread may be about to begin a wait.
            scope.cancel()
            run.cancelWaits()
            election.cancelWaits()
            parker.park(until: .now.advanced(milliseconds: 2))
        }
        // What the server cannot be told now, the background or the lease will.
        _ = try? membership.leave()
        membership.dispose()
        election.dispose()
    }

    private var goesOn: Bool { progress.goesOn && !session.isClosedNow }

    /// Sleeps until something has changed, for at most so long.
    private func pause(_ milliseconds: Int64) {
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        progress.waking(wait) {
            if goesOn { wait.sleep(until: wait.deadline) }
        }
    }

    /// Takes note of a failure; waits a little when it may pass.
    private func heed(_ error: CoordinationError) {
        switch error.status {
        case .closed, .cancelled, .interrupted: break
        case let status where status.isRetriable: pause(InstanceCore.retry)
        default:
            progress.enter(.failed(error))
            // Perhaps another can do what this one cannot: it does not stand in its way.
            election.cancelWaits()
        }
    }

    // MARK: - The thread that observes

    private func observe() {
        while goesOn {
            do throws(CoordinationError) {
                try look()
                if membership.state == .lost { try rejoin() }
            } catch {
                heed(error)
            }
        }
    }

    private func look() throws(CoordinationError) {
        var isAbsent = false
        if case .absent = progress.phase { isAbsent = true }
        let (status, summary) = try run.wait(milliseconds: isAbsent ? 0 : heartbeat)
        switch status {
        case .ok, .timedOut:
            if isAbsent { try checkWorkflow() }
            if status == .ok, let summary { progress.enter(.ended(summary)) } else { progress.enter(.running) }
        case .notFound:
            if isAbsent { pause(InstanceCore.search) } else { progress.enter(.lost) }
        default: break
        }
    }

    /// The lease has ended while this process, or the server, was away.
    private func rejoin() throws(CoordinationError) {
        if try membership.join() == .exists {
            session.log(.warning, "another instance \(index) of run '\(run.id)' has come while this one was away")
            pause(heartbeat)
        }
    }

    // MARK: - The thread that stands for election

    /// Also when the run has ended whoever coordinates answers for it, until it leaves.
    private func coordinate() {
        awaitTurn()
        while goesOn {
            do throws(CoordinationError) {
                _ = try election.run(acquired: { _ in start() }, ended: { _, _ in })
            } catch {
                heed(error)
            }
        }
    }

    /// Leaves it to instance 0 to be the first, unless that has come and gone.
    private func awaitTurn() {
        let turn = Instant.now.advanced(milliseconds: InstanceCore.precedence)
        var hasCome = false
        while index != 0, goesOn, case .absent = progress.phase, Instant.now < turn {
            // Where the server is away, the run cannot be started either.
            if let members = try? membership.members() {
                let isThere = members.contains { $0.id == "0" }
                if hasCome && !isThere { return }
                hasCome = hasCome || isThere
            }
            pause(min(InstanceCore.search, turn.milliseconds()))
        }
    }

    /// Starts the run, if nobody has.
    private func start() {
        while goesOn, case .absent = progress.phase, election.leadershipState == .held {
            do throws(CoordinationError) {
                _ = try RunHandle.start(workflow, on: queue, options: options)
                progress.enter(.running)
            } catch {
                heed(error)
            }
        }
        if case .failed = progress.phase { election.cancelWaits() }
    }
}
