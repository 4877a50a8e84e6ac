// A job that is a step of a workflow.

import CDistCoord

extension BlockingJob {
    /// Id of the run; empty for a job that is no step.
    package var run: String { text(distcoord_task_run(pointer)) }
    package var step: String { text(distcoord_task_name(pointer)) }
    package var isStep: Bool { !run.isEmpty }

    /// Which item of its map it is.
    package var index: Int? {
        let index = distcoord_task_index(pointer)
        return index < 0 ? nil : Int(index)
    }

    /// The item of the list, as JSON.
    package var item: [UInt8]? { index == nil ? nil : bytes { distcoord_task_item(pointer, $0) } }

    package var round: Int { Int(distcoord_task_round(pointer)) }

    /// What it needs, in the order in which the needs were added. "Not found" when the run is no longer known.
    package func inputs() throws(DistCoordError) -> (answer: Answer, inputs: [StepInput]) {
        var inputs: OpaquePointer?
        let answer = try ask { distcoord_task_fetch_inputs(pointer, &inputs, $0) }
        defer { distcoord_task_inputs_free(inputs) }
        return (
            answer,
            (0..<distcoord_task_inputs_count(inputs)).map { index in
                StepInput(
                    need: text(distcoord_task_inputs_need(inputs, index)),
                    step: text(distcoord_task_inputs_task(inputs, index)),
                    isMany: distcoord_task_inputs_is_many(inputs, index),
                    state: StepState(number: distcoord_task_inputs_state(inputs, index)),
                    bytes: bytes { distcoord_task_inputs_bytes(inputs, index, $0) })
            }
        )
    }

    package func skip(_ reason: String?) throws(DistCoordError) -> Answer {
        try ask { distcoord_task_skip(pointer, reason.map(shown), $0) }
    }

    /// Begins another round of the loop that ends with this step; in the last round completes it.
    package func repeatLoop(_ result: [UInt8]) throws(DistCoordError) -> Answer {
        try ask { distcoord_task_repeat(pointer, result, result.count, $0) }
    }

    /// They come into being when the step is completed.
    package func add(_ additions: BlockingWorkflow) throws(DistCoordError) -> Answer {
        try ask { distcoord_task_add(pointer, additions.pointer, $0) }
    }

    package func openRun() throws(DistCoordError) -> BlockingRun {
        var run: OpaquePointer?
        _ = try ask { distcoord_task_open_run(pointer, &run, $0) }
        return BlockingRun(try owned(run), client, lender: client)
    }
}
