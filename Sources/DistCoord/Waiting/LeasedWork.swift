// Work that stops when the lease under which it runs is lost.

/// Runs the body in a task that is cancelled when the descriptor tells that the lease is lost. The caller's own
/// cancellation reaches the body as usual.
func runUnderLease<Value: Sendable>(
    lossDescriptor: Int32, _ body: @escaping @Sendable () async throws -> Value
) async -> Result<Value, any Error> {
    // A task of its own can be cancelled alone; it inherits priority and task-local values as a child would.
    let work = Task { try await body() }
    let watched = LossMonitor.shared.watch(lossDescriptor) { work.cancel() }
    if !watched { work.cancel() }
    let result = await withTaskCancellationHandler {
        await work.result
    } onCancel: {
        work.cancel()
    }
    LossMonitor.shared.unwatch(lossDescriptor)
    if !watched, case .failure = result {
        return .failure(
            DistCoordError(
                .internal, "a loss of the lease could not be told: no file descriptor left (ulimit -n); stopped"))
    }
    return result
}

/// Runs the body while the lease holds, releases it on every way out, and throws when it was lost.
func whileHeld<Value: Sendable>(
    _ lease: Lease, _ body: @escaping @Sendable (Lease) async throws -> Value
) async throws -> Value {
    let result = await runUnderLease(lossDescriptor: lease.lossDescriptor) { try await body(lease) }
    if await lease.finish() == .lost { throw lease.lost() }
    return try result.get()
}
