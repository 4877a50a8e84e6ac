// What a pipeline file says.

import DistCoord

/// A graph of steps, as it was written.
struct Pipeline {
    var name: String
    /// How long a run may take as a whole.
    var timeout: Duration?
    var failFast = false
    var groups: [Group] = []
    var steps: [Step] = []

    /// A name, and the line that says it.
    struct Mention {
        let name: String
        let line: Int
    }

    struct Group {
        let name: String
        let line: Int
        var policy: GroupPolicy?
        var group: Mention?
        var needs: [Mention] = []
        var isAlways = false
    }

    struct Step {
        let name: String
        let line: Int
        var work: Work
        var needs: [Mention] = []
        var group: Mention?
        var requires: [String] = []
        var retries = 0
        var backoff: Duration?
        var timeout: Duration?
        var capabilityTimeout: Duration?
        var priority = 0
        var isAlways = false
        /// Of a matrix or a map.
        var policy: GroupPolicy?
        var matrix: [Axis] = []
        var map: Map?
    }

    enum Work {
        case command(StepCommand)
        /// For workers of other programs, which know what the task is.
        case foreign(language: String, task: String?, arguments: JSONValue)
    }

    struct Axis {
        let name: String
        let values: [String]
    }

    enum Map {
        /// Over the list that a step returns.
        case result(Mention)
        case items(JSONValue)
    }
}

extension Pipeline.Step {
    /// Every combination of the axes' values, the last axis turning fastest.
    var combinations: [[(axis: String, value: String)]] {
        var rows: [[(axis: String, value: String)]] = [[]]
        for axis in matrix { rows = rows.flatMap { row in axis.values.map { row + [(axis.name, $0)] } } }
        return rows
    }

    /// The member of the matrix for one of them.
    func memberName(_ combination: [(axis: String, value: String)]) -> String {
        "\(name) (\(combination.map { "\($0.axis)=\($0.value)" }.joined(separator: ", ")))"
    }
}
