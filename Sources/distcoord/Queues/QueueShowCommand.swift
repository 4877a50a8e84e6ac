// distcoord queue show

import ArgumentParser
import DistCoord

struct QueueShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Count the jobs of a queue by state; its limits and schedules.",
        discussion: """
            Example: distcoord queue show thumbs --json

            blocked: wait for other jobs, for their unique or their concurrency key. unserved: of the waiting ones, \
            those that no living worker has the capabilities for. completed, failed and cancelled are counted since \
            the queue was first used; claimers wait for a job.
            """)

    @OptionGroup var place: QueuePlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let handle = try place.open(global.open())
        let counts = try handle.count()
        let settings = try handle.settings()
        let schedules = try handle.schedules()
        let rows: [(String, Int)] = [
            ("waiting", counts.waiting), ("delayed", counts.delayed), ("active", counts.active),
            ("blocked", counts.blocked), ("dead", counts.dead), ("unserved", counts.unserved),
            ("completed", counts.completed), ("failed", counts.failed), ("cancelled", counts.cancelled),
            ("claimers", counts.claimers),
        ]
        if global.printsJSON {
            let rate = settings.rateLimit.map {
                JSONValue.object([("count", .int($0.count)), ("period_seconds", .number($0.period.inSeconds))])
            }
            try Output.line(
                .object(
                    [("queue", .string(place.queue))] + rows.map { ($0.0, .int($0.1)) } + [
                        ("paused", .bool(settings.isPaused)), ("rate", rate ?? .null),
                        ("key_limit", .int(settings.keyLimit)), ("history", .int(settings.results)),
                        ("dead_limit", settings.dead.map { .int($0) } ?? .null),
                        ("schedules", .array(schedules.map(\.json))),
                    ]))
        } else {
            var texts = [("queue", settings.isPaused ? "\(place.queue) (paused)" : place.queue)]
            texts += rows.map { ($0.0, String($0.1)) }
            texts += [
                ("rate", settings.rateLimit.map { "\($0.count) per \($0.period.brief)" } ?? "no limit"),
                ("key limit", String(settings.keyLimit)), ("history", String(settings.results)),
                ("dead kept", settings.dead.map { String($0) } ?? "all"),
            ]
            texts += schedules.map { ("schedule '\($0.name)'", "\($0.rhythm), next \($0.nextMoment)") }
            try Output.table(texts)
        }
    }
}
