// Scripts are files in the Lua folders, embedded by the build. A line `-- include NAME` stands for the file NAME.lua: what
// several scripts share is written once.

import DistCoordRedis

extension Script {
    /// Puts a script together.
    ///
    /// - Parameters:
    ///   - name: For messages.
    ///   - text: The bytes of its file.
    convenience init(_ name: String, _ text: [UInt8]) {
        var source: [UInt8] = []
        source.reserveCapacity(8_192)
        Script.assemble(text, into: &source, depth: 0)
        let isOfQueue = text.split(separator: UInt8(ascii: "\n")).contains { $0.elementsEqual("-- include queue_keys".utf8) }
        self.init(
            name: name, source: String(decoding: source, as: UTF8.self),
            sourceForTwoKeys: isOfQueue ? QueueExpiry.surround : nil)
    }

    /// The bytes of a file without comments, and with what it includes.
    static func assembled(_ text: some Collection<UInt8>) -> [UInt8] {
        var source: [UInt8] = []
        Script.assemble(Array(text), into: &source, depth: 0)
        return source
    }

    // On bytes: a command-line tool puts scripts together at every start, and characters are twenty times slower.
    private static func assemble(_ text: [UInt8], into source: inout [UInt8], depth: Int) {
        let marker = Array("-- include ".utf8)
        for line in text.split(separator: UInt8(ascii: "\n")) {
            // Comments and indentation are for readers of the files; the server need not store or receive them.
            let code = line.drop { $0 == UInt8(ascii: " ") }
            if !code.starts(with: "--".utf8) {
                source.append(contentsOf: code)
                source.append(UInt8(ascii: "\n"))
            } else if code.starts(with: marker), depth < 4,
                let part = includes[String(decoding: code.dropFirst(marker.count), as: UTF8.self)]
            {
                assemble(part, into: &source, depth: depth + 1)
            }
        }
    }

    private static let includes: [String: [UInt8]] = [
        "clock": PackageResources.clock_lua,
        "mailbox": PackageResources.mailbox_lua,
        "silence": PackageResources.silence_lua,
        "once": PackageResources.once_lua,
        "noted": PackageResources.noted_lua,
        "exclusive_state": PackageResources.exclusive_state_lua,
        "exclusive_give": PackageResources.exclusive_give_lua,
        "exclusive_grant": PackageResources.exclusive_grant_lua,
        "exclusive_retention": PackageResources.exclusive_retention_lua,
        "exclusive_levels": PackageResources.exclusive_levels_lua,
        "permits_state": PackageResources.permits_state_lua,
        "permits_give": PackageResources.permits_give_lua,
        "permits_line": PackageResources.permits_line_lua,
        "barrier_state": PackageResources.barrier_state_lua,
        "waiters": PackageResources.waiters_lua,
        "latch_state": PackageResources.latch_state_lua,
        "double_state": PackageResources.double_state_lua,
        "members_state": PackageResources.members_state_lua,
        "breaker_state": PackageResources.breaker_state_lua,
        "bucket_state": PackageResources.bucket_state_lua,
        "window_state": PackageResources.window_state_lua,
        "limiter_answer": PackageResources.limiter_answer_lua,
        "queue_keys": PackageResources.queue_keys_lua,
        "queue_grant": PackageResources.queue_grant_lua,
        "queue_jobs": PackageResources.queue_jobs_lua,
        "queue_places": PackageResources.queue_places_lua,
        "queue_ties": PackageResources.queue_ties_lua,
        "queue_ends": PackageResources.queue_ends_lua,
        "queue_line": PackageResources.queue_line_lua,
        "queue_time": PackageResources.queue_time_lua,
        "queue_tied": PackageResources.queue_tied_lua,
        "queue_remove": PackageResources.queue_remove_lua,
        "workflow_nodes": PackageResources.workflow_nodes_lua,
        "workflow_graph": PackageResources.workflow_graph_lua,
        "workflow_reset": PackageResources.workflow_reset_lua,
        "workflow_expand": PackageResources.workflow_expand_lua,
        "workflow_jobs": PackageResources.workflow_jobs_lua,
        "workflow_usual": PackageResources.workflow_usual_lua,
        "workflow_time": PackageResources.workflow_time_lua,
        "workflow_work": PackageResources.workflow_work_lua,
        "workflow_settle": PackageResources.workflow_settle_lua,
        "workflow_counts": PackageResources.workflow_counts_lua,
        "artifact_keys": PackageResources.artifact_keys_lua,
        "artifact_expire": PackageResources.artifact_expire_lua,
        "artifact_delete": PackageResources.artifact_delete_lua,
        "schedule_next": PackageResources.schedule_next_lua,
        "topic_keys": PackageResources.topic_keys_lua,
        "topic_position": PackageResources.topic_position_lua,
        "topic_retain": PackageResources.topic_retain_lua,
        "topic_wake": PackageResources.topic_wake_lua,
        "consumer_group": PackageResources.consumer_group_lua,
        "consumer_give": PackageResources.consumer_give_lua,
        "schedule_tick": PackageResources.schedule_tick_lua,
        "state_keys": PackageResources.state_keys_lua,
        "state_write": PackageResources.state_write_lua,
        "state_entries": PackageResources.state_entries_lua,
        "state_sweep": PackageResources.state_sweep_lua,
        "state_tell": PackageResources.state_tell_lua,
    ]
}
