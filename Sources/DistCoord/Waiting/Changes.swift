// Watches of the library as sequences.

/// Changes of something on the server, as they come: the present state first, then each change, never an older one
/// after a newer one. A lost connection is ridden out; changes that come faster than they are taken may be seen as one,
/// and the latest is never missed.
///
/// It ends when the task is cancelled. Each loop over it watches on its own.
public struct Changes<Element: Sendable>: AsyncSequence, Sendable {
    /// Waits for that many milliseconds; gives nothing when there was no change.
    typealias Take = @Sendable (Int64) async throws -> Element?

    private let open: @Sendable () async throws -> Take

    /// - Parameter change: What becomes of a change before it is handed out.
    init<Change: Sendable>(
        of what: String, _ watch: @escaping @Sendable () throws -> BlockingWatch<Change>,
        _ change: @escaping @Sendable (Change) throws -> Element
    ) {
        open = {
            let watch = try await offload(watch)
            return { milliseconds in
                let (answer, seen) = try await offload(cancel: { watch.cancel() }) {
                    try watch.next(waitMilliseconds: milliseconds)
                }
                if let seen { return .some(try change(seen)) }
                if answer == .timedOut { return nil }
                throw cancellation(of: what)
            }
        }
    }

    init(of what: String, _ watch: @escaping @Sendable () throws -> BlockingWatch<Element>) {
        self.init(of: what, watch) { $0 }
    }

    /// Begins to watch with the first element that is asked for.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(open: open) }

    /// One watch.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        private let open: @Sendable () async throws -> Take
        private var take: Take?

        fileprivate init(open: @escaping @Sendable () async throws -> Take) { self.open = open }

        /// Waits for the next change; `nil` when the task was cancelled.
        public mutating func next() async throws -> Element? { try await next(milliseconds: -1) }

        /// Waits for the next change; `nil` when there was none in time, or the task was cancelled.
        public mutating func next(timeout: Duration) async throws -> Element? {
            try await next(milliseconds: waitMilliseconds(timeout))
        }

        private mutating func next(milliseconds: Int64) async throws -> Element? {
            do {
                if let take { return try await take(milliseconds) }
                let take = try await open()
                self.take = take
                return try await take(milliseconds)
            } catch is CancellationError {
                return nil
            }
        }
    }
}
