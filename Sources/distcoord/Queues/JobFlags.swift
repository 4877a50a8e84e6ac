// Flags that say what a job is and how it is run; the same for one that is pushed and for those of a schedule.

import ArgumentParser
import DistCoord

struct JobFlags: ParsableArguments {
    @Option(name: .shortAndLong, help: "What kind of work it is.")
    var task: String = ""

    @Option(name: .shortAndLong, parsing: .unconditional, help: "Higher goes first.")
    var priority: Int = 0

    @Option(name: .long, help: ArgumentHelp("What the payload is, for example application/json.", valueName: "type"))
    var contentType: String = ""

    @Option(
        name: .long,
        help: ArgumentHelp("Travels with the job; again for more.", valueName: "name=value"))
    var header: [WrittenHeader] = []

    @Option(name: .long, help: "How many attempts there are in all.")
    var attempts: Int = 4

    @Option(
        name: .long,
        help: ArgumentHelp("Delay before the first retry; it doubles with each. Default: 1s.", valueName: "duration"))
    var backoff: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("How long one attempt may take. Default: no limit.", valueName: "duration"))
    var timeout: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("How long the result is kept. Default: 10m.", valueName: "duration"))
    var resultTtl: WrittenDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("Jobs of a key run one at a time; 'queue limit --key-limit' allows more.", valueName: "key"))
    var key: String?

    @Option(
        name: .long,
        help: ArgumentHelp("What a worker must have, for example gpu,linux.", valueName: "names"))
    var requires: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long to wait while no worker has that; 0 for ever. Default: 5m.", valueName: "duration"))
    var requiresTimeout: WrittenDuration?

    @Option(name: .long, help: ArgumentHelp("Only for workers of that pool.", valueName: "name"))
    var pool: String?

    @Option(name: .long, help: ArgumentHelp("For that worker's own queue.", valueName: "name"))
    var worker: String?

    var options: PushOptions {
        let first = backoff?.duration ?? .seconds(1)
        var capabilityTimeout: Duration? = .seconds(300)
        if let written = requiresTimeout?.duration { capabilityTimeout = written == .zero ? nil : written }
        let timeout = timeout?.duration
        return PushOptions(
            task: task, contentType: contentType, headers: headers, priority: priority, concurrencyKey: key,
            capabilities: requires.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
                ?? [],
            capabilityTimeout: capabilityTimeout, pool: pool, worker: worker, maxAttempts: attempts,
            firstBackoff: first, maxBackoff: max(first, .seconds(300)), timeout: timeout == .zero ? nil : timeout,
            resultLifetime: resultTtl?.duration ?? .seconds(600))
    }

    private var headers: [String: String] {
        var headers: [String: String] = [:]
        for written in header { headers[written.name] = written.value }
        return headers
    }
}

/// How a trace context is called in headers and in the environment of processes.
enum TraceContext {
    static let variables = [("traceparent", "TRACEPARENT"), ("tracestate", "TRACESTATE"), ("baggage", "BAGGAGE")]

    /// The trace that this process is part of goes on in what it pushes, unless that is given another.
    static func add(to headers: inout [String: String]) {
        guard headers["traceparent"] == nil else { return }
        for (name, variable) in variables where headers[name] == nil {
            if let value = Environment.value(variable), !value.isEmpty { headers[name] = value }
        }
    }
}

/// `name=value` of a header.
struct WrittenHeader: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let end = argument.firstIndex(of: "="), end > argument.startIndex else { return nil }
        name = String(argument[..<end])
        value = String(argument[argument.index(after: end)...])
    }
}
