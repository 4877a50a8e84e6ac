// Which of how many instances this is: from flags, from variables of the caller's choice, from those that the
// systems set which start the same program many times.

import DistCoord

struct InstanceNumbers {
    let index: Int
    let total: Int

    /// Variables of one system. Some do not tell how many there are.
    private struct System {
        let index: String
        let total: String?
        let base: Int
    }

    private static var systems: [System] {
        [
            // GitLab counts from 1; others who took over its names from 0.
            System(
                index: "CI_NODE_INDEX", total: "CI_NODE_TOTAL", base: Environment.value("GITLAB_CI") == nil ? 0 : 1),
            System(index: "CIRCLE_NODE_INDEX", total: "CIRCLE_NODE_TOTAL", base: 0),
            System(index: "BUILDKITE_PARALLEL_JOB", total: "BUILDKITE_PARALLEL_JOB_COUNT", base: 0),
            System(index: "BITBUCKET_PARALLEL_STEP", total: "BITBUCKET_PARALLEL_STEP_COUNT", base: 0),
            System(index: "SEMAPHORE_JOB_INDEX", total: "SEMAPHORE_JOB_COUNT", base: 1),
            System(index: "SEMAPHORE_CURRENT_JOB", total: "SEMAPHORE_JOB_COUNT", base: 1),
            System(index: "DEPOT_MATRIX_JOB_INDEX", total: "DEPOT_MATRIX_JOB_TOTAL", base: 0),
            System(index: "CLOUD_RUN_TASK_INDEX", total: "CLOUD_RUN_TASK_COUNT", base: 0),
            System(index: "SLURM_PROCID", total: "SLURM_NTASKS", base: 0),
            System(index: "JOB_COMPLETION_INDEX", total: nil, base: 0),
            System(index: "AWS_BATCH_JOB_ARRAY_INDEX", total: nil, base: 0),
        ]
    }

    /// A number and where it comes from.
    private struct Found {
        let number: Int
        let origin: String
    }

    /// Nothing when nobody says that there is more than one. Half a pair is refused: instances that each took
    /// themselves for the only one would all do everything, and all would look well.
    static func find(_ options: InstanceFlags) throws -> InstanceNumbers? {
        var index = options.index.map { Found(number: $0, origin: "--index \($0)") }
        var total = options.total.map { Found(number: $0, origin: "--total \($0)") }
        if let shard = options.shard {
            index = Found(number: shard.index, origin: "--shard \(shard.index + 1)/\(shard.total)")
            total = Found(number: shard.total, origin: "\(shard.total) instances")
        }
        if index == nil || total == nil {
            let (ownIndex, ownTotal) = (options.varIndex ?? "INSTANCE_INDEX", options.varTotal ?? "TOTAL_INSTANCES")
            var (foundIndex, foundTotal) = (try read(ownIndex, 0), try read(ownTotal, 0))
            let isNamed = options.varIndex != nil || options.varTotal != nil
            if foundIndex == nil, foundTotal == nil, !isNamed { (foundIndex, foundTotal) = try ofSystems() }
            if isNamed, index ?? foundIndex == nil, total ?? foundTotal == nil {
                throw refusal("neither \(ownIndex) nor \(ownTotal) is set")
            }
            index = index ?? foundIndex
            total = total ?? foundTotal
        }
        guard let index, let total else {
            if let index { throw refusal("\(index.origin), but how many instances there are is not known") }
            if let total { throw refusal("\(total.origin), but which instance this is is not known") }
            return nil
        }
        if total.number < 1 { throw refusal("\(total.origin): there is at least 1 instance") }
        if index.number < 0 || index.number >= total.number {
            throw refusal("\(index.origin) with \(total.origin): that instance is none of them")
        }
        return InstanceNumbers(index: index.number, total: total.number)
    }

    private static func ofSystems() throws -> (Found?, Found?) {
        for system in systems {
            let index = try read(system.index, system.base)
            let total = try system.total.flatMap { try read($0, 0) }
            // Some set the total also where nothing runs in parallel.
            if index == nil, total?.number ?? 1 == 1 { continue }
            // One of one meets nobody, and should not meet what it did last time.
            if total?.number == 1 { continue }
            return (index, total)
        }
        return (nil, nil)
    }

    private static func read(_ variable: String, _ base: Int) throws -> Found? {
        guard let text = Environment.value(variable), !text.isEmpty else { return nil }
        guard let number = Int(text) else { throw refusal("\(variable) is '\(text)', which is no number") }
        return Found(number: number - base, origin: "\(variable)=\(text)")
    }

    private static func refusal(_ message: String) -> Complaint {
        Complaint(
            message, hint: "--index and --total, or --shard 2/5, say which instance this is",
            status: ExitStatus.badConfiguration)
    }
}
