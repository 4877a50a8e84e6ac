// A watch of the library, of whatever kind.

import CDistCoord

/// Owns a `distcoord_watch`. One taker at a time.
package final class BlockingWatch<Change: Sendable>: Sendable {
    /// A change with the answer "ok", and with no other.
    package typealias Taken = (answer: Answer, change: Change?)

    nonisolated(unsafe) private let pointer: OpaquePointer
    private let client: BlockingClient
    private let take: @Sendable (OpaquePointer, Int64) throws(DistCoordError) -> Taken

    init(
        _ pointer: OpaquePointer, _ client: BlockingClient,
        _ take: @escaping @Sendable (OpaquePointer, Int64) throws(DistCoordError) -> Taken
    ) {
        self.pointer = pointer
        self.client = client
        self.take = take
    }

    deinit { distcoord_watch_free(pointer) }

    /// Waits for the next change; the present state is the first.
    package func next(waitMilliseconds: Int64) throws(DistCoordError) -> Taken { try take(pointer, waitMilliseconds) }

    /// Readable while there may be something to take; -1 when the process has no descriptor left. Valid as long as this
    /// object.
    package var eventDescriptor: Int32 { distcoord_watch_event_fd(pointer) }

    package func cancel() { distcoord_watch_cancel(pointer) }
}
