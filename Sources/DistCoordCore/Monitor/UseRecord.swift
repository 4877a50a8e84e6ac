// What one client has counted of one name and not yet told the server. All handles on that name share it.

import DistCoordRedis

/// Counts of one name, kept as long as the client's `Statistics` list it.
final class UseRecord: Sendable {
    private struct State {
        var counts = UseCounts()
        /// False when the list has dropped the record: nobody would see what is counted here.
        var isListed = true
    }

    /// The process that counts here, as ForkGuard tells them apart: a child must not add to what its parent will tell.
    let generation: Int
    private let state = Guarded(State())

    init(generation: Int) {
        self.generation = generation
    }

    /// Counts; false when the record is listed no more, and nothing was counted.
    func count(_ body: (inout UseCounts) -> Void) -> Bool {
        state.withLock { state in
            if state.isListed { body(&state.counts) }
            return state.isListed
        }
    }

    /// What has been counted since it was taken last.
    var counts: UseCounts { state.withLock { $0.counts } }

    /// Takes it; when there is nothing, the record leaves the list, and nil is returned.
    func takeOrLeave() -> UseCounts? {
        state.withLock { state in
            if state.counts.isEmpty {
                state.isListed = false
                return nil
            }
            return state.counts.take()
        }
    }

    /// Takes everything.
    func takeAll() -> UseCounts {
        state.withLock { state in
            defer { state.counts = UseCounts() }
            return state.counts
        }
    }
}
