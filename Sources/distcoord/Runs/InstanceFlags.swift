// The flags by which instances of a run find each other.

import ArgumentParser
import DistCoord

struct InstanceFlags: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Which instance this is, from 0.", valueName: "number"))
    var index: Int?

    @Option(name: .long, help: ArgumentHelp("How many instances there are.", valueName: "number"))
    var total: Int?

    @Option(name: .long, help: ArgumentHelp("Both, counted from 1: 2/5 is --index 1 --total 5.", valueName: "n/total"))
    var shard: WrittenShard?

    @Option(
        name: .long, help: ArgumentHelp("The variable of the index. Default: INSTANCE_INDEX.", valueName: "name"))
    var varIndex: String?

    @Option(
        name: .long, help: ArgumentHelp("The variable of the total. Default: TOTAL_INSTANCES.", valueName: "name"))
    var varTotal: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the run is known by. Default: the commit, from the CI system or git; alone, a new one each time.",
            valueName: "identity"))
    var id: String?

    @Flag(
        name: .long, help: "Add the attempt to the commit, so that running the CI pipeline again is a new run.")
    var withAttempt = false

    @Option(name: .long, help: ArgumentHelp("What the run's queue is called before the identity.", valueName: "text"))
    var prefix: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "When all of the run is forgotten after its last activity. Default: 1h.", valueName: "duration"))
    var expiry: WrittenDuration?

    @Option(
        name: [.long, .customLong("ttl")],
        help: ArgumentHelp(
            "So long after the death of an instance its steps go to another. Default: $DISTCOORD_TTL, else 10s.",
            valueName: "duration"))
    var lease: WrittenDuration?

    mutating func validate() throws {
        if shard != nil, index != nil || total != nil {
            throw ValidationError("--shard and --index or --total exclude each other")
        }
    }

    /// - Parameter numbers: Nothing for a run of this process alone.
    func options(_ numbers: InstanceNumbers?, capabilities: [String], failFast: Bool) throws -> InstanceOptions {
        InstanceOptions(
            identity: try identity(numbers), prefix: prefix, index: numbers?.index ?? 0, total: numbers?.total ?? 1,
            capabilities: capabilities,
            lease: try (lease ?? WrittenDuration.environment("DISTCOORD_TTL"))?.duration ?? .seconds(10),
            expiry: expiry?.duration ?? .seconds(3600), failFast: failFast)
    }

    private func identity(_ numbers: InstanceNumbers?) throws -> String {
        if let id { return id }
        guard let numbers else { return try BlockingInstance.newIdentity() }
        let identity = try BlockingInstance.runIdentity(explicit: nil, withAttempt: withAttempt)
        // What differs from call to call differs from instance to instance, and each would do everything.
        if numbers.total > 1, try BlockingInstance.runIdentity(explicit: nil, withAttempt: withAttempt) != identity {
            throw Complaint(
                "the instances of this run have nothing to find each other by: no commit is known here",
                hint: "--id gives all of them the same identity", status: ExitStatus.badConfiguration)
        }
        return identity
    }
}

extension BlockingInstance {
    /// One that no other run has.
    fileprivate static func newIdentity() throws -> String {
        guard let text = ProcessGroup.contents(ofFile: "/proc/sys/kernel/random/uuid") else {
            throw Complaint("no random identity is to be had; --id gives one", status: ExitStatus.ourFault)
        }
        return text.filter { !$0.isWhitespace }
    }
}

/// `2/5`: the second of five.
struct WrittenShard: ExpressibleByArgument {
    let index: Int
    let total: Int

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let total = parts[1] else { return nil }
        (index, self.total) = (number - 1, total)
    }
}
