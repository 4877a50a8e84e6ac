// Ways to push a job.

/// Something that jobs are pushed to: a ``Queue``, or a ``Producer`` with its buffer.
public protocol PushTarget: Sendable {
    /// Pushes one job; gives its id.
    @discardableResult
    func push(_ payload: [UInt8], options: PushOptions) async throws -> String
}

extension PushTarget {
    /// Pushes one job with the default options; gives its id.
    @discardableResult
    public func push(_ payload: [UInt8]) async throws -> String { try await push(payload, options: PushOptions()) }

    /// Pushes one job whose payload is the text in UTF-8.
    @discardableResult
    public func push(_ text: String, options: PushOptions = PushOptions()) async throws -> String {
        try await push(Array(text.utf8), options: options)
    }

    /// Pushes one job whose payload is the value in JSON, which workers of every language read.
    @discardableResult
    public func push(json value: some Encodable, options: PushOptions = PushOptions()) async throws -> String {
        try await push(JSON.encode(value), options: options)
    }

    /// Pushes one job of a kind of its own: the value in JSON under the task name of its type.
    @discardableResult
    public func push(_ payload: some JobPayload, options: PushOptions = PushOptions()) async throws -> String {
        try await push(JSON.encode(payload), options: options.named(type(of: payload).task))
    }
}

extension Queue: PushTarget {
    /// Pushes one job; gives its id.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/exists`` if the id is known already or the unique key is taken
    /// (``DistCoordError/takenBy`` tells by which job), and ``DistCoordError/Code-swift.struct/notFound`` if it is to
    /// wait for a job that is not known.
    @discardableResult
    public func push(_ payload: [UInt8], options: PushOptions) async throws -> String {
        let (id, existed) = try await withHandle { try $0.push(payload, options) }
        if !existed { return id }
        let reason =
            id == options.id || options.uniqueKey == nil ? "is known already" : "has the unique key and has not ended"
        throw DistCoordError(.exists, "queue '\(name)': job '\(id)' \(reason)", takenBy: id)
    }

    /// Pushes many jobs in as few round trips as their size allows; gives their ids in the same order.
    ///
    /// When it throws, part of them may have been pushed: ``DistCoordError/pushedIDs``.
    @discardableResult
    public func pushMany(_ payloads: [[UInt8]], options: PushOptions = PushOptions()) async throws -> [String] {
        try await withHandle { try $0.pushMany(payloads, options) }
    }

    /// Pushes many jobs whose payloads are the texts in UTF-8.
    @discardableResult
    public func pushMany(_ texts: [String], options: PushOptions = PushOptions()) async throws -> [String] {
        try await pushMany(texts.map { Array($0.utf8) }, options: options)
    }

    /// Pushes many jobs, each with options of its own; gives what became of each, in the same order.
    ///
    /// When it throws, part of them may have been pushed: ``DistCoordError/pushedIDs``.
    @discardableResult
    public func pushMany(_ jobs: [NewJob]) async throws -> [PushOutcome] {
        try await withHandle { try $0.pushMany(jobs) }
    }
}
