// The changes of a leadership as a sequence.

/// The changes of a leadership; see ``Election/leaders``. It ends when the task is cancelled.
public struct LeaderSequence: AsyncSequence, Sendable {
    /// The leader, or `nil` while nobody leads.
    public typealias Element = Leader?

    let name: String
    let open: @Sendable () throws -> BlockingElection

    /// Begins to watch.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(name: name, open: open) }

    /// Watches one election.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let name: String
        let open: @Sendable () throws -> BlockingElection
        private var handle: BlockingElection?
        private var term: UInt64 = 0

        init(name: String, open: @escaping @Sendable () throws -> BlockingElection) {
            self.name = name
            self.open = open
        }

        /// Waits for the next change.
        public mutating func next() async throws -> Leader?? {
            let handle = try self.handle ?? open()
            self.handle = handle
            let term = term
            do {
                let seen = try await offload(cancel: { handle.cancel() }) {
                    try handle.observe(after: term, waitMilliseconds: -1)
                }
                switch seen {
                case .leader(let leader):
                    self.term = leader.term
                    return .some(leader)
                case .nobody:
                    self.term = 0
                    return .some(nil)
                case .other: throw cancellation(of: "election '\(name)'")
                }
            } catch is CancellationError {
                return nil
            }
        }
    }
}
