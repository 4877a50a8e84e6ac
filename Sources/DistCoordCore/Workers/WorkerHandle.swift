// A worker as the faces see it: settings until it is first asked for a job, then what does the work.

import DistCoordRedis
import Synchronization

/// Claims from one or several queues; used by any number of threads of one process.
public final class Worker: Sendable {
    public let name: String
    let client: Client
    private let generation = ForkGuard.generation
    private let state: Guarded<State>

    private enum State {
        case preparing(WorkerSetup, isStopped: Bool, drains: Bool)
        case working(WorkerCore)
    }

    private static let number = Atomic<Int>(0)

    /// Makes a worker; nothing is sent.
    ///
    /// - Parameter name: Nil for the client's label and a number.
    public init(client: Client, name: String?) throws(CoordinationError) {
        if let name { try Names.check(name, what: "worker name", limit: 128) }
        try client.checkOpen()
        try client.requireOneServer("a worker")
        self.client = client
        self.name = name ?? Worker.generatedName(client.session.options.label)
        state = Guarded(.preparing(WorkerSetup(), isStopped: false, drains: false))
    }

    private static func generatedName(_ label: String) -> String {
        let suffix = "/\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
        var name = label
        while name.utf8.count + suffix.utf8.count > 128 { name.removeLast() }
        return name + suffix
    }

    /// Fails in a forked child.
    private func checkProcess() throws(CoordinationError) {
        guard ForkGuard.generation == generation else {
            throw CoordinationError(
                .forked, "the worker '\(name)' belongs to the parent of this process; open another one here")
        }
    }

    // MARK: - Settings

    private func change(
        _ body: (inout WorkerSetup) throws(CoordinationError) -> Void
    ) throws(CoordinationError) {
        try checkProcess()
        try state.withLock { (state) throws(CoordinationError) in
            guard case .preparing(var setup, let isStopped, let drains) = state else {
                throw .invalid("the worker '\(name)' is at work already")
            }
            try body(&setup)
            state = .preparing(setup, isStopped: isStopped, drains: drains)
        }
    }

    /// Adds a queue to work on.
    public func addQueue(_ queue: String, weight: Int32) throws(CoordinationError) {
        try checkProcess()
        let handle = try QueueHandle(client: client, name: queue)
        try state.withLock { (state) throws(CoordinationError) in
            guard case .preparing(var setup, let isStopped, let drains) = state else {
                throw CoordinationError(
                    .conflict,
                    "the worker '\(name)' is at work already; add its queues before it is first asked for a job")
            }
            try setup.add(handle, weight: weight)
            state = .preparing(setup, isStopped: isStopped, drains: drains)
        }
    }

    /// How many jobs it works on at the same time.
    public func setConcurrency(_ jobs: Int32) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in try setup.set(concurrency: jobs) }
    }

    /// How many jobs it claims ahead; negative for the default.
    public func setPrefetch(_ jobs: Int32) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in try setup.set(prefetch: jobs) }
    }

    /// Length of the lease under which jobs are claimed, in milliseconds.
    public func setLease(_ milliseconds: Int64) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in try setup.set(lease: milliseconds) }
    }

    /// What it has: names with commas.
    public func setCapabilities(_ text: String) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in try setup.set(capabilities: text) }
    }

    /// The pool it belongs to; nil for none.
    public func setPool(_ name: String?) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in try setup.set(pool: name) }
    }

    /// Whether it has a queue of its own in each of its queues, and takes from those of others.
    public func setOwnQueue(_ owns: Bool, steals: Bool) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in
            setup.ownsQueue = owns
            setup.steals = steals
        }
    }

    /// How many partitions a queue has that was added.
    public func setPartitions(_ count: Int32, of queue: String) throws(CoordinationError) {
        try change { (setup) throws(CoordinationError) in try setup.set(partitions: Int(count), of: queue) }
    }

    // MARK: - Work

    /// What does the work; made at the first call, after which nothing can be set any more.
    private func working() throws(CoordinationError) -> WorkerCore {
        try checkProcess()
        return try state.withLock { (state) throws(CoordinationError) in
            switch state {
            case .working(let core): return core
            case .preparing(let setup, let isStopped, let drains):
                let core = try WorkerCore(setup, client: client, name: name)
                if drains { core.drain() }
                if isStopped { core.stop() }
                state = .working(core)
                return core
            }
        }
    }

    /// What does the work, if it has begun.
    private var core: WorkerCore? {
        guard ForkGuard.generation == generation else { return nil }
        return state.withLock { state in
            if case .working(let core) = state { core } else { nil }
        }
    }

    /// The next job.
    ///
    /// - Returns: `.ok` and a job; `.empty`: it was stopped; `.timedOut`, `.cancelled`, `.interrupted`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, ClaimedJob?) {
        try working().next(milliseconds)
    }

    /// Completes a job together with others.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func done(_ job: ClaimedJob, _ result: UnsafeRawBufferPointer) throws(CoordinationError) -> Status {
        try working().done(job, result)
    }

    /// Works until it is stopped, with as many threads as its concurrency.
    ///
    /// - Parameter handler: Does a job, and settles it or not.
    /// - Returns: `.ok`, `.cancelled`, `.interrupted`.
    public func run(_ handler: @escaping @Sendable (ClaimedJob) -> Void) throws(CoordinationError) -> Status {
        try WorkerRun(working(), handler).run()
    }

    /// Takes no further job.
    public func stop() {
        change(stops: true)
    }

    /// Stops by itself once there is nothing more to claim.
    public func drain() {
        change(stops: false)
    }

    private func change(stops: Bool) {
        guard ForkGuard.generation == generation else { return }
        let core = state.withLock { state -> WorkerCore? in
            switch state {
            case .working(let core): return core
            case .preparing(let setup, let isStopped, let drains):
                state = .preparing(setup, isStopped: isStopped || stops, drains: drains || !stops)
                return nil
            }
        }
        if stops { core?.stop() } else { core?.drain() }
    }

    /// Stops it, waits for the jobs that are worked on, gives back the rest.
    ///
    /// - Returns: `.ok`, or `.timedOut`: some were given back.
    public func shutdown(milliseconds: Int64) throws(CoordinationError) -> Status {
        try checkProcess()
        guard let core else {
            stop()
            return .ok
        }
        return core.shutdown(milliseconds)
    }

    /// A count as it is now; 0 for an unknown one.
    public func count(_ which: Int32) -> Int64 {
        core?.tally.value(which) ?? 0
    }

    /// Ends the waits in progress.
    public func cancelWaits() {
        core?.cancelWaits()
    }

    /// The worker is being freed: gives back what it has claimed ahead, and sends what is done, in the background.
    public func dispose() {
        core?.dispose()
    }
}
