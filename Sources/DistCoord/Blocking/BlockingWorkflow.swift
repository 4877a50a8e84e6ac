// A workflow of the library.

import CDistCoord

/// Owns a `distcoord_workflow`. One thread builds it; once it is complete any may start it.
package final class BlockingWorkflow: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    package init(_ name: String) throws(DistCoordError) {
        try requireWhole(name, "the workflow's name")
        var workflow: OpaquePointer?
        _ = try ask { distcoord_workflow_new(name, &workflow, $0) }
        pointer = try owned(workflow)
    }

    deinit { distcoord_workflow_free(pointer) }

    // MARK: Building

    package func addTask(
        _ name: String, group: String?, arguments: [UInt8], options: PushOptions
    ) throws(DistCoordError) {
        try requireWhole(name, "the step's name")
        let handle = try BlockingJobOptions(ofTask: options)
        _ = try ask {
            distcoord_workflow_add_task(pointer, name, group, arguments, arguments.count, handle.pointer, $0)
        }
    }

    /// - Parameters:
    ///   - from: The node whose result is the list; nothing with `items`.
    ///   - items: The list, a JSON array.
    package func addMap(
        _ name: String, group: String?, from: String?, items: String?, arguments: [UInt8], options: PushOptions
    ) throws(DistCoordError) {
        try requireWhole(name, "the map's name")
        if let from { try requireWhole(from, "the name of the step that gives the list") }
        if let items { try requireWhole(items, "the list of items") }
        let handle = try BlockingJobOptions(ofTask: options)
        _ = try ask {
            distcoord_workflow_add_map(
                pointer, name, group, from, items, arguments, arguments.count, handle.pointer, $0)
        }
    }

    package func addGroup(_ name: String, group: String?) throws(DistCoordError) {
        try requireWhole(name, "the group's name")
        _ = try ask { distcoord_workflow_add_group(pointer, name, group, $0) }
    }

    package func setPolicy(_ name: String, _ policy: GroupPolicy) throws(DistCoordError) {
        try requireWhole(name, "the group's name")
        let (number, least): (Int, Int) =
            switch policy {
            case .all: (DISTCOORD_GROUP_ALL, 0)
            case .bestEffort: (DISTCOORD_GROUP_BEST_EFFORT, 0)
            case .atLeast(let least): (DISTCOORD_GROUP_AT_LEAST, least)
            }
        _ = try ask { distcoord_workflow_set_policy(pointer, name, Int32(number), Int64(least), $0) }
    }

    package func addNeed(_ name: String, _ needed: String) throws(DistCoordError) {
        try requireWhole(name, "the step's name")
        try requireWhole(needed, "the name of a needed step")
        _ = try ask { distcoord_workflow_add_need(pointer, name, needed, $0) }
    }

    package func setAlways(_ name: String, _ always: Bool = true) throws(DistCoordError) {
        try requireWhole(name, "the step's name")
        _ = try ask { distcoord_workflow_set_always(pointer, name, always, $0) }
    }

    package func setLanguage(_ name: String, _ language: String) throws(DistCoordError) {
        try requireWhole(name, "the step's name")
        try requireWhole(language, "the language")
        _ = try ask { distcoord_workflow_set_language(pointer, name, language, $0) }
    }

    package func addLoop(first: String, last: String, atMost: Int) throws(DistCoordError) {
        try requireWhole(first, "the step's name")
        try requireWhole(last, "the step's name")
        _ = try ask { distcoord_workflow_add_loop(pointer, first, last, Int32(clamping: atMost), $0) }
    }

    // MARK: Checking

    package func validate() throws(DistCoordError) { _ = try ask { distcoord_workflow_validate(pointer, $0) } }

    /// Throws "invalid argument", naming what is missing, when nobody who lives could run some step.
    package func checkCapabilities(_ queue: BlockingQueue) throws(DistCoordError) {
        _ = try ask { distcoord_workflow_check_capabilities(pointer, queue.pointer, $0) }
    }

    package var name: String { text(distcoord_workflow_name(pointer)) }
    package var count: Int { distcoord_workflow_count(pointer) }

    /// In the order in which they were added.
    package var nodes: [String] { (0..<count).map { text(distcoord_workflow_node(pointer, $0)) } }

    /// The same for the same graph, wherever it was built.
    package var fingerprint: String { text(distcoord_workflow_fingerprint(pointer)) }
}
