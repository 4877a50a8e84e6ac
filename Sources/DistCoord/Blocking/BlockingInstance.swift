// An instance of a distributed run.

import CDistCoord

/// Owns a `distcoord_instance`.
package final class BlockingInstance: Sendable {
    nonisolated(unsafe) private let pointer: OpaquePointer
    private let client: BlockingClient
    /// "Expired" when the run had ended before; then there is nothing to work on.
    package let joined: Answer

    /// Throws "exists" when an instance with that index lives.
    package init(
        _ client: BlockingClient, _ workflow: BlockingWorkflow, _ options: InstanceOptions
    ) throws(DistCoordError) {
        let handle = try owned(distcoord_instance_options_new())
        defer { distcoord_instance_options_free(handle) }
        try options.apply(to: handle)
        var instance: OpaquePointer?
        let answer = try ask { distcoord_instance_join(client.pointer, workflow.pointer, handle, &instance, $0) }
        if answer == .exists {
            let index = options.index.map { " \($0)" } ?? ""
            throw DistCoordError(.exists, "instance\(index) of the run lives already", isRetriable: true)
        }
        pointer = try owned(instance)
        joined = answer
        self.client = client
    }

    deinit { distcoord_instance_free(pointer) }

    package var identity: String { text(distcoord_instance_identity(pointer)) }
    package var index: Int { Int(distcoord_instance_index(pointer)) }
    package var total: Int { Int(distcoord_instance_total(pointer)) }
    package var isCoordinator: Bool { distcoord_instance_is_coordinator(pointer) }

    /// Where its steps are claimed, with the instance's capabilities and lease.
    package func queue() throws(DistCoordError) -> BlockingQueue {
        BlockingQueue(client, lent: try owned(distcoord_instance_queue(pointer)), by: self)
    }

    /// Its calls answer "not found" until the coordinator has started it.
    package func run() throws(DistCoordError) -> BlockingRun {
        BlockingRun(try owned(distcoord_instance_run(pointer)), client, lender: self)
    }

    /// Waits for the end of the run, also while it has not been started. "Lost" when it was there and is gone.
    package func wait(milliseconds: Int64) throws(DistCoordError) -> (answer: Answer, summary: RunSummary?) {
        var summary: OpaquePointer?
        let answer = try ask { distcoord_instance_wait(pointer, milliseconds, &summary, $0) }
        defer { distcoord_run_summary_free(summary) }
        let id = text(distcoord_run_id(distcoord_instance_run(pointer)))
        return (answer, summary.map { RunSummary(id: id, $0) })
    }

    /// Those that live, by index.
    package func members() throws(DistCoordError) -> [InstanceInfo] {
        var list: OpaquePointer?
        _ = try ask { distcoord_instance_members(pointer, &list, $0) }
        defer { distcoord_instance_list_free(list) }
        return (0..<distcoord_instance_list_count(list)).map { index in
            InstanceInfo(
                index: Int(distcoord_instance_list_index(list, index)),
                worker: text(distcoord_instance_list_worker(list, index)),
                capabilities: text(distcoord_instance_list_capabilities(list, index))
                    .split(separator: ",").map(String.init))
        }
    }

    /// Ends the waits in progress on this handle. It does not stop the run.
    package func cancel() { distcoord_instance_cancel(pointer) }

    /// The identity that an instance finds out when it is given none.
    package static func runIdentity(explicit: String?, withAttempt: Bool) throws(DistCoordError) -> String {
        if let explicit { try requireWhole(explicit, "the run's identity") }
        var buffer = [CChar](repeating: 0, count: 129)
        _ = try ask { distcoord_run_identity(explicit, withAttempt, &buffer, buffer.count, $0) }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension InstanceOptions {
    fileprivate func apply(to options: OpaquePointer) throws(DistCoordError) {
        if let identity {
            try requireWhole(identity, "the run's identity")
            try accept(
                distcoord_instance_options_set_identity(options, identity),
                "identity '\(identity)': 1 to 128 bytes of text without control characters are allowed")
        }
        try accept(distcoord_instance_options_set_with_attempt(options, withAttempt), "the attempt is not possible")
        if let prefix {
            try requireWhole(prefix, "the prefix")
            try accept(
                distcoord_instance_options_set_prefix(options, prefix),
                "prefix '\(prefix)': at most 128 bytes of text without control characters are allowed")
        }
        if let index {
            try accept(
                index < 0 ? -1 : distcoord_instance_options_set_index(options, Int32(clamping: index)),
                "instance \(index): they are numbered from 0")
        }
        if let total {
            try accept(
                total < 1 ? -1 : distcoord_instance_options_set_total(options, Int32(clamping: total)),
                "\(total) instances: 1 to 100000 are allowed")
        }
        if let indexVariable {
            try requireWhole(indexVariable, "the variable's name")
            try accept(
                distcoord_instance_options_set_index_variable(options, indexVariable),
                "variable '\(indexVariable)': letters, digits and _ are allowed")
        }
        if let totalVariable {
            try requireWhole(totalVariable, "the variable's name")
            try accept(
                distcoord_instance_options_set_total_variable(options, totalVariable),
                "variable '\(totalVariable)': letters, digits and _ are allowed")
        }
        if !capabilities.isEmpty {
            let names = try joinedCapabilities(capabilities)
            try accept(
                distcoord_instance_options_set_capabilities(options, names),
                "capabilities '\(names)': at most 64 of 1 to 64 letters, digits and ._+-:/ each are allowed")
        }
        try accept(
            distcoord_instance_options_set_lease_ms(options, lease.wholeMilliseconds),
            "a lease of \(lease) is not possible; 0.1 s to 24 h are allowed")
        try accept(
            distcoord_instance_options_set_expiry_ms(options, expiry.wholeMilliseconds),
            "keys that expire after \(expiry): 10 s to 30 days are allowed")
        try accept(distcoord_instance_options_set_fail_fast(options, failFast), "fail fast is not possible")
    }
}
