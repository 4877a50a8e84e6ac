// What a client counts of the use of locks, and how it comes to the server.
//
// Handles count in records, one for each name. A thread that is there only while something is counted takes them
// every two seconds and sends them in batches, which the server adds up. A batch has a number, and the server
// remembers the last one of each client: sent again after a lost answer it is not added again, for as long as the
// server remembers the number (an hour). What a client has counted but not sent when it is killed is lost with it.

import DistCoordRedis
import Synchronization

/// Collects the counts of one client in one process.
final class Statistics: Sendable {
    private struct Table {
        var records: [GrantSubject: UseRecord] = [:]
        var isRunning = false
        var isClosed = false
    }

    /// Whether anything is to be counted; the environment can say no.
    let isWanted: Bool
    private let redis: RedisClient
    private let log: Log
    private let calls: StatisticsCalls
    private let generation: Int
    private let table = Guarded(Table())
    /// One thread at a time talks to the server about statistics: so it is certain what the server's sums contain.
    private let turns = Turns()
    /// Batches that are not known to have been added, in their order; touched by whoever has the turn.
    private let pending = Guarded<[StatisticsBatch]>([])
    private let lastNumber = Atomic<Int64>(0)
    private let parker = Parker()

    /// How often it is sent, in milliseconds.
    private static let interval: Int64 = 2_000
    /// How many names have records of their own; others are counted in the sums of their kind only. A name that was
    /// not used for an interval makes room.
    private static let mostNames = 10_000
    /// Stands for names that have no record of their own.
    static let others = ""

    /// - Parameter counts: False for what has no server of its own, the session of a quorum.
    init(redis: RedisClient, log: Log, keys: Keys, client: String, generation: Int, counts: Bool) {
        isWanted = counts && ProcessEnvironment["DISTCOORD_STATISTICS"] != "0"
        self.redis = redis
        self.log = log
        self.generation = generation
        calls = StatisticsCalls(keys: keys, client: client)
    }

    /// Counts, and returns the record in which; nil when nothing is counted any more.
    func count(_ subject: GrantSubject, _ body: (inout UseCounts) -> Void) -> UseRecord? {
        while true {
            let (record, mustStart) = table.withLock { table -> (UseRecord?, Bool) in
                if table.isClosed { return (nil, false) }
                defer { table.isRunning = true }
                return (find(subject, in: &table), !table.isRunning)
            }
            if mustStart { start() }
            guard let record else { return nil }
            if record.count(body) { return record }
        }
    }

    private func find(_ subject: GrantSubject, in table: inout Table) -> UseRecord {
        if let record = table.records[subject] { return record }
        var key = subject
        if table.records.count >= Statistics.mostNames {
            key = GrantSubject(kind: subject.kind, name: Statistics.others)
            if let record = table.records[key] { return record }
        }
        let record = UseRecord(generation: generation)
        table.records[key] = record
        return record
    }

    // MARK: - The thread

    private func start() {
        do throws(RedisError) {
            try NativeThread.start("dc-statistics") { self.run() }
        } catch {
            // The next name that is counted for the first time tries again.
            table.withLock { $0.isRunning = false }
            log(.debug, "statistics wait: \(error.message)")
        }
    }

    private func run() {
        while true {
            let next = Instant.now.advanced(milliseconds: Statistics.interval)
            while !isClosed, Instant.now < next { parker.park(until: next) }
            if isClosed { return }
            do throws(RedisError) {
                let patience = redis.patience { self.isClosed }
                try turns.take(patience)
                defer { turns.give() }
                pending.withLock { batches in
                    batches.removeAll { Instant.now >= $0.madeAt.advanced(milliseconds: StatisticsCalls.remembered) }
                }
                // While earlier batches wait, counts stay in their records, of which there are only so many.
                if pending.withLock({ $0.isEmpty }) { collect() }
                try deliver(patience)
            } catch {
                log(.debug, "statistics wait: \(error.message)")
            }
            let hasPending = pending.withLock { !$0.isEmpty }
            let ends = table.withLock { table in
                if !table.isClosed, hasPending || !table.records.isEmpty { return false }
                table.isRunning = false
                return true
            }
            if ends { return }
        }
    }

    private var isClosed: Bool { table.withLock { $0.isClosed } }

    /// Makes batches of what was counted.
    private func collect() {
        let taken = table.withLock { table in
            var taken: [HoldKind: [StatisticsBatch.Part]] = [:]
            for (subject, record) in table.records {
                if let counts = record.takeOrLeave() {
                    taken[subject.kind, default: []].append((subject.name, counts))
                } else {
                    table.records[subject] = nil
                }
            }
            return taken
        }
        for (kind, parts) in taken {
            for start in stride(from: 0, to: parts.count, by: StatisticsBatch.limit) {
                let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
                let end = min(start + StatisticsBatch.limit, parts.count)
                let batch = StatisticsBatch(kind: kind, number: number, parts: Array(parts[start..<end]))
                pending.withLock { $0.append(batch) }
            }
        }
    }

    /// Sends the batches, one of each kind per round trip: those of one kind must arrive in their order.
    private func deliver(_ patience: Patience) throws(RedisError) {
        while true {
            let wave = pending.withLock { batches in
                HoldKind.allCases.compactMap { kind in batches.first { $0.kind == kind } }
            }
            if wave.isEmpty { return }
            let replies = try redis.run(wave.map { calls.add($0) }, patience: patience)
            var failure: String?
            for (batch, reply) in zip(wave, replies) {
                if let text = reply.error {
                    failure = text
                } else {
                    pending.withLock { $0.removeAll { $0.number == batch.number } }
                }
            }
            guard let failure else { continue }
            let error = redis.serverError(failure, doing: "statistics_add")
            // A full server will have room again; what it does not permit or understand now, it will not later.
            if !error.isTransientServerError, error.serverPrefix != "OOM" {
                log(.warning, "statistics are off: \(error.message)")
                close()
            }
            throw error
        }
    }

    // MARK: - The end

    /// Counts no more, and returns the calls that tell the rest to the server. They are safe to make in one round
    /// trip; when some are lost, so are numbers for people.
    func finish() -> [ScriptCall] {
        guard !isClosed else { return [] }
        do throws(RedisError) {
            // The thread may be in the middle of a round trip with a server that is gone.
            try turns.take(Patience(deadline: .now.advanced(milliseconds: 100)))
        } catch {
            close()
            return []
        }
        defer { turns.give() }
        collect()
        let batches = pending.withLock { $0 }
        close()
        return batches.map { calls.add($0) }
    }

    private func close() {
        table.withLock { table in
            table.isClosed = true
            table.records = [:]
        }
        pending.withLock { $0 = [] }
        parker.unpark()
    }

    // MARK: - Reading

    /// Sums of all clients, this one's to the last operation.
    ///
    /// - Parameter name: Nil for all names of the kind together.
    func read(_ kind: HoldKind, _ name: String?, _ patience: Patience) throws(RedisError) -> LockStatistics {
        try turns.take(patience)
        defer { turns.give() }
        let reply = try redis.run(calls.read(kind, name), patience: patience)
        var result = LockStatistics(reply)
        let lastAdded = reply.integer(at: 0)
        for batch in pending.withLock({ $0 }) where batch.kind == kind && batch.number > lastAdded {
            for part in batch.parts where name == nil || part.name == name { result.add(part.counts) }
        }
        for record in records(kind, name) { result.add(record.counts) }
        return result
    }

    /// Sets sums to zero, this client's own with them. The sums of a kind do not mind that one of its names is reset.
    func reset(_ kind: HoldKind, _ name: String?, _ patience: Patience) throws(RedisError) {
        try turns.take(patience)
        defer { turns.give() }
        _ = try redis.run(calls.reset(kind, name), patience: patience)
        var dropped = UseCounts()
        for record in records(kind, name) { dropped.add(record.takeAll()) }
        if name != nil, !dropped.isEmpty {
            _ = count(GrantSubject(kind: kind, name: Statistics.others)) { $0.add(dropped) }
        }
        pending.withLock { batches in
            if name == nil { return batches.removeAll { $0.kind == kind } }
            for index in batches.indices where batches[index].kind == kind {
                batches[index].rename(name, to: Statistics.others)
            }
        }
    }

    private func records(_ kind: HoldKind, _ name: String?) -> [UseRecord] {
        table.withLock { table in
            if let name { return [table.records[GrantSubject(kind: kind, name: name)]].compactMap { $0 } }
            return table.records.filter { $0.key.kind == kind }.map(\.value)
        }
    }
}
