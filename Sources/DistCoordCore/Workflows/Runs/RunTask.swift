// The nodes of a run, as one lists them.

import DistCoordRedis

/// A node of a run at one moment.
public struct RunTask: Sendable {
    /// What kind of node it is; the numbers are those of include/distcoord/run.h.
    public enum Kind: Int32, Sendable {
        case task = 0
        case group, map
        /// A task that a map made for one item.
        case item
    }

    public let name: String
    public let kind: Kind
    public let state: TaskState
    /// The group, map, or task that added it, to which it belongs; "" for none.
    public let group: String
    /// Names, each followed by a newline.
    public let needs: String
    /// Identity of the client that has it or has ended it.
    public let worker: String
    /// Separated by commas.
    public let capabilities: String
    public let error: String
    public let attempts: Int32
    public let round: Int32
    /// Milliseconds since 1970 by the server's clock; 0 for not yet.
    public let readyMilliseconds: Int64
    public let startedMilliseconds: Int64
    public let endedMilliseconds: Int64
    fileprivate let index: Int64

    /// How many values of a reply it takes.
    static let width = 7

    /// From the values of a reply of workflow_tasks.lua that begin there; nil when they are not a node's.
    init?(_ reply: Reply, at place: Int) {
        guard let node = reply[place + 1]?.withBytes({ NodeState($0) }) else { return nil }
        let outcome = reply[place + 6]?.withBytes { $0.isEmpty ? nil : NodeOutcome($0) }
        // "<claim> <client>"; a claim nobody has heard of yet has a mark behind its number.
        let holder = reply.string(at: place + 5).split(separator: " ")
        name = reply.string(at: place)
        kind = node.kind
        state = node.state == .ready && holder.count > 1 ? .running : node.state
        group = reply.string(at: place + 2)
        needs = reply.string(at: place + 3)
        capabilities = JobTies(reply[place + 4]?.bytes ?? []).text(.capabilities)
        worker = holder.count > 1 ? String(holder[1]) : node.client
        error = outcome?.error ?? ""
        attempts = node.attempts
        round = node.round
        readyMilliseconds = node.readyMilliseconds
        endedMilliseconds = node.endedMilliseconds
        index = node.index
        // Numbers of claims are the server's microseconds, see Queues/Lua/queue_keys.lua.
        let claim = holder.first.flatMap { Int64($0.prefix { $0.isNumber }) } ?? node.fence
        startedMilliseconds = claim / 1_000
    }

    /// In the order in which they were added: items behind their map, added nodes behind who added them.
    static func ordered(_ tasks: [RunTask]) -> [RunTask] {
        var places: [String: Int] = [:]
        places.reserveCapacity(tasks.count)
        for (place, task) in tasks.enumerated() { places[task.name] = place }
        /// The map or task behind which a node stands; nil for one that was there from the start. What is in a group
        /// that was added stands behind who added the group.
        func host(of place: Int) -> Int? {
            var present = place
            // Groups lie within one another, not in a circle; the bound is for replies that are not this library's.
            for _ in 0..<tasks.count {
                guard let above = places[tasks[present].group], above != present else { return nil }
                if tasks[above].kind != .group { return above }
                present = above
            }
            return nil
        }
        var guests: [Int: [Int]] = [:]
        var roots: [Int] = []
        for place in tasks.indices {
            if let host = host(of: place) { guests[host, default: []].append(place) } else { roots.append(place) }
        }
        func inOrder(_ some: [Int]) -> [Int] {
            some.sorted { (tasks[$0].index, tasks[$0].name) < (tasks[$1].index, tasks[$1].name) }
        }
        var ordered: [RunTask] = []
        ordered.reserveCapacity(tasks.count)
        // Not by recursion: what tasks add may add again, any number of times.
        var next = Array(inOrder(roots).reversed())
        while let place = next.popLast() {
            ordered.append(tasks[place])
            if let some = guests.removeValue(forKey: place) { next.append(contentsOf: inOrder(some).reversed()) }
        }
        return ordered
    }
}

extension RunHandle {
    /// The nodes of the run; nil when it is not known.
    public func tasks() throws(CoordinationError) -> [RunTask]? {
        let room = try room()
        var found: [String: RunTask] = [:]
        var cursor = "0"
        repeat {
            guard let page = try ask({ $0.tasks(self.id, cursor: cursor) }, room) else { return nil }
            // Of a hash that grows meanwhile a page may tell again what another has told.
            for place in stride(from: 1, to: page.count, by: RunTask.width) {
                if let task = RunTask(page, at: place) { found[task.name] = task }
            }
            cursor = page.string(at: 0)
        } while cursor != "0"
        return RunTask.ordered(Array(found.values))
    }
}
