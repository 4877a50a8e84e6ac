// The queues of a worker, and in which order they are asked.

import DistCoordRedis

/// One queue of a worker.
struct WorkerQueue: Sendable {
    let handle: QueueHandle
    let rooms: QueueRooms
    /// One for each partition.
    let sources: [ClaimSource]
    let weight: Int32
}

extension WorkerSetup {
    /// The queues as they are worked on.
    func makeQueues(worker: String) throws(CoordinationError) -> [WorkerQueue] {
        var made: [WorkerQueue] = []
        let profile = profile(worker: worker)
        let hasOthers = queues.contains { $0.weight > 0 }
        for queue in queues {
            try queue.handle.setLease(lease)
            queue.handle.setProfile(profile)
            let rooms = try queue.handle.rooms()
            let sources = queue.handle.claimSources(rooms).map { source in
                var source = source
                source.isReserve = hasOthers && queue.weight == 0
                return source
            }
            made.append(WorkerQueue(handle: queue.handle, rooms: rooms, sources: sources, weight: queue.weight))
        }
        return made
    }
}

extension WorkerCore {
    /// The rooms in the order in which they are asked this time: queues as often first as their weights say, the
    /// partitions of each from another one every time.
    func sourcesInTurn() -> [ClaimSource] {
        if queues.count == 1, let only = queues.first { return WorkerCore.rotated(only.sources) }
        var rest = queues.filter { $0.weight > 0 }
        var order: [ClaimSource] = []
        while !rest.isEmpty {
            var draw = Int32.random(in: 0..<rest.reduce(0) { $0 + $1.weight })
            let chosen = rest.firstIndex { queue in
                defer { draw -= queue.weight }
                return draw < queue.weight
            }
            order += WorkerCore.rotated(rest.remove(at: chosen ?? rest.startIndex).sources)
        }
        for queue in queues where queue.weight == 0 { order += WorkerCore.rotated(queue.sources) }
        return order
    }

    private static func rotated(_ sources: [ClaimSource]) -> [ClaimSource] {
        guard sources.count > 1 else { return sources }
        let start = Int.random(in: sources.indices)
        return Array(sources[start...] + sources[..<start])
    }
}
