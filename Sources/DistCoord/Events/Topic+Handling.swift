// Handlers for the messages of a topic.

extension Topic {
    /// Handles the messages of a consumer group, each decoded from JSON: it is acknowledged when the handler returns,
    /// and released when it throws. Works until the task is cancelled, and returns then.
    ///
    /// A message that is released is delivered again after a delay that doubles with each delivery, to this consumer or
    /// another. So is one that is no such value; a handler of whole messages can do something about it. On the way out
    /// the handlers' tasks are cancelled, and what they do not finish is released at once. While the server is away it
    /// waits and goes on.
    ///
    /// - Parameters:
    ///   - group: The group's name; it is made if it is not there.
    ///   - type: What the messages are.
    ///   - options: How to take part in the group.
    ///   - concurrency: How many messages are handled at the same time.
    ///   - retryDelay: After how long a message is delivered again for the first time; at most 5 minutes, also later.
    ///   - handler: The work. It may run again for the same message: at least once.
    public func handle<Value: Decodable & Sendable>(
        group: String, as type: Value.Type, options: ConsumerOptions = ConsumerOptions(), concurrency: Int = 1,
        retryDelay: Duration = .seconds(1), _ handler: @escaping @Sendable (Value, Message) async throws -> Void
    ) async throws {
        try await handle(group: group, options: options, concurrency: concurrency, retryDelay: retryDelay) { message in
            try await handler(try message.decode(type), message)
        }
    }

    /// Handles the messages of a consumer group, as
    /// ``handle(group:as:options:concurrency:retryDelay:_:)``.
    public func handle(
        group: String, options: ConsumerOptions = ConsumerOptions(), concurrency: Int = 1,
        retryDelay: Duration = .seconds(1), _ handler: @escaping @Sendable (Message) async throws -> Void
    ) async throws {
        let consumer = try await consumer(group: group, options: options)
        let handling = Handling(consumer: consumer, retryDelay: retryDelay, handler: handler)
        do {
            try await handling.run(concurrency: max(1, concurrency))
        } catch {
            try? await consumer.close()
            throw error
        }
        try? await consumer.close()
    }
}

/// A consumer and what to do with its messages.
private struct Handling: Sendable {
    static let longestDelay = Duration.seconds(300)

    let consumer: Consumer
    let retryDelay: Duration
    let handler: @Sendable (Message) async throws -> Void

    func run(concurrency: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            // A message is asked for when there is somebody to handle it: held for longer, it is of use to nobody.
            while let message = try await next() {
                group.addTask { await deliver(message) }
                running += 1
                if running == concurrency {
                    try await group.next()
                    running -= 1
                }
            }
            group.cancelAll()
        }
    }

    /// Nothing once the task is cancelled.
    private func next() async throws -> Message? {
        var pauses = Pauses()
        while true {
            do {
                return try await consumer.nextOfSequence()
            } catch is CancellationError {
                return nil
            } catch let error as DistCoordError where error.isRetriable {
                await pauses.sleep()
                if Task.isCancelled { return nil }
            }
        }
    }

    private func deliver(_ message: Message) async {
        do {
            try await handler(message)
        } catch {
            let delay = Task.isCancelled ? .zero : delay(after: message.deliveries)
            return await settle { try await consumer.release(message, after: delay) }
        }
        await settle { try await consumer.acknowledge(message) }
    }

    /// Until the server has heard it: a message that nothing is said of stays with its consumer as long as that lives.
    private func settle(_ call: () async throws -> Void) async {
        var pauses = Pauses()
        while true {
            do {
                return try await call()
            } catch let error as DistCoordError where error.isRetriable && !Task.isCancelled {
                await pauses.sleep()
            } catch {
                return
            }
        }
    }

    private func delay(after deliveries: Int) -> Duration {
        // 2^30 seconds are beyond the longest delay, and 2^30 times the first one is no overflow.
        min(min(retryDelay, Self.longestDelay) * (1 << min(max(0, deliveries - 1), 30)), Self.longestDelay)
    }
}
