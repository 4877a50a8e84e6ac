// What a worker is told before it goes to work.

import DistCoordRedis

/// Settings of a worker, with their defaults and ranges.
struct WorkerSetup {
    struct Queue: Sendable {
        let handle: QueueHandle
        let weight: Int32
    }

    var queues: [Queue] = []
    var concurrency = 1
    /// How many jobs it claims ahead; nil for as many as are done in some milliseconds.
    var prefetch: Int?
    var lease: Int64 = 30_000
    var capabilities: [String] = []
    var pool: String?
    var ownsQueue = false
    var steals = false

    static let concurrencies = 1...10_000
    static let weights: ClosedRange<Int32> = 0...1_000
    static let mostPrefetched = 1_000

    mutating func add(_ queue: QueueHandle, weight: Int32) throws(CoordinationError) {
        guard WorkerSetup.weights.contains(weight) else {
            throw .invalid("a weight of \(weight) is out of range; 0 to 1000 are allowed")
        }
        if queues.contains(where: { $0.handle.name == queue.name }) {
            throw CoordinationError(.conflict, "the worker has the queue '\(queue.name)' already")
        }
        queues.append(Queue(handle: queue, weight: weight))
    }

    mutating func set(concurrency jobs: Int32) throws(CoordinationError) {
        guard WorkerSetup.concurrencies.contains(Int(jobs)) else {
            throw .invalid("\(jobs) jobs at the same time are out of range; 1 to 10000 are allowed")
        }
        concurrency = Int(jobs)
    }

    /// - Parameter jobs: Negative for the default.
    mutating func set(prefetch jobs: Int32) throws(CoordinationError) {
        guard jobs <= WorkerSetup.mostPrefetched else {
            throw .invalid("\(jobs) jobs ahead are out of range; 0 to \(WorkerSetup.mostPrefetched) are allowed")
        }
        prefetch = jobs < 0 ? nil : Int(jobs)
    }

    mutating func set(lease milliseconds: Int64) throws(CoordinationError) {
        try LeaseLength.check(milliseconds)
        lease = milliseconds
    }

    mutating func set(capabilities text: String) throws(CoordinationError) {
        capabilities = try Capabilities.parse(text, atMost: 64)
    }

    mutating func set(pool name: String?) throws(CoordinationError) {
        if let name { try Capabilities.check(pool: name) }
        pool = name
    }

    func set(partitions count: Int, of queue: String) throws(CoordinationError) {
        guard let found = queues.first(where: { $0.handle.name == queue }) else {
            throw .invalid("the worker has no queue '\(queue)'")
        }
        try found.handle.setPartitions(count)
    }

    /// As what its claimers are known.
    func profile(worker: String) -> ClaimProfile {
        var profile = ClaimProfile()
        profile.capabilities = capabilities + (pool.map { [Capabilities.of(pool: $0)] } ?? [])
        profile.worker = ownsQueue ? worker : nil
        profile.steals = steals
        return profile
    }
}
