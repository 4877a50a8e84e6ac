// Pausing a queue, and its limits. They belong to the queue on the server, and stay until they are set anew.

extension Queue {
    /// Lets nobody claim until ``resume()``, those who wait included. Pushing goes on, and so do jobs that are claimed.
    public func pause() async throws { try await withHandle { try $0.pause() } }

    /// Ends a pause; those who wait are handed jobs at once.
    public func resume() async throws { try await withHandle { try $0.resume() } }

    /// Limits how many jobs are claimed in a period, over all workers; `nil` for no limit. A queue that has rested may
    /// begin with all of them at once; from then on they come evenly.
    public func setRateLimit(_ limit: QueueSettings.RateLimit?) async throws {
        try await withHandle { try $0.setRateLimit(limit) }
    }

    /// Sets how many jobs of one ``PushOptions/concurrencyKey`` may run at the same time, 1 to 1 000 000. It applies to
    /// jobs that begin from now on.
    public func setKeyLimit(_ limit: Int) async throws { try await withHandle { try $0.setKeyLimit(limit) } }

    /// Bounds what is kept of jobs that have ended. Where there are more, the oldest are forgotten, a few at a time.
    ///
    /// - Parameters:
    ///   - results: How many results and errors are kept at most, whatever their ``PushOptions/resultLifetime``.
    ///   - dead: How many dead jobs stay listed at most; `nil` for all of them.
    public func setHistory(results: Int = 100_000, dead: Int? = nil) async throws {
        try await withHandle { try $0.setHistory(results: results, dead: dead) }
    }

    /// What is set.
    public func settings() async throws -> QueueSettings { try await withHandle { try $0.settings() } }
}
