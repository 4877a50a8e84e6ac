// A handle of the library on a double barrier: one party.

import CDistCoord

/// Owns a `distcoord_double_barrier`.
package final class BlockingDoubleBarrier: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(
        _ client: BlockingClient, _ name: String, parties: Int,
        _ options: DoubleBarrierOptions = DoubleBarrierOptions()
    ) throws(DistCoordError) {
        try requireWhole(name, "the double barrier's name")
        let handle = try owned(distcoord_double_barrier_options_new())
        defer { distcoord_double_barrier_options_free(handle) }
        try options.apply(to: handle, of: "double barrier '\(name)'")
        var barrier: OpaquePointer?
        _ = try ask { distcoord_double_barrier_open(client.pointer, name, Int64(parties), handle, &barrier, $0) }
        pointer = try owned(barrier)
        self.name = name
        self.client = client
    }

    deinit { distcoord_double_barrier_free(pointer) }

    /// The index counts the parties in order of entering.
    package func enter(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, index: Int) {
        var index: Int64 = 0
        let answer = try ask { distcoord_double_barrier_enter(pointer, waitMilliseconds, &index, $0) }
        return (answer, Int(index))
    }

    /// This party has left in any case; "ok" when all have.
    package func leave(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_double_barrier_leave(pointer, waitMilliseconds, $0) }
    }

    package func abort() throws(DistCoordError) { _ = try ask { distcoord_double_barrier_abort(pointer, $0) } }

    package func inspect() throws(DistCoordError) -> DoubleBarrier.Status {
        var (inside, left, parties, round) = (Int64(0), Int64(0), Int64(0), Int64(0))
        _ = try ask { distcoord_double_barrier_inspect(pointer, &inside, &left, &parties, &round, $0) }
        return DoubleBarrier.Status(inside: Int(inside), left: Int(left), parties: Int(parties), round: round)
    }

    package var state: DoubleBarrier.State {
        switch Int(distcoord_double_barrier_state(pointer)) {
        case DISTCOORD_PARTY_INSIDE: .inside
        case DISTCOORD_PARTY_LOST: .lost
        default: .outside
        }
    }

    /// Readable while the state is lost; -1 when the process has no descriptor left. Valid as long as this object.
    package var lossDescriptor: Int32 { distcoord_double_barrier_event_fd(pointer) }

    package func cancel() { distcoord_double_barrier_cancel(pointer) }
}
