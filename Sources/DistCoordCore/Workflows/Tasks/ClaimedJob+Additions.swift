// Nodes that a running task adds. They are staged on the server beside the job, in numbered parts, and come into being
// with its completion; when the claim ends otherwise they are forgotten.

import DistCoordRedis

/// What one claim has staged.
struct TaskAdditions: Sendable {
    /// Number of the next part.
    private var next: Int64 = 0
    /// Parts that may or may not be on the server, because telling them failed. They must not come into being.
    private var doubtful: [Int64] = []

    /// Something was staged.
    var isThere: Bool { next > 0 }
    /// It cannot be said what was.
    var isBroken: Bool { !doubtful.isEmpty }

    /// Numbers for at least so many parts, those first that are to be replaced. What is more than asked for is to be
    /// replaced by nothing.
    mutating func take(_ count: Int) -> [Int64] {
        var numbers = doubtful
        doubtful = []
        while numbers.count < count {
            numbers.append(next)
            next += 1
        }
        return numbers
    }

    /// Parts that were taken could not be told.
    mutating func putBack(_ numbers: [Int64]) {
        doubtful.append(contentsOf: numbers)
    }
}

extension ClaimedJob {
    /// Nodes that one call may add.
    private static let mostAdded = 10_000

    /// Stages nodes that are added to the run when the task is completed.
    ///
    /// - Returns: `.ok`, `.lost`, `.notHeld`.
    public func add(_ additions: WorkflowGraph) throws(CoordinationError) -> Status {
        let identity = try requireTask()
        let nodes = try additions.encodedAdditions(to: identity.name).nodes
        guard nodes.count <= ClaimedJob.mostAdded else {
            throw .invalid(
                "there are \(nodes.count) nodes to add; at most \(ClaimedJob.mostAdded) can be at once. "
                    + "Add them in several calls")
        }
        try checkUsable()
        switch state {
        case .lost: return .lost
        case .settled, .expired: return .notHeld
        case .claimed, .cancelling: break
        }
        if nodes.isEmpty { return .ok }
        let parts = RunCalls.parts(of: nodes).map { ClaimedJob.packed($0) }
        let numbers = batch.changeAdditions(of: index) { $0.take(parts.count) }
        var isTold = false
        defer { if !isTold { batch.changeAdditions(of: index) { $0.putBack(numbers) } } }
        let calls = RunCalls(batch.calls)
        for (place, number) in numbers.enumerated() {
            let nodes = parts.indices.contains(place) ? parts[place] : []
            let call = calls.add(identity.run, job: entry.held, part: number, nodes: nodes)
            let reply = try translating { () throws(RedisError) in
                try batch.session.redis.run(call, patience: batch.session.patience())
            }
            guard reply.integer == 1 else { return .lost }
        }
        isTold = true
        return .ok
    }

    /// Nodes as workflow_add.lua takes them: <I4 length>name <I4 length>state <I4 length>definition, ...
    private static func packed(_ nodes: ArraySlice<EncodedNode>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(nodes.reduce(0) { $0 + 12 + $1.name.utf8.count + $1.state.count + $1.definition.count })
        func append(_ block: some Collection<UInt8>) {
            let count = block.count
            for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: count >> (8 * index))) }
            bytes.append(contentsOf: block)
        }
        for node in nodes {
            append(node.name.utf8)
            append(node.state)
            append(node.definition)
        }
        return bytes
    }

    /// Whether something was staged, so that the server has to look for it.
    var hasAdditions: Bool { entry.record.isTask && batch.additions(of: index).isThere }

    /// Fails when it is not certain what was staged: half of it is not to come into being.
    func checkAdditions() throws(CoordinationError) {
        guard entry.record.isTask, batch.additions(of: index).isBroken else { return }
        throw .invalid(
            "what the task '\(nodeName)' adds could not be told to the server; add it again, or fail the task")
    }

    /// Why a completion was refused.
    public var additionsRefused: CoordinationError {
        .invalid(
            "what the task '\(nodeName)' adds cannot be added: a name in it is known to the run already, "
                + "or a need of it is not, or waits for this task; the task is still held")
    }
}
