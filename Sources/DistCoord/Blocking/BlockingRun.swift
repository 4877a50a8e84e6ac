// A run of a workflow.

import CDistCoord

/// Owns a `distcoord_run`, unless it is lent by an instance, which it then keeps.
package final class BlockingRun: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    package let id: String
    let client: BlockingClient
    private let lender: any AnyObject & Sendable

    /// Nothing is sent.
    package convenience init(queue: BlockingQueue, id: String) throws(DistCoordError) {
        try requireWhole(id, "the run's id")
        var run: OpaquePointer?
        _ = try ask { distcoord_run_open(queue.pointer, id, &run, $0) }
        self.init(try owned(run), queue.client, lender: queue)
    }

    /// - Parameter lender: What must live as long; who owns the pointer, if that is an instance.
    init(_ pointer: OpaquePointer, _ client: BlockingClient, lender: any AnyObject & Sendable) {
        self.pointer = pointer
        self.client = client
        self.lender = lender
        id = text(distcoord_run_id(pointer))
    }

    deinit { if !(lender is BlockingInstance) { distcoord_run_free(pointer) } }

    /// Tells beside it whether there was a run with that id, of the same workflow; then nothing was started.
    package static func start(
        _ queue: BlockingQueue, _ workflow: BlockingWorkflow, _ options: RunOptions
    ) throws(DistCoordError) -> (existed: Bool, run: BlockingRun) {
        let handle = try owned(distcoord_run_options_new())
        defer { distcoord_run_options_free(handle) }
        if let id = options.id {
            try requireWhole(id, "the run's id")
            try accept(
                distcoord_run_options_set_id(handle, id),
                "run '\(id)': an id of 1 to 128 bytes of text without control characters is allowed")
        }
        try accept(
            distcoord_run_options_set_retention_ms(handle, options.retention.wholeMilliseconds),
            "a run kept for \(options.retention): 1 s to 365 days are allowed")
        try accept(distcoord_run_options_set_fail_fast(handle, options.failFast), "fail fast is not possible")
        var run: OpaquePointer?
        let answer = try ask { distcoord_run_start(queue.pointer, workflow.pointer, handle, &run, $0) }
        return (answer == .exists, BlockingRun(try owned(run), queue.client, lender: queue))
    }

    // MARK: How it stands

    /// With a summary for "ok", which is: it has ended, and "timed out".
    package func wait(milliseconds: Int64) throws(DistCoordError) -> (answer: Answer, summary: RunSummary?) {
        var summary: OpaquePointer?
        let answer = try ask { distcoord_run_wait(pointer, milliseconds, &summary, $0) }
        defer { distcoord_run_summary_free(summary) }
        return (answer, summary.map { RunSummary(id: id, $0) })
    }

    /// How a step ended, with its name as id. "Not found" when run or step are not known.
    package func result(
        of step: String, waitMilliseconds: Int64
    ) throws(DistCoordError) -> (answer: Answer, result: JobResult?) {
        try requireWhole(step, "the step's name")
        var result: OpaquePointer?
        let answer = try ask { distcoord_run_result(pointer, step, waitMilliseconds, &result, $0) }
        defer { distcoord_result_free(result) }
        guard answer == .ok else { return (answer, nil) }
        return (answer, JobResult(id: step, result))
    }

    /// Nothing when the run is not known.
    package func steps() throws(DistCoordError) -> [StepInfo]? {
        var list: OpaquePointer?
        let answer = try ask { distcoord_run_tasks(pointer, &list, $0) }
        defer { distcoord_task_list_free(list) }
        guard answer == .ok else { return nil }
        return (0..<distcoord_task_list_count(list)).map { StepInfo(list, $0) }
    }

    /// Values of the shared state of the run.
    package func state() throws(DistCoordError) -> BlockingState {
        var state: OpaquePointer?
        _ = try ask { distcoord_run_state(pointer, &state, $0) }
        return BlockingState(try owned(state), client)
    }

    /// All events from the first one on, as far as they are kept, then new ones as they happen.
    package func watch() throws(DistCoordError) -> BlockingWatch<RunEvent> {
        var watch: OpaquePointer?
        _ = try ask { distcoord_run_watch(pointer, &watch, $0) }
        return BlockingWatch(try owned(watch), client) { watch, milliseconds throws(DistCoordError) in
            var event: OpaquePointer?
            let answer = try ask { distcoord_run_watch_next(watch, milliseconds, &event, $0) }
            defer { distcoord_run_event_free(event) }
            return answer == .ok ? (.ok, RunEvent(event)) : (answer, nil)
        }
    }

    // MARK: What is done with it

    /// "Not found", "expired" when it has ended.
    package func pause() throws(DistCoordError) -> Answer { try ask { distcoord_run_pause(pointer, $0) } }

    /// "Not found", "expired" when it has succeeded.
    package func resume() throws(DistCoordError) -> Answer { try ask { distcoord_run_resume(pointer, $0) } }

    /// "Not found", "expired" when it has ended.
    package func stop(reason: String?, atOnce: Bool) throws(DistCoordError) -> Answer {
        try ask { distcoord_run_stop(pointer, reason.map(shown), atOnce, $0) }
    }

    package func delete() throws(DistCoordError) -> Answer { try ask { distcoord_run_delete(pointer, $0) } }

    /// Ends the waits in progress on this handle. It does not stop the run.
    package func cancel() { distcoord_run_cancel(pointer) }
}

extension BlockingQueue {
    /// The latest first.
    package func runs(offset: Int, limit: Int) throws(DistCoordError) -> [RunSummary] {
        guard (1...1000).contains(limit), offset >= 0 else {
            throw DistCoordError(
                .invalidArgument, "queue '\(name)': 1 to 1000 runs from 0 on can be listed, not \(limit) from \(offset)"
            )
        }
        var list: OpaquePointer?
        _ = try ask { distcoord_runs_list(pointer, Int64(offset), Int64(limit), &list, $0) }
        defer { distcoord_run_list_free(list) }
        return (0..<distcoord_run_list_count(list)).compactMap { index in
            distcoord_run_list_summary(list, index).map { RunSummary(id: text(distcoord_run_list_id(list, index)), $0) }
        }
    }
}

extension RunState {
    /// Of a later version's state no more is known than that it has not succeeded.
    init(number: Int32) {
        switch Int(number) {
        case DISTCOORD_RUN_RUNNING: self = .running
        case DISTCOORD_RUN_PAUSED: self = .paused
        case DISTCOORD_RUN_STOPPING: self = .stopping
        case DISTCOORD_RUN_SUCCEEDED: self = .succeeded
        case DISTCOORD_RUN_CANCELLED: self = .cancelled
        default: self = .failed
        }
    }
}

extension StepState {
    init(number: Int32) {
        switch Int(number) {
        case DISTCOORD_TASK_WAITING: self = .waiting
        case DISTCOORD_TASK_READY: self = .ready
        case DISTCOORD_TASK_RUNNING: self = .running
        case DISTCOORD_TASK_SUCCEEDED: self = .succeeded
        case DISTCOORD_TASK_SKIPPED: self = .skipped
        case DISTCOORD_TASK_CANCELLED: self = .cancelled
        case DISTCOORD_TASK_BLOCKED: self = .blocked
        default: self = .failed
        }
    }
}

extension RunSummary {
    init(id: String, _ summary: OpaquePointer) {
        func count(_ state: Int) -> Int { Int(distcoord_run_summary_count(summary, Int32(state))) }
        self.init(
            id: id, state: RunState(number: distcoord_run_summary_state(summary)),
            workflow: text(distcoord_run_summary_workflow(summary)),
            reason: text(distcoord_run_summary_reason(summary)),
            startedMillisecondsSince1970: distcoord_run_summary_started_ms(summary),
            endedMillisecondsSince1970: moment(distcoord_run_summary_ended_ms(summary)),
            waiting: count(DISTCOORD_TASK_WAITING), ready: count(DISTCOORD_TASK_READY),
            succeeded: count(DISTCOORD_TASK_SUCCEEDED), failed: count(DISTCOORD_TASK_FAILED),
            skipped: count(DISTCOORD_TASK_SKIPPED), cancelled: count(DISTCOORD_TASK_CANCELLED),
            blocked: count(DISTCOORD_TASK_BLOCKED))
    }
}

extension StepInfo {
    fileprivate init(_ list: OpaquePointer?, _ index: Int) {
        let kind: StepKind =
            switch Int(distcoord_task_list_kind(list, index)) {
            case DISTCOORD_NODE_GROUP: .group
            case DISTCOORD_NODE_MAP: .map
            case DISTCOORD_NODE_ITEM: .item
            default: .task
            }
        self.init(
            name: text(distcoord_task_list_name(list, index)), kind: kind,
            state: StepState(number: distcoord_task_list_state(list, index)),
            group: text(distcoord_task_list_group(list, index)),
            needs: text(distcoord_task_list_needs(list, index)).split(separator: "\n").map(String.init),
            worker: text(distcoord_task_list_worker(list, index)),
            capabilities: text(distcoord_task_list_capabilities(list, index)).split(separator: ",").map(String.init),
            error: text(distcoord_task_list_error(list, index)),
            attempts: Int(distcoord_task_list_attempts(list, index)),
            round: Int(distcoord_task_list_round(list, index)),
            readyMillisecondsSince1970: moment(distcoord_task_list_ready_ms(list, index)),
            startedMillisecondsSince1970: moment(distcoord_task_list_started_ms(list, index)),
            endedMillisecondsSince1970: moment(distcoord_task_list_ended_ms(list, index)))
    }
}

extension RunEvent {
    fileprivate init(_ event: OpaquePointer?) {
        let state = distcoord_run_event_state(event)
        let kind: Kind =
            switch Int(distcoord_run_event_kind(event)) {
            case DISTCOORD_RUN_EVENT_STARTED: .started
            case DISTCOORD_RUN_EVENT_ENDED: .ended(RunState(number: state))
            case DISTCOORD_RUN_EVENT_PAUSED: .paused
            case DISTCOORD_RUN_EVENT_RESUMED: .resumed
            case DISTCOORD_RUN_EVENT_STOPPING: .stopping
            case DISTCOORD_RUN_EVENT_NODE_ENDED: .stepEnded(StepState(number: state))
            case DISTCOORD_RUN_EVENT_RETRY: .retry
            case DISTCOORD_RUN_EVENT_EXPANDED: .expanded
            case DISTCOORD_RUN_EVENT_REPEATED: .repeated
            default: .other
            }
        self.init(
            kind: kind, number: Int(distcoord_run_event_number(event)),
            millisecondsSince1970: distcoord_run_event_time_ms(event),
            step: DistCoord.text(distcoord_run_event_task(event)),
            text: DistCoord.text(distcoord_run_event_text(event)))
    }
}

/// Zero stands for what has not been.
private func moment(_ milliseconds: Int64) -> Int64? { milliseconds > 0 ? milliseconds : nil }
