// What a worker counts.

import Synchronization

/// Counts of a worker; the numbers are those of include/distcoord/worker.h.
enum WorkerCount: Int32, CaseIterable, Sendable {
    case processed = 0
    case failed, released, lost, running, ahead, cancelled
}

/// Counts that threads share.
final class WorkerTally: Sendable {
    private let processed = Atomic<Int64>(0)
    private let failed = Atomic<Int64>(0)
    private let released = Atomic<Int64>(0)
    private let lost = Atomic<Int64>(0)
    private let cancelled = Atomic<Int64>(0)
    /// Written under the core's lock.
    let running = Atomic<Int64>(0)
    let ahead = Atomic<Int64>(0)

    func add(_ ending: JobEnding) {
        switch ending {
        case .completed: processed.wrappingAdd(1, ordering: .relaxed)
        case .failed: failed.wrappingAdd(1, ordering: .relaxed)
        case .released: released.wrappingAdd(1, ordering: .relaxed)
        case .lost: lost.wrappingAdd(1, ordering: .relaxed)
        case .cancelled: cancelled.wrappingAdd(1, ordering: .relaxed)
        }
    }

    func value(_ which: Int32) -> Int64 {
        WorkerCount(rawValue: which).map { self[$0] } ?? 0
    }

    subscript(count: WorkerCount) -> Int64 {
        switch count {
        case .processed: processed.load(ordering: .relaxed)
        case .failed: failed.load(ordering: .relaxed)
        case .released: released.load(ordering: .relaxed)
        case .lost: lost.load(ordering: .relaxed)
        case .running: running.load(ordering: .relaxed)
        case .ahead: ahead.load(ordering: .relaxed)
        case .cancelled: cancelled.load(ordering: .relaxed)
        }
    }
}
