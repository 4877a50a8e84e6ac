// The calls to the server about registered workers.

import DistCoordRedis

enum WorkerCalls {
    private static let beat = Script("workers_beat", PackageResources.workers_beat_lua)
    private static let leave = Script("workers_leave", PackageResources.workers_leave_lua)
    private static let list = Script("workers_list", PackageResources.workers_list_lua)
    private static let alive = Script("queue_alive", PackageResources.queue_alive_lua)

    static var scripts: [Script] { [beat, leave, list, alive] }

    /// - Parameter since: When it was registered, 0 when it is not yet.
    static func beat(_ registry: [String], id: String, since: Int64, _ report: WorkerReport) -> ScriptCall {
        ScriptCall(beat, keys: registry, arguments: [id, String(since), report.text])
    }

    static func leave(_ registry: [String], id: String) -> ScriptCall {
        ScriptCall(leave, keys: registry, arguments: [id])
    }

    static func list(_ registry: [String]) -> ScriptCall {
        ScriptCall(list, keys: registry, arguments: [])
    }

    /// Says that claimers of a queue live, by what they have and by their names.
    static func alive(_ calls: QueueCalls, _ members: [String]) -> ScriptCall {
        ScriptCall(alive, keys: calls.keys, arguments: members)
    }
}
