// include/distcoord/run.h: runs, and what steers them. What is read of them is in RunListingAPI.swift.

public import CDistCoord
import DistCoordCore

/// Options of runs as C holds them.
final class RunOptionsBox {
    var options = RunOptions()
}

/// A run as C holds it.
final class RunBox {
    let run: RunHandle
    let id: CText

    init(_ run: RunHandle) {
        self.run = run
        id = CText(run.id)
    }

    deinit {
        run.cancelWaits()
    }
}

// MARK: - Options

@implementation @_cdecl("distcoord_run_options_new")
public func distcoord_run_options_new() -> OpaquePointer! {
    HandleBox.make(RunOptionsBox())
}

@implementation @_cdecl("distcoord_run_options_free")
public func distcoord_run_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: RunOptionsBox.self)
}

@implementation @_cdecl("distcoord_run_options_set_id")
public func distcoord_run_options_set_id(_ options: OpaquePointer!, _ id: UnsafePointer<CChar>!) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: RunOptionsBox = try require(options, "options")
        try box.options.set(id: id == nil ? nil : try text(id, "id"))
    }
}

@implementation @_cdecl("distcoord_run_options_set_retention_ms")
public func distcoord_run_options_set_retention_ms(
    _ options: OpaquePointer!, _ retention_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: RunOptionsBox = try require(options, "options")
        try box.options.set(retention: retention_ms)
    }
}

@implementation @_cdecl("distcoord_run_options_set_fail_fast")
public func distcoord_run_options_set_fail_fast(_ options: OpaquePointer!, _ fail_fast: Bool) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: RunOptionsBox = try require(options, "options")
        box.options.failsFast = fail_fast
    }
}

// MARK: - Starting and opening

@implementation @_cdecl("distcoord_run_start")
public func distcoord_run_start(
    _ queue: OpaquePointer!, _ workflow: OpaquePointer!, _ options: OpaquePointer!,
    _ out_run: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_run, "out_run")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        let graph: WorkflowBox = try require(workflow, "workflow")
        let chosen = HandleBox.borrow(options, as: RunOptionsBox.self)?.options ?? RunOptions()
        let started = try RunHandle.start(graph.graph, on: box.queue, options: chosen)
        out.pointee = HandleBox.make(RunBox(started.run))
        return started.status
    }
}

@implementation @_cdecl("distcoord_run_open")
public func distcoord_run_open(
    _ queue: OpaquePointer!, _ id: UnsafePointer<CChar>!, _ out_run: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_run, "out_run")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        out.pointee = HandleBox.make(RunBox(try RunHandle(queue: box.queue, id: try text(id, "id"))))
        return .ok
    }
}

@implementation @_cdecl("distcoord_run_id")
public func distcoord_run_id(_ run: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(run, as: RunBox.self)?.id.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_run_free")
public func distcoord_run_free(_ run: OpaquePointer!) {
    _ = HandleBox.consume(run, as: RunBox.self)
}

// MARK: - Waiting

@implementation @_cdecl("distcoord_run_wait")
public func distcoord_run_wait(
    _ run: OpaquePointer!, _ wait_ms: Int64, _ out_summary: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_summary, "out_summary")
        out.pointee = nil
        let box: RunBox = try require(run, "run")
        let (status, summary) = try box.run.wait(milliseconds: wait_ms)
        if let summary { out.pointee = HandleBox.make(RunSummaryBox(summary)) }
        return status
    }
}

@implementation @_cdecl("distcoord_run_result")
public func distcoord_run_result(
    _ run: OpaquePointer!, _ task: UnsafePointer<CChar>!, _ wait_ms: Int64,
    _ out_result: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_result, "out_result")
        out.pointee = nil
        let box: RunBox = try require(run, "run")
        let (status, outcome) = try box.run.result(of: try text(task, "task"), milliseconds: wait_ms)
        if let outcome { out.pointee = HandleBox.make(ResultBox(outcome)) }
        return status
    }
}

@implementation @_cdecl("distcoord_run_watch")
public func distcoord_run_watch(
    _ run: OpaquePointer!, _ out_watch: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_watch, "out_watch")
        out.pointee = nil
        let box: RunBox = try require(run, "run")
        out.pointee = HandleBox.make(WatchBox(try box.run.watch()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_run_cancel")
public func distcoord_run_cancel(_ run: OpaquePointer!) {
    HandleBox.borrow(run, as: RunBox.self)?.run.cancelWaits()
}

// MARK: - Steering

@implementation @_cdecl("distcoord_run_pause")
public func distcoord_run_pause(_ run: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    attempt(error) { () throws(CoordinationError) in
        let box: RunBox = try require(run, "run")
        return try box.run.pause()
    }
}

@implementation @_cdecl("distcoord_run_resume")
public func distcoord_run_resume(_ run: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    attempt(error) { () throws(CoordinationError) in
        let box: RunBox = try require(run, "run")
        return try box.run.resume()
    }
}

@implementation @_cdecl("distcoord_run_stop")
public func distcoord_run_stop(
    _ run: OpaquePointer!, _ reason: UnsafePointer<CChar>!, _ at_once: Bool,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: RunBox = try require(run, "run")
        return try box.run.stop(reason: try optional(reason, "reason"), atOnce: at_once)
    }
}

@implementation @_cdecl("distcoord_run_delete")
public func distcoord_run_delete(_ run: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!)
    -> distcoord_status
{
    attempt(error) { () throws(CoordinationError) in
        let box: RunBox = try require(run, "run")
        try box.run.delete()
        return .ok
    }
}

@implementation @_cdecl("distcoord_run_state")
public func distcoord_run_state(
    _ run: OpaquePointer!, _ out_state: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_state, "out_state")
        out.pointee = nil
        let box: RunBox = try require(run, "run")
        out.pointee = HandleBox.make(StateBox(try box.run.state()))
        return .ok
    }
}
