// How many permits a limiter gives.

import CDistCoord

/// How many permits a ``Limiter`` gives, and how they come back.
public enum RateLimit: Sendable, Hashable {
    /// A bucket of `burst` tokens that fills up evenly by `limit` per period: after a quiet time that many may be taken
    /// at once. As many as the limit if `nil`.
    case tokenBucket(limit: Int, per: Duration = .seconds(1), burst: Int? = nil)
    /// At most `limit` in any span of one period.
    case slidingWindow(limit: Int, per: Duration = .seconds(1))
}

extension RateLimit {
    func apply(to handle: OpaquePointer, of what: String) throws(DistCoordError) {
        switch self {
        case .tokenBucket(let limit, let period, let burst):
            try apply(to: handle, of: what, DISTCOORD_LIMIT_TOKEN_BUCKET, limit, period)
            guard let burst else { return }
            // 0 is the interface's word for "as many as the limit".
            try accept(
                distcoord_limiter_options_set_burst(handle, burst < 1 ? -1 : Int64(burst)),
                "\(what): a burst of \(burst) is not possible; 1 to 1000000 are allowed")
        case .slidingWindow(let limit, let period):
            try apply(to: handle, of: what, DISTCOORD_LIMIT_SLIDING_WINDOW, limit, period)
        }
    }

    private func apply(
        to handle: OpaquePointer, of what: String, _ algorithm: Int, _ limit: Int, _ period: Duration
    ) throws(DistCoordError) {
        try accept(distcoord_limiter_options_set_algorithm(handle, Int32(algorithm)), "\(what): no such algorithm")
        try accept(
            distcoord_limiter_options_set_limit(handle, Int64(limit), period.wholeMilliseconds),
            "\(what): \(limit) permits per \(period) are not possible; 1 to 1000000 per 1 ms to 30 days are allowed")
    }
}
