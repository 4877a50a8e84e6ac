// A handle of the library on an event, the flag that can be waited for.

import CDistCoord

/// Owns a `distcoord_event`.
package final class BlockingEvent: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(_ client: BlockingClient, _ name: String) throws(DistCoordError) {
        try requireWhole(name, "the event's name")
        var event: OpaquePointer?
        _ = try ask { distcoord_event_open(client.pointer, name, &event, $0) }
        pointer = try owned(event)
        self.name = name
        self.client = client
    }

    deinit { distcoord_event_free(pointer) }

    package func set() throws(DistCoordError) { _ = try ask { distcoord_event_set(pointer, $0) } }

    package func clear() throws(DistCoordError) { _ = try ask { distcoord_event_clear(pointer, $0) } }

    package func isSet() throws(DistCoordError) -> Bool {
        var isSet = false
        _ = try ask { distcoord_event_is_set(pointer, &isSet, $0) }
        return isSet
    }

    package func wait(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_event_wait(pointer, waitMilliseconds, $0) }
    }

    package func cancel() { distcoord_event_cancel(pointer) }
}
