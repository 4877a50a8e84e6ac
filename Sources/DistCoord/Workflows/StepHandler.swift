// What a worker does with a step.

/// The body of a step, its value in JSON already, and the condition under which it runs.
struct StepHandler: Sendable {
    var condition: (@Sendable (StepContext) async throws -> Bool)?
    private let body: @Sendable (StepContext) async throws -> [UInt8]

    init(_ body: @escaping @Sendable (StepContext) async throws -> [UInt8]) { self.body = body }

    init(silent body: @escaping @Sendable (StepContext) async throws -> Void) {
        self.body = {
            try await body($0)
            return []
        }
    }

    /// Runs it for a job. What does not end by a result is settled here; the worker sees that, and leaves it at that.
    func run(_ context: StepContext) async throws -> [UInt8] {
        let job = context.job
        do {
            if let condition, !(try await condition(context)) { throw StepEnd.skipped("its condition does not hold") }
            return try await body(context)
        } catch StepEnd.skipped(let reason) {
            try job.expectClaimed(try await offload { [blocking = job.blocking] in try blocking.skip(reason) })
        } catch StepEnd.repeated(let value) {
            try job.expectClaimed(try await offload { [blocking = job.blocking] in try blocking.repeatLoop(value) })
        }
        return []
    }
}

/// How a body ends without a result.
enum StepEnd: Error {
    case skipped(String)
    case repeated([UInt8])
}
