// What the options of a job mean for a task of a workflow.

import DistCoordRedis

/// How the tasks of a node are run; never changed, so that nodes may share it.
final class NodeOptions: Sendable {
    let job: JobOptions
    /// "" for any.
    let language: String

    /// Of a node whose options say nothing.
    static let usual: NodeOptions = {
        var job = JobOptions()
        job.maxAttempts = 1
        return NodeOptions(job, language: "")
    }()

    private init(_ job: JobOptions, language: String) {
        self.job = job
        self.language = language
    }

    /// Fails with a message that says which option a task of a workflow cannot have.
    convenience init(_ options: JobOptions) throws(CoordinationError) {
        try options.validate()
        var refused: [String] = []
        if options.id != nil { refused.append("an id: it gets one by its run") }
        if options.uniqueKey != nil { refused.append("a unique key: a run is unique by its id") }
        if !options.after.isEmpty { refused.append("jobs to wait for: nodes are what it can need") }
        if options.batch != nil { refused.append("a batch: groups are what tasks are counted in") }
        if options.resultTTL != JobOptions.defaultResultTTL {
            refused.append("a result time: results are kept as long as the run")
        }
        if options.at != nil { refused.append("a moment to begin at: only a delay after it is ready") }
        guard refused.isEmpty else {
            throw .invalid(refused.map { "a task of a workflow cannot have " + $0 }.joined(separator: "\n"))
        }
        self.init(options, language: "")
    }

    /// The same for workers of one language alone; "" for any.
    func speaking(_ language: String) throws(CoordinationError) -> NodeOptions {
        if language.isEmpty { return NodeOptions(job, language: "") }
        let named = try? Capabilities.parse(NodeOptions.languagePrefix + language, atMost: 1)
        guard let capability = named?.first, !language.utf8.contains(UInt8(ascii: ",")) else {
            throw .invalid(
                "'\(language)' is no name of a language: letters, digits and ._+-:/ are allowed, at most 59 of them")
        }
        if let worker = job.worker {
            throw .invalid("a task of the worker '\(worker)' alone cannot be for a language as well")
        }
        return NodeOptions(job, language: String(capability.dropFirst(NodeOptions.languagePrefix.count)))
    }

    private static let languagePrefix = "lang:"

    /// All that a worker must have, in order.
    var capabilities: [String] {
        var all = Set(job.capabilities)
        if !job.pool.isEmpty { all.insert(Capabilities.of(pool: job.pool)) }
        if !language.isEmpty { all.insert(NodeOptions.languagePrefix + language) }
        return all.sorted()
    }

    /// The job's record from its flags on, to before its ties, and these, for a node of that name.
    func record(ofNode name: String) -> (head: [UInt8], ties: [UInt8]) {
        var job = job
        job.resultTTL = 0
        if job.task.isEmpty { job.task = name }
        if !language.isEmpty { job.require(NodeOptions.languagePrefix + language) }
        return (JobRecord.headBeforeTies(job), JobTies(job).bytes)
    }
}
