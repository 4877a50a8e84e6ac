// Asynchronous work that the library asks for in the middle of a call.

import Glibc
import Synchronization

/// Work of a task, run when a thread that may block asks for it, which waits for its end. It inherits priority and
/// task-local values from where this object was made.
final class BlockingWork: Sendable {
    private let end = ThreadSignal()
    private let result = Mutex<Result<Void, any Error>?>(nil)
    private let start: AsyncStream<Void>.Continuation
    private let task: Mutex<Task<Void, Never>?>

    init(_ body: @escaping @Sendable () async throws -> Void) {
        let (starts, start) = AsyncStream<Void>.makeStream()
        self.start = start
        task = Mutex(nil)
        let task = Task { [self] in
            for await _ in starts {
                finish(await Result { try await body() })
                return
            }
            // Ended before it was asked for: whoever asks now must not wait for it.
            finish(.failure(CancellationError()))
        }
        self.task.withLock { $0 = task }
    }

    /// Runs it and waits for its end; false when it threw. Only on a thread that may block, and once.
    func run() -> Bool {
        start.yield()
        end.wait()
        return failure == nil
    }

    /// Cancels it, whether it has begun or not.
    func cancel() { task.withLock { $0 }?.cancel() }

    /// It will not be asked for any more.
    func abandon() { start.finish() }

    /// What it threw when it was asked for.
    var failure: (any Error)? {
        switch result.withLock({ $0 }) {
        case .failure(let error): error
        case .success, nil: nil
        }
    }

    private func finish(_ result: Result<Void, any Error>) {
        self.result.withLock { $0 = result }
        end.raise()
    }
}

extension Result where Failure == any Error {
    /// What comes of asynchronous work.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

/// Something that one thread waits for and another raises, once.
private final class ThreadSignal: Sendable {
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func raise() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 {} }
}
