// A client handle of the library. The asynchronous face and the command both stand on these blocking classes.

import CDistCoord

/// Owns a `distcoord_client`. Every handle made from it keeps it alive, so the log closure outlives all of them.
package final class BlockingClient: Sendable {
    // The library allows use from any number of threads at once.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let logSink: LogSink?

    package init(url: String?, options: ClientOptions) throws(DistCoordError) {
        if let url { try requireWhole(url, "the URL") }
        logSink = options.log.map(LogSink.init)
        let handle = try options.makeHandle(logSink: logSink)
        defer { distcoord_options_free(handle) }
        var client: OpaquePointer?
        _ = try ask { distcoord_client_open(url, handle, &client, $0) }
        pointer = try owned(client)
    }

    deinit { distcoord_client_free(pointer) }

    /// One round trip.
    package func ping() throws(DistCoordError) -> Duration {
        var microseconds: Int64 = 0
        _ = try ask { distcoord_client_ping(pointer, &microseconds, $0) }
        return .microseconds(microseconds)
    }

    /// Ends every wait in progress.
    package func cancel() { distcoord_client_cancel(pointer) }

    package func close() throws(DistCoordError) { _ = try ask { distcoord_client_close(pointer, $0) } }

    package var id: String { text(distcoord_client_id(pointer)) }
    package var url: String { text(distcoord_client_url(pointer)) }
    package var namespace: String { text(distcoord_client_namespace(pointer)) }

    package func check() throws(DistCoordError) -> HealthReport {
        var health: OpaquePointer?
        _ = try ask { distcoord_client_check(pointer, &health, $0) }
        defer { distcoord_health_free(health) }
        var checks: [HealthReport.Check] = []
        for index in 0..<distcoord_health_count(health) {
            checks.append(
                HealthReport.Check(
                    name: text(distcoord_health_name(health, index)),
                    detail: text(distcoord_health_detail(health, index)),
                    state: HealthReport.State(number: distcoord_health_check_state(health, index))))
        }
        return HealthReport(state: HealthReport.State(number: distcoord_health_state(health)), checks: checks)
    }
}

/// Which library runs.
package enum Library {
    package static var version: String { text(distcoord_version()) }
    package static var interface: Int32 { distcoord_abi_version() }
}
