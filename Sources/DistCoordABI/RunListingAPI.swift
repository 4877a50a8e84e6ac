// include/distcoord/run.h: what is read of runs.

public import CDistCoord
import DistCoordCore

/// How a run stands, as C holds it.
final class RunSummaryBox {
    let summary: RunSummary
    let workflow: CText
    let reason: CText

    init(_ summary: RunSummary) {
        self.summary = summary
        workflow = CText(summary.workflow)
        reason = CText(summary.reason)
    }
}

/// A list of nodes as C holds it.
final class TaskListBox {
    enum Text: Int, CaseIterable {
        case name, group, needs, worker, capabilities, error
    }

    let tasks: [RunTask]
    private let texts: LazyTexts

    init(_ tasks: [RunTask]) {
        self.tasks = tasks
        texts = LazyTexts(tasks.count * Text.allCases.count)
    }

    func text(_ index: Int, _ which: Text) -> UnsafePointer<CChar> {
        guard tasks.indices.contains(index) else { return emptyText }
        return texts.text(index * Text.allCases.count + which.rawValue) {
            switch which {
            case .name: tasks[index].name
            case .group: tasks[index].group
            case .needs: tasks[index].needs
            case .worker: tasks[index].worker
            case .capabilities: tasks[index].capabilities
            case .error: tasks[index].error
            }
        }
    }
}

/// An event as C holds it.
final class RunEventBox {
    let event: RunEvent
    let task: CText
    let text: CText

    init(_ event: RunEvent) {
        self.event = event
        task = CText(event.task)
        text = CText(event.text)
    }
}

/// A list of runs as C holds it, which owns their summaries.
final class RunListBox {
    let ids: [CText]
    let summaries: [RunSummaryBox]

    init(_ runs: [(id: String, summary: RunSummary)]) {
        ids = runs.map { CText($0.id) }
        summaries = runs.map { RunSummaryBox($0.summary) }
    }
}

// MARK: - How a run stands

private func runSummary(_ pointer: OpaquePointer?) -> RunSummaryBox? {
    HandleBox.borrow(pointer, as: RunSummaryBox.self)
}

@implementation @_cdecl("distcoord_run_summary_state")
public func distcoord_run_summary_state(_ summary: OpaquePointer!) -> Int32 {
    (runSummary(summary)?.summary.state ?? .failed).rawValue
}

@implementation @_cdecl("distcoord_run_summary_workflow")
public func distcoord_run_summary_workflow(_ summary: OpaquePointer!) -> UnsafePointer<CChar>! {
    runSummary(summary)?.workflow.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_run_summary_reason")
public func distcoord_run_summary_reason(_ summary: OpaquePointer!) -> UnsafePointer<CChar>! {
    runSummary(summary)?.reason.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_run_summary_count")
public func distcoord_run_summary_count(_ summary: OpaquePointer!, _ state: Int32) -> Int64 {
    guard let box = runSummary(summary) else { return 0 }
    if state < 0 { return box.summary.count(nil) }
    return TaskState(rawValue: state).map { box.summary.count($0) } ?? 0
}

@implementation @_cdecl("distcoord_run_summary_started_ms")
public func distcoord_run_summary_started_ms(_ summary: OpaquePointer!) -> Int64 {
    runSummary(summary)?.summary.startedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_run_summary_ended_ms")
public func distcoord_run_summary_ended_ms(_ summary: OpaquePointer!) -> Int64 {
    runSummary(summary)?.summary.endedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_run_summary_free")
public func distcoord_run_summary_free(_ summary: OpaquePointer!) {
    _ = HandleBox.consume(summary, as: RunSummaryBox.self)
}

// MARK: - Nodes

private func node(_ list: OpaquePointer?, _ index: Int) -> RunTask? {
    guard let box = HandleBox.borrow(list, as: TaskListBox.self), box.tasks.indices.contains(index) else { return nil }
    return box.tasks[index]
}

private func text(_ list: OpaquePointer?, _ index: Int, _ which: TaskListBox.Text) -> UnsafePointer<CChar> {
    HandleBox.borrow(list, as: TaskListBox.self)?.text(index, which) ?? emptyText
}

@implementation @_cdecl("distcoord_run_tasks")
public func distcoord_run_tasks(
    _ run: OpaquePointer!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: RunBox = try require(run, "run")
        guard let tasks = try box.run.tasks() else { return .notFound }
        out.pointee = HandleBox.make(TaskListBox(tasks))
        return .ok
    }
}

@implementation @_cdecl("distcoord_task_list_count")
public func distcoord_task_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: TaskListBox.self)?.tasks.count ?? 0
}

@implementation @_cdecl("distcoord_task_list_name")
public func distcoord_task_list_name(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    text(list, index, .name)
}

@implementation @_cdecl("distcoord_task_list_group")
public func distcoord_task_list_group(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    text(list, index, .group)
}

@implementation @_cdecl("distcoord_task_list_needs")
public func distcoord_task_list_needs(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    text(list, index, .needs)
}

@implementation @_cdecl("distcoord_task_list_worker")
public func distcoord_task_list_worker(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    text(list, index, .worker)
}

@implementation @_cdecl("distcoord_task_list_capabilities")
public func distcoord_task_list_capabilities(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    text(list, index, .capabilities)
}

@implementation @_cdecl("distcoord_task_list_error")
public func distcoord_task_list_error(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    text(list, index, .error)
}

@implementation @_cdecl("distcoord_task_list_kind")
public func distcoord_task_list_kind(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    node(list, index)?.kind.rawValue ?? -1
}

@implementation @_cdecl("distcoord_task_list_state")
public func distcoord_task_list_state(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    node(list, index)?.state.rawValue ?? -1
}

@implementation @_cdecl("distcoord_task_list_attempts")
public func distcoord_task_list_attempts(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    node(list, index)?.attempts ?? 0
}

@implementation @_cdecl("distcoord_task_list_round")
public func distcoord_task_list_round(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    node(list, index)?.round ?? 0
}

@implementation @_cdecl("distcoord_task_list_ready_ms")
public func distcoord_task_list_ready_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    node(list, index)?.readyMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_task_list_started_ms")
public func distcoord_task_list_started_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    node(list, index)?.startedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_task_list_ended_ms")
public func distcoord_task_list_ended_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    node(list, index)?.endedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_task_list_free")
public func distcoord_task_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: TaskListBox.self)
}

// MARK: - Events

private func happening(_ event: OpaquePointer?) -> RunEventBox? {
    HandleBox.borrow(event, as: RunEventBox.self)
}

@implementation @_cdecl("distcoord_run_watch_next")
public func distcoord_run_watch_next(
    _ watch: OpaquePointer!, _ wait_ms: Int64, _ out_event: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_event, "out_event")
        out.pointee = nil
        let watch: RunWatch = try requireWatch(watch, of: "a run")
        let (status, event) = try watch.next(milliseconds: wait_ms)
        if let event { out.pointee = HandleBox.make(RunEventBox(event)) }
        return status
    }
}

@implementation @_cdecl("distcoord_run_event_kind")
public func distcoord_run_event_kind(_ event: OpaquePointer!) -> Int32 {
    happening(event)?.event.kind ?? RunEvent.ended
}

@implementation @_cdecl("distcoord_run_event_number")
public func distcoord_run_event_number(_ event: OpaquePointer!) -> Int64 {
    happening(event)?.event.number ?? 0
}

@implementation @_cdecl("distcoord_run_event_time_ms")
public func distcoord_run_event_time_ms(_ event: OpaquePointer!) -> Int64 {
    happening(event)?.event.milliseconds ?? 0
}

@implementation @_cdecl("distcoord_run_event_task")
public func distcoord_run_event_task(_ event: OpaquePointer!) -> UnsafePointer<CChar>! {
    happening(event)?.task.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_run_event_state")
public func distcoord_run_event_state(_ event: OpaquePointer!) -> Int32 {
    happening(event)?.event.state ?? 0
}

@implementation @_cdecl("distcoord_run_event_text")
public func distcoord_run_event_text(_ event: OpaquePointer!) -> UnsafePointer<CChar>! {
    happening(event)?.text.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_run_event_free")
public func distcoord_run_event_free(_ event: OpaquePointer!) {
    _ = HandleBox.consume(event, as: RunEventBox.self)
}

// MARK: - Which runs there are

@implementation @_cdecl("distcoord_runs_list")
public func distcoord_runs_list(
    _ queue: OpaquePointer!, _ offset: Int64, _ limit: Int64, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        out.pointee = HandleBox.make(RunListBox(try RunHandle.list(of: box.queue, offset: offset, limit: limit)))
        return .ok
    }
}

@implementation @_cdecl("distcoord_run_list_count")
public func distcoord_run_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: RunListBox.self)?.ids.count ?? 0
}

@implementation @_cdecl("distcoord_run_list_id")
public func distcoord_run_list_id(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    guard let box = HandleBox.borrow(list, as: RunListBox.self), box.ids.indices.contains(index) else {
        return emptyText
    }
    return box.ids[index].pointer
}

@implementation @_cdecl("distcoord_run_list_summary")
public func distcoord_run_list_summary(_ list: OpaquePointer!, _ index: Int) -> OpaquePointer! {
    guard let box = HandleBox.borrow(list, as: RunListBox.self), box.summaries.indices.contains(index) else {
        return nil
    }
    return HandleBox.lend(box.summaries[index])
}

@implementation @_cdecl("distcoord_run_list_free")
public func distcoord_run_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: RunListBox.self)
}
