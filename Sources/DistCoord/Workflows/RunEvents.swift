// What happens in a run, as a sequence.

/// What happens in a run; see ``WorkflowRun/events``. It ends with the run, or when the task is cancelled. Each loop
/// over it begins anew.
public struct RunEvents: AsyncSequence, Sendable {
    /// Something that happened.
    public typealias Element = RunEvent

    private let run: WorkflowRun
    private let open: @Sendable () async throws -> BlockingWatch<RunEvent>

    init(_ run: WorkflowRun, _ open: @escaping @Sendable () async throws -> BlockingWatch<RunEvent>) {
        self.run = run
        self.open = open
    }

    /// Begins with the first event that is kept.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(run: run, open: open) }

    /// Goes through the events once.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        private let run: WorkflowRun
        private let open: @Sendable () async throws -> BlockingWatch<RunEvent>
        private var watch: BlockingWatch<RunEvent>?
        private var hasEnded = false

        fileprivate init(run: WorkflowRun, open: @escaping @Sendable () async throws -> BlockingWatch<RunEvent>) {
            self.run = run
            self.open = open
        }

        /// Waits for the next event; `nil` when the run has ended, or the task was cancelled.
        public mutating func next() async throws -> RunEvent? {
            do {
                // After an end there is more only if the run was taken up again since.
                guard let event = try await take(waitMilliseconds: hasEnded ? 0 : -1) else { return nil }
                if case .ended = event.kind { hasEnded = true } else { hasEnded = false }
                return event
            } catch is CancellationError {
                return nil
            }
        }

        private mutating func take(waitMilliseconds: Int64) async throws -> RunEvent? {
            let watch: BlockingWatch<RunEvent>
            if let opened = self.watch {
                watch = opened
            } else {
                watch = try await open()
                self.watch = watch
            }
            let (answer, event) = try await offload(cancel: { watch.cancel() }) {
                try watch.next(waitMilliseconds: waitMilliseconds)
            }
            if let event { return event }
            if answer == .timedOut || answer == .empty { return nil }
            throw run.missing(answer)
        }
    }
}
