// include/distcoord/task.h

public import CDistCoord
import DistCoordCore

/// Results that a task needs, as C holds them.
final class TaskInputsBox {
    let inputs: [TaskInput]
    /// Of each its need and its task.
    private let texts: LazyTexts

    init(_ inputs: [TaskInput]) {
        self.inputs = inputs
        texts = LazyTexts(2 * inputs.count)
    }

    func input(_ index: Int) -> TaskInput? {
        inputs.indices.contains(index) ? inputs[index] : nil
    }

    func need(_ index: Int) -> UnsafePointer<CChar> {
        inputs.indices.contains(index) ? texts.text(2 * index) { inputs[index].need } : emptyText
    }

    func task(_ index: Int) -> UnsafePointer<CChar> {
        inputs.indices.contains(index) ? texts.text(2 * index + 1) { inputs[index].task } : emptyText
    }
}

// MARK: - Which task it is

@implementation @_cdecl("distcoord_task_run")
public func distcoord_task_run(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.run) ?? emptyText
}

@implementation @_cdecl("distcoord_task_name")
public func distcoord_task_name(_ job: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(job, as: JobBox.self)?.text(.node) ?? emptyText
}

@implementation @_cdecl("distcoord_task_index")
public func distcoord_task_index(_ job: OpaquePointer!) -> Int64 {
    HandleBox.borrow(job, as: JobBox.self)?.job.itemIndex ?? -1
}

@implementation @_cdecl("distcoord_task_item")
public func distcoord_task_item(_ job: OpaquePointer!, _ out_length: UnsafeMutablePointer<Int>!) -> UnsafeRawPointer! {
    let item = HandleBox.borrow(job, as: JobBox.self)?.job.item
    out_length?.pointee = item?.count ?? 0
    return item?.baseAddress
}

@implementation @_cdecl("distcoord_task_round")
public func distcoord_task_round(_ job: OpaquePointer!) -> Int32 {
    HandleBox.borrow(job, as: JobBox.self)?.job.round ?? 0
}

@implementation @_cdecl("distcoord_task_open_run")
public func distcoord_task_open_run(
    _ job: OpaquePointer!, _ out_run: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_run, "out_run")
        out.pointee = nil
        let box: JobBox = try require(job, "job")
        out.pointee = HandleBox.make(RunBox(try box.job.openRun()))
        return .ok
    }
}

// MARK: - Inputs

@implementation @_cdecl("distcoord_task_fetch_inputs")
public func distcoord_task_fetch_inputs(
    _ job: OpaquePointer!, _ out_inputs: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_inputs, "out_inputs")
        out.pointee = nil
        let box: JobBox = try require(job, "job")
        let (status, inputs) = try box.job.fetchInputs()
        if status == .ok { out.pointee = HandleBox.make(TaskInputsBox(inputs)) }
        return status
    }
}

@implementation @_cdecl("distcoord_task_inputs_count")
public func distcoord_task_inputs_count(_ inputs: OpaquePointer!) -> Int {
    HandleBox.borrow(inputs, as: TaskInputsBox.self)?.inputs.count ?? 0
}

@implementation @_cdecl("distcoord_task_inputs_need")
public func distcoord_task_inputs_need(_ inputs: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    HandleBox.borrow(inputs, as: TaskInputsBox.self)?.need(index) ?? emptyText
}

@implementation @_cdecl("distcoord_task_inputs_task")
public func distcoord_task_inputs_task(_ inputs: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    HandleBox.borrow(inputs, as: TaskInputsBox.self)?.task(index) ?? emptyText
}

@implementation @_cdecl("distcoord_task_inputs_is_many")
public func distcoord_task_inputs_is_many(_ inputs: OpaquePointer!, _ index: Int) -> Bool {
    HandleBox.borrow(inputs, as: TaskInputsBox.self)?.input(index)?.isMany ?? false
}

@implementation @_cdecl("distcoord_task_inputs_state")
public func distcoord_task_inputs_state(_ inputs: OpaquePointer!, _ index: Int) -> Int32 {
    HandleBox.borrow(inputs, as: TaskInputsBox.self)?.input(index)?.state.rawValue ?? -1
}

@implementation @_cdecl("distcoord_task_inputs_bytes")
public func distcoord_task_inputs_bytes(
    _ inputs: OpaquePointer!, _ index: Int, _ out_length: UnsafeMutablePointer<Int>!
) -> UnsafeRawPointer! {
    out_length?.pointee = 0
    guard let box = HandleBox.borrow(inputs, as: TaskInputsBox.self) else { return nil }
    guard let input = box.input(index), !input.bytes.isEmpty else { return UnsafeRawPointer(emptyText) }
    out_length?.pointee = input.bytes.count
    // The array is never changed and the box outlives the pointer: its storage stays where it is.
    return input.bytes.withUnsafeBytes { $0.baseAddress }
}

@implementation @_cdecl("distcoord_task_inputs_free")
public func distcoord_task_inputs_free(_ inputs: OpaquePointer!) {
    _ = HandleBox.consume(inputs, as: TaskInputsBox.self)
}

// MARK: - Settling

@implementation @_cdecl("distcoord_task_skip")
public func distcoord_task_skip(
    _ job: OpaquePointer!, _ reason: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.skip(reason: try optional(reason, "reason"))
    }
}

@implementation @_cdecl("distcoord_task_repeat")
public func distcoord_task_repeat(
    _ job: OpaquePointer!, _ result: UnsafeRawPointer!, _ length: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        return try box.job.completeAndRepeat(try bytes(result, length, "result"))
    }
}

@implementation @_cdecl("distcoord_task_add")
public func distcoord_task_add(
    _ job: OpaquePointer!, _ additions: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: JobBox = try require(job, "job")
        let added: WorkflowBox = try require(additions, "additions")
        return try box.job.add(added.graph)
    }
}
