// Pausing a queue, and its limits.

import CDistCoord

extension BlockingQueue {
    package func pause() throws(DistCoordError) { _ = try ask { distcoord_queue_pause(pointer, $0) } }

    package func resume() throws(DistCoordError) { _ = try ask { distcoord_queue_resume(pointer, $0) } }

    /// Nothing for no limit.
    package func setRateLimit(_ limit: QueueSettings.RateLimit?) throws(DistCoordError) {
        let (count, period) = limit.map { (Int64($0.count), $0.period.wholeMilliseconds) } ?? (0, 1000)
        if limit != nil, count < 1 {
            throw DistCoordError(.invalidArgument, "queue '\(name)': a rate of \(count): 1 to 1000000000 are allowed")
        }
        _ = try ask { distcoord_queue_set_rate_limit(pointer, count, period, $0) }
    }

    package func setKeyLimit(_ limit: Int) throws(DistCoordError) {
        _ = try ask { distcoord_queue_set_key_limit(pointer, Int64(limit), $0) }
    }

    /// Nothing for dead ones: all of them.
    package func setHistory(results: Int, dead: Int?) throws(DistCoordError) {
        if let dead, dead < 0 {
            throw DistCoordError(
                .invalidArgument, "queue '\(name)': \(dead) dead jobs: 0 to 100000000 can be kept, or all")
        }
        _ = try ask { distcoord_queue_set_history(pointer, Int64(results), dead.map(Int64.init) ?? -1, $0) }
    }

    package func settings() throws(DistCoordError) -> QueueSettings {
        var settings: OpaquePointer?
        _ = try ask { distcoord_queue_inspect_settings(pointer, &settings, $0) }
        defer { distcoord_queue_settings_free(settings) }
        let rate = Int(distcoord_queue_settings_rate_count(settings))
        let period = distcoord_queue_settings_rate_period_ms(settings)
        let dead = Int(distcoord_queue_settings_dead(settings))
        return QueueSettings(
            isPaused: distcoord_queue_settings_is_paused(settings),
            rateLimit: rate > 0 ? QueueSettings.RateLimit(rate, per: .milliseconds(period)) : nil,
            keyLimit: Int(distcoord_queue_settings_key_limit(settings)),
            results: Int(distcoord_queue_settings_results(settings)), dead: dead < 0 ? nil : dead)
    }
}
