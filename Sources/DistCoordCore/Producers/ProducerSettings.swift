// How a producer batches and what its buffer holds; explained in include/distcoord/producer.h.

import Synchronization

/// Settings that any thread may change at any time, also across a fork: hence no lock.
final class ProducerSettings: Sendable {
    private let size = Atomic<Int>(50)
    private let timeout = Atomic<Int64>(100)
    private let jobs = Atomic<Int64>(10_000)
    private let bytes = Atomic<Int64>(64 << 20)
    private let waits = Atomic<Bool>(true)
    private let retry = Atomic<Int64>(30_000)

    /// A batch is sent when there are so many jobs,
    var batchSize: Int { size.load(ordering: .relaxed) }
    /// or the oldest has waited for so many milliseconds.
    var batchTimeout: Int64 { timeout.load(ordering: .relaxed) }
    var capacityJobs: Int64 { jobs.load(ordering: .relaxed) }
    var capacityBytes: Int64 { bytes.load(ordering: .relaxed) }
    /// Whether a push into a full buffer waits.
    var blocks: Bool { waits.load(ordering: .relaxed) }
    /// Milliseconds; negative for ever.
    var retryTime: Int64 { retry.load(ordering: .relaxed) }

    func setBatch(size: Int, timeout: Int64) throws(CoordinationError) {
        guard (1...QueueCalls.batchLimit).contains(size) else {
            throw .invalid("a batch of \(size) jobs is out of range; 1 to \(QueueCalls.batchLimit) are allowed")
        }
        guard (0...60_000).contains(timeout) else {
            throw .invalid("a batch timeout of \(timeout) ms is out of range; 0 to 60000 ms are allowed")
        }
        self.size.store(size, ordering: .relaxed)
        self.timeout.store(timeout, ordering: .relaxed)
    }

    func setCapacity(jobs: Int64, bytes: Int64, blocks: Bool) throws(CoordinationError) {
        guard (1...10_000_000).contains(jobs) else {
            throw .invalid("a buffer of \(jobs) jobs is out of range; 1 to 10000000 are allowed")
        }
        if bytes < 1 { throw .invalid("a buffer of \(bytes) bytes is out of range; 1 or more are allowed") }
        self.jobs.store(jobs, ordering: .relaxed)
        self.bytes.store(bytes, ordering: .relaxed)
        waits.store(blocks, ordering: .relaxed)
    }

    func setRetryTime(_ milliseconds: Int64) {
        retry.store(milliseconds, ordering: .relaxed)
    }
}
