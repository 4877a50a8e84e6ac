// The results of what a task needs. Few and small ones come with the job, others are fetched a page at a time.

import DistCoordRedis

/// One result.
public struct TaskInput: Sendable {
    /// Name of the node that the task needs.
    public let need: String
    /// The need itself, or a member or item of it; "" for a need of many that gives none.
    public let task: String
    /// The need is a group or a map.
    public let isMany: Bool
    public let state: TaskState
    /// The result, or the message of a failure.
    public let bytes: [UInt8]

    /// The entries that came with a job: <I2 length>need <I2 length>task <B many><B state><I4 length>bytes, ...; nil
    /// when they are not entries.
    static func all(in packed: UnsafeRawBufferPointer) -> [TaskInput]? {
        var reader = PackedReader(packed)
        var inputs: [TaskInput] = []
        while !reader.rest.isEmpty {
            guard let need = reader.block(lengthBytes: 2), let task = reader.block(lengthBytes: 2),
                let many = reader.number(1), let state = reader.number(1).flatMap({ TaskState(rawValue: Int32($0)) }),
                let bytes = reader.block(lengthBytes: 4)
            else { return nil }
            inputs.append(
                TaskInput(
                    need: String(decoding: need, as: UTF8.self), task: String(decoding: task, as: UTF8.self),
                    isMany: many == 1, state: state, bytes: [UInt8](bytes)))
        }
        return inputs
    }
}

extension ClaimedJob {
    /// The results of what the task needs.
    ///
    /// - Returns: `.ok` with them, `.notFound` when the run is not known any more.
    public func fetchInputs() throws(CoordinationError) -> (Status, [TaskInput]) {
        let identity = try requireTask()
        try checkUsable()
        switch taskEnvelope?.inputs {
        case .some(.none): return (.ok, [])
        case .here(let packed):
            if let inputs = TaskInput.all(in: packed) { return (.ok, inputs) }
        case .apart, nil: break
        }
        return try fetchPages(identity)
    }

    private func fetchPages(_ identity: TaskIdentity) throws(CoordinationError) -> (Status, [TaskInput]) {
        let session = batch.session
        let calls = RunCalls(batch.calls)
        var inputs: [TaskInput] = []
        var need: Int64 = 0
        var position = "0"
        while true {
            let reply = try translating { () throws(RedisError) in
                try calls.inputs(
                    identity.run, task: identity.name, need: need, position: position, session, session.patience())
            }
            guard reply.count > 1 else { return (.notFound, []) }
            for place in stride(from: 2, to: reply.count - 4, by: 5) {
                inputs.append(TaskInput(reply, at: place))
            }
            need = reply.integer(at: 0)
            position = reply.string(at: 1)
            if position == "-1" { return (.ok, inputs) }
        }
    }
}

extension TaskInput {
    /// From the values of a reply of workflow_inputs.lua that begin there.
    fileprivate init(_ reply: Reply, at place: Int) {
        need = reply.string(at: place)
        task = reply.string(at: place + 1)
        isMany = reply.integer(at: place + 2) == 1
        state = TaskState(rawValue: Int32(clamping: reply.integer(at: place + 3))) ?? .waiting
        bytes = reply[place + 4]?.withBytes { NodeOutcome($0).bytes } ?? []
    }
}
