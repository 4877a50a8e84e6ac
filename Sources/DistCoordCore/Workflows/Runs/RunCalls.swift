// The calls to the server for the runs of one queue.

import DistCoordRedis

/// Calls on the runs of one queue.
struct RunCalls: Sendable {
    private let keys: [String]

    private static let start = Script("workflow_start", PackageResources.workflow_start_lua)
    private static let summary = Script("workflow_summary", PackageResources.workflow_summary_lua)
    private static let tasks = Script("workflow_tasks", PackageResources.workflow_tasks_lua)
    private static let result = Script("workflow_result", PackageResources.workflow_result_lua)
    private static let control = Script("workflow_control", PackageResources.workflow_control_lua)
    private static let history = Script("workflow_history", PackageResources.workflow_history_lua)
    private static let runs = Script("workflow_runs", PackageResources.workflow_runs_lua)
    private static let inputs = Script("workflow_inputs", PackageResources.workflow_inputs_lua)
    private static let add = Script("workflow_add", PackageResources.workflow_add_lua)

    static var scripts: [Script] { [start, summary, tasks, result, control, history, runs, inputs, add] }

    /// Nodes go to the server in parts of at most so many, and of about so many bytes: while it takes one it does
    /// nothing else.
    private static let partNodes = 500
    private static let partBytes = 1 << 20

    init(_ calls: QueueCalls) {
        keys = calls.keys
    }

    /// Nodes in parts as the server takes them; one part without any for none.
    static func parts(of nodes: [EncodedNode]) -> [ArraySlice<EncodedNode>] {
        var parts: [ArraySlice<EncodedNode>] = []
        var rest = nodes[...]
        repeat {
            var bytes = 0
            let part = rest.prefix(partNodes).prefix { node in
                defer { bytes += node.name.utf8.count + node.state.count + node.definition.count }
                return bytes < partBytes
            }
            parts.append(part)
            rest = rest.dropFirst(part.count)
        } while !rest.isEmpty
        return parts
    }

    /// What is the same in all parts of one start.
    struct Start: Sendable {
        let run: String
        /// Random, the same in all parts, however often they are sent.
        let token: String
        let workflow: EncodedWorkflow
        let options: RunOptions
    }

    func start(_ start: Start, part: ArraySlice<EncodedNode>, isLast: Bool) -> ScriptCall {
        ScriptCall(RunCalls.start, keys: keys, argumentCount: 8 + 3 * part.count) { writer, _ in
            writer.argument(start.run)
            writer.argument(start.token)
            writer.argument(isLast ? "1" as StaticString : "")
            writer.argument(start.workflow.name)
            writer.argument(start.workflow.fingerprint)
            writer.argument(start.options.retention)
            writer.argument(start.options.failsFast ? "f" as StaticString : "")
            writer.argument(Int64(start.workflow.topLevelCount))
            for node in part {
                writer.argument(node.name)
                writer.argument(node.state)
                writer.argument(node.definition)
            }
        }
    }

    /// - Parameters:
    ///   - token: Of who waits for the end; "" of who does not.
    ///   - leaves: That one waits no more.
    func summary(_ run: String, token: String = "", leaves: Bool = false) -> ScriptCall {
        ScriptCall(RunCalls.summary, keys: keys, arguments: [run, token, leaves ? "1" : ""])
    }

    func tasks(_ run: String, cursor: String) -> ScriptCall {
        ScriptCall(RunCalls.tasks, keys: keys, arguments: [run, cursor])
    }

    func result(_ run: String, task: String) -> ScriptCall {
        ScriptCall(RunCalls.result, keys: keys, arguments: [run, task])
    }

    enum Verb: String, Sendable {
        case pause, resume, stop, delete
        /// Goes on with what one of the others has begun.
        case proceed = "go"
    }

    /// - Parameter onResend: Called when the call is sent a second time: its answer is then ambiguous.
    func control(
        _ run: String, _ verb: Verb, reason: String, atOnce: Bool, onResend: @escaping @Sendable () -> Void = {}
    ) -> ScriptCall {
        ScriptCall(RunCalls.control, keys: keys, argumentCount: 4) { writer, isResent in
            if isResent { onResend() }
            writer.argument(run)
            writer.argument(verb.rawValue)
            writer.argument(reason)
            writer.argument(atOnce ? "1" as StaticString : "")
        }
    }

    func history(_ run: String, after number: Int64) -> ScriptCall {
        ScriptCall(RunCalls.history, keys: keys, arguments: [run, String(number)])
    }

    func runs(offset: Int64, limit: Int64) -> ScriptCall {
        ScriptCall(RunCalls.runs, keys: keys, arguments: [String(offset), String(limit)])
    }

    /// The part of a task's inputs that begins there; its answer may be large.
    func inputs(
        _ run: String, task: String, need: Int64, position: String, _ session: Session, _ patience: Patience
    ) throws(RedisError) -> Reply {
        try session.redis.run(
            RunCalls.inputs, keys: keys, argumentCount: 4, patience: patience, expectsMuch: true
        ) { writer, _ in
            writer.argument(run)
            writer.argument(task)
            writer.argument(need)
            writer.argument(position)
        }
    }

    /// Stages nodes that are added when a task completes.
    func add(_ run: String, job: QueueCalls.Held, part: Int64, nodes: [UInt8]) -> ScriptCall {
        ScriptCall(RunCalls.add, keys: keys, argumentCount: 5) { writer, _ in
            writer.argument(run)
            writer.argument(job.id)
            writer.argument(job.claim)
            writer.argument(part)
            writer.argument(nodes)
        }
    }
}
