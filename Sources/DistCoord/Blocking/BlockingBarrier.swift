// A barrier handle of the library.

import CDistCoord

/// Owns a `distcoord_barrier`.
package final class BlockingBarrier: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(_ client: BlockingClient, _ name: String, parties: Int) throws(DistCoordError) {
        try requireWhole(name, "the barrier's name")
        var barrier: OpaquePointer?
        _ = try ask { distcoord_barrier_open(client.pointer, name, Int64(parties), &barrier, $0) }
        pointer = try owned(barrier)
        self.name = name
        self.client = client
    }

    deinit { distcoord_barrier_free(pointer) }

    /// - Parameter action: Run by the last party, on the calling thread, before anybody goes on; answering false breaks
    ///   the barrier.
    package func wait(
        waitMilliseconds: Int64, action: (() -> Bool)? = nil
    ) throws(DistCoordError) -> (answer: Answer, arrival: Barrier.Arrival) {
        var index: Int64 = 0
        var generation: Int64 = 0
        let answer: Answer
        if let action {
            answer = try withoutActuallyEscaping(action) { action throws(DistCoordError) in
                let context = ActionContext(action)
                return try ask { error in
                    withExtendedLifetime(context) {
                        distcoord_barrier_wait_acting(
                            pointer, waitMilliseconds,
                            { context in
                                guard let context else { return 1 }
                                return Unmanaged<ActionContext>.fromOpaque(context).takeUnretainedValue().run() ? 0 : 1
                            }, Unmanaged.passUnretained(context).toOpaque(), &index, &generation, error)
                    }
                }
            }
        } else {
            answer = try ask { distcoord_barrier_wait(pointer, waitMilliseconds, &index, &generation, $0) }
        }
        return (answer, Barrier.Arrival(index: Int(index), generation: generation))
    }

    package func abort() throws(DistCoordError) { _ = try ask { distcoord_barrier_abort(pointer, $0) } }

    package func reset() throws(DistCoordError) { _ = try ask { distcoord_barrier_reset(pointer, $0) } }

    package func inspect() throws(DistCoordError) -> Barrier.Status {
        var waiting: Int64 = 0
        var generation: Int64 = 0
        var broken = false
        _ = try ask { distcoord_barrier_inspect(pointer, &waiting, &generation, &broken, $0) }
        return Barrier.Status(waiting: Int(waiting), generation: generation, isBroken: broken)
    }

    package func cancel() { distcoord_barrier_cancel(pointer) }

    private final class ActionContext {
        let run: () -> Bool

        init(_ run: @escaping () -> Bool) { self.run = run }
    }
}
