// distcoord lock show, list, stats

public import ArgumentParser
public import DistCoord

struct LockShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell who holds a lock, and who waits for it in which order. Exit status 1: nobody holds it.",
        usage: "distcoord lock show NAME [-s | -x]",
        discussion: """
            Example: distcoord lock show deploy --json

            -s and -x show the read-write lock NAME; 'lock list' names those who are inside.
            """)

    @Argument(help: "The lock's name.")
    var name: String

    @OptionGroup var side: SideOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let client = try global.open()
        if side.side != nil { return try showReadWrite(client) }
        let info = try BlockingLock(client, name, LockOptions()).inspect()
        if global.printsJSON {
            try Output.line(json(info))
        } else if let info {
            var rows = [("lock", name), ("holder", info.holder)]
            if let owner = info.owner { rows.append(("owner", owner)) }
            rows += [
                ("fence", String(info.fence)), ("held", info.held.brief), ("lease left", info.leaseLeft.brief),
                ("waiting", String(info.waiters)),
            ]
            rows += info.line.enumerated().map { ("  \($0 + 1)", $1) }
            try Output.table(rows)
        } else {
            try Output.table([("lock", name), ("holder", "nobody")])
        }
        try endUnlessSuccess(info == nil ? ExitStatus.no : ExitStatus.success)
    }

    private func json(_ info: LockInfo?) -> JSONValue {
        .object([
            ("lock", .string(name)), ("held", .bool(info != nil)),
            ("holder", info.map { .string($0.holder) } ?? .null), ("owner", .string(orNull: info?.owner)),
            ("fence", info.map { .int($0.fence) } ?? .null),
            ("held_seconds", info.map { .number($0.held.inSeconds) } ?? .null),
            ("lease_left_seconds", info.map { .number($0.leaseLeft.inSeconds) } ?? .null),
            ("waiting", .int(info?.waiters ?? 0)), ("line", .array((info?.line ?? []).map { .string($0) })),
        ])
    }

    private func showReadWrite(_ client: BlockingClient) throws {
        let status = try BlockingReadWriteLock(client, name, LockOptions()).inspect()
        let isHeld = status.readers > 0 || status.writers > 0
        if global.printsJSON {
            try Output.line(
                .object([
                    ("lock", .string(name)), ("held", .bool(isHeld)), ("readers", .int(status.readers)),
                    ("writers", .int(status.writers)), ("waiting", .int(status.waiters)),
                ]))
        } else {
            try Output.table([
                ("lock", name), ("readers", String(status.readers)), ("writers", String(status.writers)),
                ("waiting", String(status.waiters)),
            ])
        }
        try endUnlessSuccess(isHeld ? ExitStatus.success : ExitStatus.no)
    }
}

struct LockListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what is held: locks, read-write locks, permits, leaderships.",
        usage: "distcoord lock list [--stale]",
        discussion: """
            Example: distcoord lock list --stale

            Stale is what a client holds that is gone or silent; leases free it, 'lock break' at once.
            """)

    @Flag(name: .long, help: "Only what belongs to clients that are gone or silent.")
    var stale = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let holds = try global.open().holds(staleOnly: stale)
        if holds.isEmpty, !global.printsJSON {
            return global.note(stale ? "nothing stale is held" : "nothing is held")
        }
        try global.printList(
            holds, heading: ["KIND", "NAME", "HOLDER", "FENCE", "HELD", "LEASE", "WAITING", "NOTE"],
            row: {
                [
                    $0.kind.rawValue, $0.name, $0.holder, String($0.fence), $0.held.brief, $0.leaseLeft.brief,
                    String($0.waiters), note($0),
                ]
            }, json: json)
    }

    private func note(_ hold: HoldInfo) -> String {
        var notes: [String] = []
        if hold.isStale { notes.append("stale") }
        if hold.kind == .semaphore { notes.append(hold.permits == 1 ? "1 permit" : "\(hold.permits) permits") }
        if let owner = hold.owner { notes.append("owner '\(owner)'") }
        return notes.joined(separator: ", ")
    }

    private func json(_ hold: HoldInfo) -> JSONValue {
        .object([
            ("kind", .string(hold.kind.rawValue)), ("name", .string(hold.name)), ("holder", .string(hold.holder)),
            ("host", .string(orNull: hold.host)), ("pid", hold.processID.map { .int($0) } ?? .null),
            ("owner", .string(orNull: hold.owner)), ("client", .string(hold.clientID)), ("fence", .int(hold.fence)),
            ("permits", .int(hold.permits)), ("since", .string(Output.moment(hold.sinceMillisecondsSince1970))),
            ("held_seconds", .number(hold.held.inSeconds)),
            ("lease_left_seconds", .number(hold.leaseLeft.inSeconds)), ("waiting", .int(hold.waiters)),
            ("stale", .bool(hold.isStale)),
        ])
    }
}

struct LockStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Tell how often and how long a lock, or all of a kind, were waited for and held.",
        usage: "distcoord lock stats [NAME] [--kind lock] [--reset]",
        discussion: """
            Example: distcoord lock stats deploy --json

            Counted since the last --reset, over all who used it; what nobody has used for a day is forgotten.
            """)

    @Argument(help: "The name. Default: all names of the kind together.")
    var name: String?

    @Option(name: .long, help: "What is counted.")
    var kind: HoldKind = .lock

    @Flag(name: .long, help: "Set it to zero afterwards.")
    var reset = false

    @OptionGroup var global: GlobalOptions

    private static let percents = [50.0, 90, 99]

    func run() throws {
        let client = try global.open()
        let statistics = try client.statistics(kind, name)
        if global.printsJSON {
            try Output.line(json(statistics))
        } else {
            try Output.table([
                (kind.rawValue, name ?? "all"), ("acquired", "\(statistics.acquired) (\(statistics.contended) waited)"),
                ("timed out", String(statistics.timedOut)), ("lost", String(statistics.lost)),
                ("released", String(statistics.released)), ("wait", text(statistics.waits)),
                ("hold", text(statistics.holds)),
            ])
        }
        if reset { try client.resetStatistics(kind, name) }
    }

    private func text(_ times: LockStatistics.Times) -> String {
        (["mean \(times.mean.precise)"] + Self.percents.map { "p\(Int($0)) \(times.percentile($0).precise)" })
            .joined(separator: "  ")
    }

    private func json(_ statistics: LockStatistics) -> JSONValue {
        .object([
            ("kind", .string(kind.rawValue)), ("name", .string(orNull: name)),
            ("acquired", .int(statistics.acquired)), ("contended", .int(statistics.contended)),
            ("timed_out", .int(statistics.timedOut)), ("lost", .int(statistics.lost)),
            ("released", .int(statistics.released)), ("wait_seconds", json(statistics.waits)),
            ("hold_seconds", json(statistics.holds)),
        ])
    }

    private func json(_ times: LockStatistics.Times) -> JSONValue {
        .object(
            [("mean", .number(times.mean.inSecondsExactly))]
                + Self.percents.map { ("p\(Int($0))", .number(times.percentile($0).inSecondsExactly)) })
    }
}

extension HoldKind: ExpressibleByArgument {}
