// So many permits per period, for the whole fleet.

/// A rate limiter that all processes share: so many permits per period, for each key of its own, never one more.
/// <doc:Breakers> says what holds.
///
/// ```swift
/// let mails = try client.limiter("mails", .tokenBucket(limit: 100, per: .seconds(60)))
/// try await mails.withPermit(key: user) { try await send(mail) }
/// ```
///
/// Who has to wait gets its moment at once, in order of arrival, and sleeps until then; nobody polls.
public final class Limiter: Sendable {
    /// What came of asking for permits.
    public enum Outcome: Sendable, Hashable {
        /// They were taken, after that wait.
        case acquired(waited: Duration)
        /// Nothing was taken: they would have been due only after that time.
        case refused(retryAfter: Duration)
    }

    /// How a key stands, as the server saw it when it was asked.
    public struct Status: Sendable, Hashable {
        /// How many permits could be taken at once.
        public var available: Int
        /// After how long there will be one; zero when there is.
        public var nextAfter: Duration
    }

    /// The limiter's name.
    public let name: String
    /// How many permits there are. Handles of one name should agree; each call goes by its own.
    public let rate: RateLimit

    private let handles: HandlePool<BlockingLimiter>

    init(_ client: Client, name: String, _ rate: RateLimit) throws {
        self.name = name
        self.rate = rate
        handles = try HandlePool { try BlockingLimiter(client.blocking, name, rate) }.prepared()
    }

    /// Takes permits, waiting until they are due. When they would be due later than the time allows, it answers at
    /// once. Cancelling the task throws `CancellationError`; the place in line comes back if nobody is behind it.
    ///
    /// - Parameters:
    ///   - permits: How many, 1 to the burst; of a sliding window, to the limit.
    ///   - key: Whose permits: a user's, a host's; `nil` for those of the limiter itself.
    ///   - timeout: How long to wait; `nil` for ever, zero not at all.
    /// - Returns: Whether they were taken.
    public func acquire(_ permits: Int = 1, key: String? = nil, timeout: Duration? = nil) async throws -> Bool {
        switch try await request(permits, key: key, timeout: timeout) {
        case .acquired: true
        case .refused: false
        }
    }

    /// Takes permits if they are there. Does not wait.
    public func tryAcquire(_ permits: Int = 1, key: String? = nil) async throws -> Bool {
        try await acquire(permits, key: key, timeout: .zero)
    }

    /// As ``acquire(_:key:timeout:)``, and tells the times: how long it waited, or when to come back.
    public func request(_ permits: Int = 1, key: String? = nil, timeout: Duration? = nil) async throws -> Outcome {
        let milliseconds = waitMilliseconds(timeout)
        let (answer, time) = try await handles.with { handle in
            try await offload(cancel: { handle.cancel() }) {
                try handle.acquire(permits, key: key, waitMilliseconds: milliseconds)
            }
        }
        switch answer {
        case .ok: return .acquired(waited: time)
        case .timedOut: return .refused(retryAfter: time)
        default: throw cancellation(of: what)
        }
    }

    /// Takes a permit, waiting until it is due, and runs the body.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut`` when it would be due later than the time allows;
    /// ``DistCoordError/retryAfter`` tells when.
    public func withPermit<Value>(
        key: String? = nil, timeout: Duration? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        if case .refused(let retryAfter) = try await request(key: key, timeout: timeout) {
            throw DistCoordError(
                .timedOut, "\(what): the next permit is due in \(retryAfter)", isRetriable: true,
                retryAfter: retryAfter)
        }
        return try await body()
    }

    /// Asks how many permits could be taken now.
    public func inspect(key: String? = nil) async throws -> Status {
        try await handles.call { try $0.inspect(key: key) }
    }

    /// Forgets what was taken. Those who wait still do.
    public func reset(key: String? = nil) async throws { try await handles.call { try $0.reset(key: key) } }

    private var what: String { "limiter '\(name)'" }
}

extension Client {
    /// A rate limiter. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The limiter's name.
    ///   - rate: How many permits there are, for each key of its own.
    public func limiter(_ name: String, _ rate: RateLimit) throws -> Limiter { try Limiter(self, name: name, rate) }
}
