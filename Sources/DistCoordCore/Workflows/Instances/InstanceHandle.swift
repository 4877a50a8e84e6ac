// An instance of a distributed run, as its program sees it; explained in include/distcoord/instance.h.

import DistCoordRedis

/// Takes part in a run, together with other processes of the same program.
public final class InstanceHandle: Sendable {
    /// By which the instances find each other; the id of the run, too.
    public let identity: String
    public let index: Int
    /// How many instances there are to be.
    public let total: Int
    /// The queue to claim tasks from.
    public let queue: QueueHandle
    public let run: RunHandle
    private let core: InstanceCore
    private let scope = CancelScope()

    /// Makes a handle; `join` must follow.
    private init(
        client: Client, workflow: WorkflowGraph, options: InstanceOptions
    ) throws(CoordinationError) {
        // What is wrong with the workflow is told here, and not by the coordinator in the background.
        _ = try workflow.encoded()
        (index, total) = try options.place()
        identity = try RunIdentity.resolve(explicit: options.identity, withAttempt: options.withAttempt)
        queue = try QueueHandle(client: client, name: options.prefix + identity)
        queue.setExpiry(options.expiry)
        try queue.setLease(options.lease)
        try queue.setCapabilities(options.capabilities)
        run = try RunHandle(queue: queue, id: identity)
        core = try InstanceCore(
            index: index, queue: queue, workflow: workflow, options: options, identity: identity)
    }

    /// Joins a run.
    ///
    /// - Returns: `.ok` and `.expired`, when the run has ended already, with a handle; `.exists`, `.cancelled`,
    ///   `.interrupted`.
    public static func join(
        client: Client, workflow: WorkflowGraph, options: InstanceOptions
    ) throws(CoordinationError) -> (Status, InstanceHandle?) {
        let instance = try InstanceHandle(client: client, workflow: workflow, options: options)
        let status = try instance.core.join()
        return (status, status == .ok || status == .expired ? instance : nil)
    }

    /// Whether this instance coordinates at the moment.
    public var isCoordinator: Bool {
        core.session.generation == ForkGuard.generation && core.election.leadershipState == .held
    }

    /// Waits for the end of the run for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` with a summary; `.lost`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func wait(milliseconds: Int64) throws(CoordinationError) -> (Status, RunSummary?) {
        try checkProcess()
        if milliseconds == 0 { return try look() }
        let wait = Wait(core.session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        return try core.progress.waking(wait) { () throws(CoordinationError) in
            while true {
                if let ending = try ending() { return ending }
                if let reason = wait.stopReason { return (reason, nil) }
                if Instant.now >= wait.deadline { return (.timedOut, nil) }
                wait.sleep(until: wait.deadline)
            }
        }
    }

    /// How it came out, if nothing can change any more.
    private func ending() throws(CoordinationError) -> (Status, RunSummary?)? {
        switch core.progress.phase {
        case .absent, .running: return nil
        case .ended(let summary): return (.ok, summary)
        case .lost: return (.lost, nil)
        case .failed(let error): throw error
        }
    }

    /// Asks the server: what this instance has observed may be a moment old.
    private func look() throws(CoordinationError) -> (Status, RunSummary?) {
        if let ending = try ending() { return ending }
        let (status, summary) = try run.wait(milliseconds: 0)
        switch status {
        case .ok: return (.ok, summary)
        case .cancelled, .interrupted: return (status, nil)
        default: return (.timedOut, nil)
        }
    }

    /// An instance that lives.
    public struct Member: Sendable {
        public let index: Int32
        /// Identity of its client.
        public let client: String
        /// With commas.
        public let capabilities: String
    }

    /// The instances that live, by index.
    public func members() throws(CoordinationError) -> [Member] {
        try checkProcess()
        return try core.membership.members().compactMap { member in
            Int32(member.id).map { Member(index: $0, client: member.client, capabilities: member.value) }
        }.sorted { $0.index < $1.index }
    }

    /// Its threads are those of the process that joined.
    private func checkProcess() throws(CoordinationError) {
        guard try queue.client.openSession() === core.session else {
            throw CoordinationError(
                .forked, "this instance belongs to the parent of this process; join with an index of its own")
        }
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() { scope.cancel() }

    /// Leaves the run: the handle is being freed.
    public func dispose() {
        cancelWaits()
        core.leave()
    }
}
