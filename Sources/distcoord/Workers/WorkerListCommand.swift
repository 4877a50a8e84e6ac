// distcoord worker list

import ArgumentParser
import DistCoord

struct WorkerListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the workers of the namespace, in every language.",
        discussion: """
            Example: distcoord worker list --json

            A worker tells every 5 seconds how it is; one that has not for 15 is gone. RATE is jobs completed per \
            second over the last minute.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let workers = try global.open().workers()
        let now = Output.now()
        try global.printList(
            workers,
            heading: [
                "NAME", "HOST", "PID", "QUEUES", "BUSY", "DONE", "FAILED", "RATE", "UP", "SEEN", "HAS", "NOTE",
            ],
            row: {
                [
                    $0.name.visible, $0.host.visible, String($0.processID), $0.queues.joined(separator: ","),
                    "\($0.counts.running)/\($0.concurrency)", String($0.counts.processed), String($0.counts.failed),
                    "\(($0.jobsPerSecond * 10).rounded() / 10)/s", $0.uptime.brief,
                    Duration.milliseconds(max(0, now - $0.seenMillisecondsSince1970)).brief,
                    $0.capabilities.joined(separator: ","), $0.isStopping ? "stopping" : "",
                ]
            }, json: json)
    }

    private func json(_ worker: WorkerInfo) -> JSONValue {
        .object([
            ("name", .string(worker.name)), ("client", .string(worker.clientID)), ("host", .string(worker.host)),
            ("pid", .int(worker.processID)), ("queues", .array(worker.queues.map { .string($0) })),
            ("capabilities", .array(worker.capabilities.map { .string($0) })), ("jobs", .int(worker.concurrency)),
            ("running", .int(worker.counts.running)), ("ahead", .int(worker.counts.ahead)),
            ("completed", .int(worker.counts.processed)), ("failed", .int(worker.counts.failed)),
            ("released", .int(worker.counts.released)), ("cancelled", .int(worker.counts.cancelled)),
            ("lost", .int(worker.counts.lost)), ("rate", .number(worker.jobsPerSecond)),
            ("started", .string(Output.moment(worker.startedMillisecondsSince1970))),
            ("seen", .string(Output.moment(worker.seenMillisecondsSince1970))),
            ("uptime_seconds", .number(worker.uptime.inSeconds)), ("stopping", .bool(worker.isStopping)),
        ])
    }
}
