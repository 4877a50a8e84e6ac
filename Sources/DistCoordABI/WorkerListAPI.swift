// include/distcoord/worker.h: the registered workers.

public import CDistCoord
import DistCoordCore

/// A list of workers as C holds it.
final class WorkerListBox {
    struct Line {
        let report: WorkerReport
        let name: CText
        let client: CText
        let host: CText
        let queues: CText
        let capabilities: CText

        init(_ report: WorkerReport) {
            self.report = report
            name = CText(report.name)
            client = CText(report.client)
            host = CText(report.host)
            queues = CText(report.queues.reduce(into: "") { $0 += $1 + "\n" })
            capabilities = CText(report.capabilities)
        }
    }

    let lines: [Line]

    init(_ reports: [WorkerReport]) {
        lines = reports.map { Line($0) }
    }
}

/// A line of a list of C's.
private func line(_ list: OpaquePointer?, _ index: Int) -> WorkerListBox.Line? {
    guard let lines = HandleBox.borrow(list, as: WorkerListBox.self)?.lines, lines.indices.contains(index) else {
        return nil
    }
    return lines[index]
}

@implementation @_cdecl("distcoord_workers_list")
public func distcoord_workers_list(
    _ client: OpaquePointer!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        out.pointee = HandleBox.make(WorkerListBox(try box.client.workers()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_worker_list_count")
public func distcoord_worker_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: WorkerListBox.self)?.lines.count ?? 0
}

@implementation @_cdecl("distcoord_worker_list_name")
public func distcoord_worker_list_name(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_worker_list_client")
public func distcoord_worker_list_client(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.client.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_worker_list_host")
public func distcoord_worker_list_host(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.host.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_worker_list_pid")
public func distcoord_worker_list_pid(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.report.process ?? 0
}

@implementation @_cdecl("distcoord_worker_list_queues")
public func distcoord_worker_list_queues(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.queues.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_worker_list_capabilities")
public func distcoord_worker_list_capabilities(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.capabilities.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_worker_list_concurrency")
public func distcoord_worker_list_concurrency(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.report.concurrency ?? 0
}

@implementation @_cdecl("distcoord_worker_list_started_ms")
public func distcoord_worker_list_started_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.report.registeredMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_worker_list_seen_ms")
public func distcoord_worker_list_seen_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.report.seenMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_worker_list_uptime_seconds")
public func distcoord_worker_list_uptime_seconds(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.report.uptimeSeconds ?? 0
}

@implementation @_cdecl("distcoord_worker_list_tally")
public func distcoord_worker_list_tally(_ list: OpaquePointer!, _ index: Int, _ which: Int32) -> Int64 {
    line(list, index)?.report.count(which) ?? 0
}

@implementation @_cdecl("distcoord_worker_list_rate")
public func distcoord_worker_list_rate(_ list: OpaquePointer!, _ index: Int) -> Double {
    line(list, index)?.report.rate ?? 0
}

@implementation @_cdecl("distcoord_worker_list_is_stopping")
public func distcoord_worker_list_is_stopping(_ list: OpaquePointer!, _ index: Int) -> Bool {
    line(list, index)?.report.isStopping ?? false
}

@implementation @_cdecl("distcoord_worker_list_free")
public func distcoord_worker_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: WorkerListBox.self)
}
