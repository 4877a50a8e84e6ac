// include/distcoord/workflow.h

public import CDistCoord
import DistCoordCore

/// A workflow as C holds it; without a lock, as the header says.
final class WorkflowBox {
    let graph: WorkflowGraph
    let name: CText
    /// By number.
    private(set) var nodes: [CText] = []
    private var fingerprints = LazyTexts(1)

    init(_ graph: WorkflowGraph) {
        self.graph = graph
        name = CText(graph.name)
    }

    /// To be called after each change; `node` when one was added.
    func hasChanged(node: String? = nil) {
        if let node { nodes.append(CText(node)) }
        fingerprints = LazyTexts(1)
    }

    /// Asked for by any number of threads once nothing changes any more.
    func fingerprint() -> UnsafePointer<CChar> {
        fingerprints.text(0) { graph.fingerprint }
    }
}

extension CoordinationError {
    /// For a number that is none of those the header names.
    fileprivate static func invalidPolicy(_ number: Int32) -> CoordinationError {
        CoordinationError(.invalidArgument, "\(number) is none of the policies of workflow.h")
    }
}

@implementation @_cdecl("distcoord_workflow_new")
public func distcoord_workflow_new(
    _ name: UnsafePointer<CChar>!, _ out_workflow: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_workflow, "out_workflow")
        out.pointee = nil
        out.pointee = HandleBox.make(WorkflowBox(try WorkflowGraph(name: try text(name, "name"))))
        return .ok
    }
}

/// Looks at a workflow.
private func look(
    _ workflow: OpaquePointer?, _ error: ErrorOut?, _ body: (WorkflowGraph) throws(CoordinationError) -> Void
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkflowBox = try require(workflow, "workflow")
        try body(box.graph)
        return .ok
    }
}

/// Changes something of a workflow.
private func change(
    _ workflow: OpaquePointer?, _ error: ErrorOut?, _ body: (WorkflowGraph) throws(CoordinationError) -> Void
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkflowBox = try require(workflow, "workflow")
        try body(box.graph)
        box.hasChanged()
        return .ok
    }
}

/// Adds a node to a workflow.
private func add(
    _ workflow: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ group: UnsafePointer<CChar>?, _ error: ErrorOut?,
    _ body: (WorkflowGraph, _ name: String, _ group: String?) throws(CoordinationError) -> Void
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let box: WorkflowBox = try require(workflow, "workflow")
        let name = try text(name, "name")
        try body(box.graph, name, try given(group, "group"))
        box.hasChanged(node: name)
        return .ok
    }
}

/// A text that may be missing; nil for NULL.
private func given(_ pointer: UnsafePointer<CChar>?, _ argument: StaticString) throws(CoordinationError) -> String? {
    pointer == nil ? nil : try text(pointer, argument)
}

@implementation @_cdecl("distcoord_workflow_add_task")
public func distcoord_workflow_add_task(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ group: UnsafePointer<CChar>!,
    _ arguments: UnsafeRawPointer!, _ length: Int, _ options: OpaquePointer!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    add(workflow, name, group, error) { (graph, name, group) throws(CoordinationError) in
        try graph.addTask(
            name, group: group, arguments: try bytes(arguments, length, "arguments"),
            options: HandleBox.borrow(options, as: JobOptionsBox.self)?.options)
    }
}

@implementation @_cdecl("distcoord_workflow_add_map")
public func distcoord_workflow_add_map(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ group: UnsafePointer<CChar>!,
    _ from: UnsafePointer<CChar>!, _ items: UnsafePointer<CChar>!, _ arguments: UnsafeRawPointer!, _ length: Int,
    _ options: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    add(workflow, name, group, error) { (graph, name, group) throws(CoordinationError) in
        try graph.addMap(
            name, group: group, from: try given(from, "from"), items: try given(items, "items"),
            arguments: try bytes(arguments, length, "arguments"),
            options: HandleBox.borrow(options, as: JobOptionsBox.self)?.options)
    }
}

@implementation @_cdecl("distcoord_workflow_add_group")
public func distcoord_workflow_add_group(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ group: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    add(workflow, name, group, error) { (graph, name, group) throws(CoordinationError) in
        try graph.addGroup(name, group: group)
    }
}

@implementation @_cdecl("distcoord_workflow_set_policy")
public func distcoord_workflow_set_policy(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ policy: Int32, _ at_least: Int64,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(workflow, error) { (graph) throws(CoordinationError) in
        let name = try text(name, "name")
        guard let chosen = GroupPolicy(rawValue: policy) else { throw .invalidPolicy(policy) }
        try graph.setPolicy(name, chosen, atLeast: at_least)
    }
}

@implementation @_cdecl("distcoord_workflow_add_need")
public func distcoord_workflow_add_need(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ needed: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(workflow, error) { (graph) throws(CoordinationError) in
        try graph.addNeed(try text(name, "name"), try text(needed, "needed"))
    }
}

@implementation @_cdecl("distcoord_workflow_set_always")
public func distcoord_workflow_set_always(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ always: Bool,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(workflow, error) { (graph) throws(CoordinationError) in
        try graph.setAlways(try text(name, "name"), always)
    }
}

@implementation @_cdecl("distcoord_workflow_set_language")
public func distcoord_workflow_set_language(
    _ workflow: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ language: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(workflow, error) { (graph) throws(CoordinationError) in
        try graph.setLanguage(try text(name, "name"), try text(language, "language"))
    }
}

@implementation @_cdecl("distcoord_workflow_add_loop")
public func distcoord_workflow_add_loop(
    _ workflow: OpaquePointer!, _ first: UnsafePointer<CChar>!, _ last: UnsafePointer<CChar>!, _ at_most: Int32,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    change(workflow, error) { (graph) throws(CoordinationError) in
        try graph.addLoop(try text(first, "first"), try text(last, "last"), atMost: at_most)
    }
}

@implementation @_cdecl("distcoord_workflow_validate")
public func distcoord_workflow_validate(
    _ workflow: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    look(workflow, error) { (graph) throws(CoordinationError) in try graph.validate() }
}

@implementation @_cdecl("distcoord_workflow_check_capabilities")
public func distcoord_workflow_check_capabilities(
    _ workflow: OpaquePointer!, _ queue: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    look(workflow, error) { (graph) throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        try graph.checkCapabilities(on: box.queue)
    }
}

@implementation @_cdecl("distcoord_workflow_name")
public func distcoord_workflow_name(_ workflow: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(workflow, as: WorkflowBox.self)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_workflow_count")
public func distcoord_workflow_count(_ workflow: OpaquePointer!) -> Int {
    HandleBox.borrow(workflow, as: WorkflowBox.self)?.nodes.count ?? 0
}

@implementation @_cdecl("distcoord_workflow_node")
public func distcoord_workflow_node(_ workflow: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    guard let nodes = HandleBox.borrow(workflow, as: WorkflowBox.self)?.nodes, nodes.indices.contains(index) else {
        return emptyText
    }
    return nodes[index].pointer
}

@implementation @_cdecl("distcoord_workflow_fingerprint")
public func distcoord_workflow_fingerprint(_ workflow: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(workflow, as: WorkflowBox.self)?.fingerprint() ?? emptyText
}

@implementation @_cdecl("distcoord_workflow_free")
public func distcoord_workflow_free(_ workflow: OpaquePointer!) {
    _ = HandleBox.consume(workflow, as: WorkflowBox.self)
}
