// A step, seen by the body that runs it.

import Synchronization

/// What the body of a step gets to see: what came before it, its arguments, its run.
public final class StepContext: Sendable {
    /// The job as which the step was claimed: its attempt, its lease, its progress.
    public let job: Job
    /// Name of the step, `name[3]` for one of a map.
    public let step: String

    private let language: String?
    private let fetched = Mutex<[StepInput]?>(nil)

    /// - Parameter language: That of the steps that it adds.
    init(_ job: Job, language: String?) {
        self.job = job
        self.language = language
        step = job.blocking.step
    }

    // MARK: What it is

    /// Its run: to ask for state and artifacts, or to stop it.
    public var run: WorkflowRun {
        get throws { try WorkflowRun(existed: true) { [blocking = job.blocking] in try blocking.openRun() } }
    }

    /// Which item of its map it is, from 0.
    public var index: Int? { job.blocking.index }
    /// How often its loop has run it before.
    public var round: Int { job.blocking.round }
    /// Which attempt this is, from 1.
    public var attempt: Int { job.attempt }

    /// The value that the step was given (``WorkingNode/arguments(_:)``).
    public func arguments<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try decode(type, job.payload, "its arguments")
    }

    /// The item of its map.
    public func item<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        guard let item = job.blocking.item else {
            throw DistCoordError(.empty, "step '\(step)' is not one of a map: it has no item")
        }
        return try decode(type, item, "its item")
    }

    // MARK: What came before it

    /// The results of what it comes after, as they are: of a group and of a map those of all members. They are fetched
    /// once.
    public func inputs() async throws -> [StepInput] {
        if let inputs = fetched.withLock({ $0 }) { return inputs }
        let (answer, inputs) = try await offload { [blocking = job.blocking] in try blocking.inputs() }
        guard answer == .ok else {
            throw DistCoordError(answer.code, "step '\(step)': its run is not known any more")
        }
        fetched.withLock { $0 = inputs }
        return inputs
    }

    /// The result of a step that it comes after, from JSON. A map or a group gives a list of what its members that
    /// succeeded returned.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/empty`` when that step has no result: it was skipped, or this one runs
    /// always and that one ended badly.
    public func input<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) async throws -> Value {
        let inputs = try await inputs().filter { $0.need == name }
        guard let first = inputs.first else {
            throw DistCoordError(.notFound, "step '\(step)' does not come after '\(name)'")
        }
        if first.isMany { return try decode(type, list(of: inputs), "the results of '\(name)'") }
        guard first.state == .succeeded else {
            let reason = first.bytes.isEmpty ? "" : ": \(first.text)"
            throw DistCoordError(.empty, "step '\(name)' has no result, it is \(first.state)\(reason)")
        }
        return try decode(type, first.bytes, "the result of '\(name)'")
    }

    /// The result of a step that it comes after. Throws as ``input(_:as:)``.
    public func output<Output: Decodable>(of node: Step<Output>) async throws -> Output {
        try await input(node.part.name)
    }

    /// What a map that it comes after returned, in the order of the items; of items that did not succeed nothing.
    public func output<Item, Output: Decodable>(of node: MapStep<Item, Output>) async throws -> [Output] {
        try await input(node.part.name)
    }

    /// What ``repeatLoop(with:)`` gave to this round; `nil` in the first round, and in steps that begin no loop.
    public func repeated<Value: Decodable>(as type: Value.Type = Value.self) async throws -> Value? {
        guard round > 0, let value = try await inputs().first(where: { $0.need.isEmpty }) else { return nil }
        return try decode(type, value.bytes, "what the round before gave")
    }

    // MARK: How it ends otherwise

    /// Ends the step as skipped: what comes after nothing but skipped steps is skipped, too.
    public func skip(_ reason: String = "") throws -> Never { throw StepEnd.skipped(reason) }

    /// Ends the step and begins another round of the loop that ends with it (``StepChain``). In the last round, or when
    /// no loop ends with it, the value is its result.
    ///
    /// - Parameter value: What the first step of the next round is given: ``repeated(as:)``.
    public func repeatLoop(with value: some Encodable) throws -> Never {
        throw StepEnd.repeated(try JSON.encode(value))
    }

    /// Adds steps to the run. They come into being when this step succeeds, and an attempt that fails leaves none
    /// behind. What comes after this step then also waits for them. May be called several times. With names that the run
    /// knows already the step fails when it ends.
    ///
    /// The steps have no bodies, which other processes could not know: they use a ``StepTemplate`` of the workflow.
    ///
    /// ```swift
    /// try await context.add {
    ///     for page in 1...count { Step("page \(page)", using: fetch).arguments(page) }
    /// }
    /// ```
    public func add(@WorkflowBuilder _ parts: () throws -> [WorkflowPart]) async throws {
        let additions = try WorkflowCompiler.additions(parts(), language: language)
        try job.expectClaimed(try await offload { [blocking = job.blocking] in try blocking.add(additions) })
    }
}

extension StepInput {
    /// ``bytes`` as UTF-8.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The result as a value from JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: bytes)
    }
}

extension StepContext {
    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ what: String) throws -> Value {
        do {
            return try JSON.decode(type, from: bytes)
        } catch {
            throw DistCoordError(.invalidArgument, "step '\(step)': \(what) cannot be read as \(type): \(error)")
        }
    }

    /// The results as one JSON array, so that a list is read as any other value.
    private func list(of inputs: [StepInput]) -> [UInt8] {
        let results = inputs.filter { $0.state == .succeeded && !$0.step.isEmpty }.map(\.bytes)
        let items = results.map { $0.isEmpty ? Array("null".utf8) : $0 }
        return [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}
