// What a handle tells of each acquire and release: counted for statistics, and written to the log where that is
// wished for.
//
// Counting costs an acquire two uncontended mutexes and no system call, no allocation and no look into a table: the
// handle remembers the records of its names. Statistics.swift tells the server now and then.

import DistCoordRedis

/// Counts the use of what one handle stands for.
final class LockMeter: Sendable {
    private let subjects: [GrantSubject]
    private let traces: Bool
    /// Records of the subjects, in their order; empty before the first use. (Without subjects nothing is counted.)
    private let records = Guarded<[UseRecord]>([])

    init(subjects: [GrantSubject], traces: Bool) {
        self.subjects = subjects
        self.traces = traces
    }

    /// An acquire that began at `since` has succeeded.
    func acquired(_ session: Session, fence: UInt64, since: Instant, isContended: Bool) {
        let waited = Instant.now.nanoseconds &- since.nanoseconds
        count(session) { counts in
            counts.acquired &+= 1
            if isContended { counts.contended &+= 1 }
            counts.waits.record(nanoseconds: waited)
        }
        trace(session, "acquired, fence \(fence), after \(waited / 1_000) us")
    }

    /// An acquire that began at `since` has ended without the grant.
    func gaveUp(_ session: Session, _ status: Status, since: Instant) {
        count(session) { $0.timedOut &+= 1 }
        trace(session, "not acquired, \(LockMeter.word(status)) after \(LockMeter.microseconds(since: since)) us")
    }

    /// What was had at `since` has been let go.
    ///
    /// - Parameter wasLost: The lease had ended before.
    func released(_ session: Session, fence: UInt64, since: Instant, wasLost: Bool) {
        if wasLost { return lost(session, fence: fence, since: since) }
        let held = Instant.now.nanoseconds &- since.nanoseconds
        count(session) { counts in
            counts.released &+= 1
            counts.holds.record(nanoseconds: held)
        }
        trace(session, "released, fence \(fence), held for \(held / 1_000) us")
    }

    /// What was had at `since` is lost.
    func lost(_ session: Session, fence: UInt64, since: Instant) {
        let held = Instant.now.nanoseconds &- since.nanoseconds
        count(session) { counts in
            counts.lost &+= 1
            counts.holds.record(nanoseconds: held)
        }
        trace(session, "lost, fence \(fence), held for \(held / 1_000) us")
    }

    private func count(_ session: Session, _ body: (inout UseCounts) -> Void) {
        let statistics = session.statistics
        guard statistics.isWanted, !subjects.isEmpty else { return }
        let known = records.withLock { $0 }
        guard known.count == subjects.count, known.first?.generation == session.generation else {
            let found = subjects.compactMap { statistics.count($0, body) }
            return records.withLock { $0 = found }
        }
        // A record that was not used for a while has left the list; another is there in its place.
        for index in known.indices where !known[index].count(body) {
            guard let record = statistics.count(subjects[index], body) else { continue }
            records.withLock { if $0.indices.contains(index) { $0[index] = record } }
        }
    }

    private func trace(_ session: Session, _ what: @autoclosure () -> String) {
        if subjects.isEmpty { return }
        session.log(traces ? .info : .debug, "\(subjects.inWords) \(what())")
    }

    private static func microseconds(since moment: Instant) -> Int64 {
        (Instant.now.nanoseconds &- moment.nanoseconds) / 1_000
    }

    private static func word(_ status: Status) -> String {
        switch status {
        case .cancelled: "cancelled"
        case .interrupted: "interrupted"
        default: "timed out"
        }
    }
}
