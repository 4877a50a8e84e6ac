// include/distcoord/instance.h: the instance. Its options are in InstanceOptionsAPI.swift.

public import CDistCoord
import DistCoordCore

/// An instance as C holds it.
final class InstanceBox {
    let instance: InstanceHandle
    let identity: CText
    /// Lent to C.
    let queue: QueueBox
    let run: RunBox

    init(_ instance: InstanceHandle) {
        self.instance = instance
        identity = CText(instance.identity)
        queue = QueueBox(instance.queue)
        run = RunBox(instance.run)
    }

    deinit {
        instance.dispose()
    }
}

/// A list of instances as C holds it.
final class InstanceListBox {
    struct Entry {
        let index: Int32
        let worker: CText
        let capabilities: CText
    }

    private let entries: [Entry]

    init(_ members: [InstanceHandle.Member]) {
        entries = members.map {
            Entry(index: $0.index, worker: CText($0.client), capabilities: CText($0.capabilities))
        }
    }

    var count: Int { entries.count }

    func entry(_ index: Int) -> Entry? {
        entries.indices.contains(index) ? entries[index] : nil
    }
}

private func instance(_ pointer: OpaquePointer?) -> InstanceHandle? {
    HandleBox.borrow(pointer, as: InstanceBox.self)?.instance
}

private func entry(_ list: OpaquePointer?, _ index: Int) -> InstanceListBox.Entry? {
    HandleBox.borrow(list, as: InstanceListBox.self)?.entry(index)
}

@implementation @_cdecl("distcoord_instance_join")
public func distcoord_instance_join(
    _ client: OpaquePointer!, _ workflow: OpaquePointer!, _ options: OpaquePointer!,
    _ out_instance: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_instance, "out_instance")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let graph: WorkflowBox = try require(workflow, "workflow")
        let chosen = HandleBox.borrow(options, as: InstanceOptionsBox.self)?.options ?? InstanceOptions()
        let (status, joined) = try InstanceHandle.join(client: box.client, workflow: graph.graph, options: chosen)
        if let joined { out.pointee = HandleBox.make(InstanceBox(joined)) }
        return status
    }
}

@implementation @_cdecl("distcoord_instance_identity")
public func distcoord_instance_identity(_ instance: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(instance, as: InstanceBox.self)?.identity.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_instance_index")
public func distcoord_instance_index(_ instance: OpaquePointer!) -> Int32 {
    DistCoordABI.instance(instance).map { Int32(clamping: $0.index) } ?? -1
}

@implementation @_cdecl("distcoord_instance_total")
public func distcoord_instance_total(_ instance: OpaquePointer!) -> Int32 {
    DistCoordABI.instance(instance).map { Int32(clamping: $0.total) } ?? 0
}

@implementation @_cdecl("distcoord_instance_is_coordinator")
public func distcoord_instance_is_coordinator(_ instance: OpaquePointer!) -> Bool {
    DistCoordABI.instance(instance)?.isCoordinator ?? false
}

@implementation @_cdecl("distcoord_instance_queue")
public func distcoord_instance_queue(_ instance: OpaquePointer!) -> OpaquePointer! {
    HandleBox.borrow(instance, as: InstanceBox.self).map { HandleBox.lend($0.queue) }
}

@implementation @_cdecl("distcoord_instance_run")
public func distcoord_instance_run(_ instance: OpaquePointer!) -> OpaquePointer! {
    HandleBox.borrow(instance, as: InstanceBox.self).map { HandleBox.lend($0.run) }
}

@implementation @_cdecl("distcoord_instance_wait")
public func distcoord_instance_wait(
    _ instance: OpaquePointer!, _ wait_ms: Int64, _ out_summary: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_summary, "out_summary")
        out.pointee = nil
        let box: InstanceBox = try require(instance, "instance")
        let (status, summary) = try box.instance.wait(milliseconds: wait_ms)
        if let summary { out.pointee = HandleBox.make(RunSummaryBox(summary)) }
        return status
    }
}

@implementation @_cdecl("distcoord_instance_members")
public func distcoord_instance_members(
    _ instance: OpaquePointer!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: InstanceBox = try require(instance, "instance")
        out.pointee = HandleBox.make(InstanceListBox(try box.instance.members()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_instance_list_count")
public func distcoord_instance_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: InstanceListBox.self)?.count ?? 0
}

@implementation @_cdecl("distcoord_instance_list_index")
public func distcoord_instance_list_index(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    entry(list, index)?.index ?? -1
}

@implementation @_cdecl("distcoord_instance_list_worker")
public func distcoord_instance_list_worker(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    entry(list, index)?.worker.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_instance_list_capabilities")
public func distcoord_instance_list_capabilities(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    entry(list, index)?.capabilities.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_instance_list_free")
public func distcoord_instance_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: InstanceListBox.self)
}

@implementation @_cdecl("distcoord_instance_cancel")
public func distcoord_instance_cancel(_ instance: OpaquePointer!) {
    DistCoordABI.instance(instance)?.cancelWaits()
}

@implementation @_cdecl("distcoord_instance_free")
public func distcoord_instance_free(_ instance: OpaquePointer!) {
    _ = HandleBox.consume(instance, as: InstanceBox.self)
}
