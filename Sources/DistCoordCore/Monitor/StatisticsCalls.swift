// The calls to the server for statistics. All sums of one kind share a hash tag: resetting them all, and adding a
// batch to the kind and to its names, is one step. It is not much traffic: a call in two seconds from each client
// that is busy.

import DistCoordRedis

/// What one client has counted, on its way to the server.
struct StatisticsBatch: Sendable {
    typealias Part = (name: String, counts: UseCounts)

    let kind: HoldKind
    /// Grows from batch to batch of one client.
    let number: Int64
    private(set) var parts: [Part]
    let madeAt = Instant.now

    /// Names in one batch; the server is busy with that many for about a millisecond.
    static let limit = 100

    init(kind: HoldKind, number: Int64, parts: [Part]) {
        self.kind = kind
        self.number = number
        self.parts = parts
    }

    /// Counts for another name what was counted for this one.
    mutating func rename(_ name: String?, to other: String) {
        for index in parts.indices where parts[index].name == name { parts[index].name = other }
    }
}

/// Calls of one client.
struct StatisticsCalls: Sendable {
    private let keys: Keys
    private let client: String

    /// For how long the server remembers the number of a client's last batch, in milliseconds; a batch that could not
    /// be sent for that long is dropped.
    static let remembered: Int64 = 3_600_000

    private static let add = Script("statistics_add", PackageResources.statistics_add_lua)
    private static let read = Script("statistics_read", PackageResources.statistics_read_lua)
    private static let reset = Script("statistics_reset", PackageResources.statistics_reset_lua)

    static var scripts: [Script] { [add, read, reset] }

    init(keys: Keys, client: String) {
        self.keys = keys
        self.client = client
    }

    func add(_ batch: StatisticsBatch) -> ScriptCall {
        var total = UseCounts()
        for part in batch.parts { total.add(part.counts) }
        let named = batch.parts.filter { $0.name != Statistics.others }
        var arguments = [String(batch.number), String(StatisticsCalls.remembered)]
        for counts in [total] + named.map(\.counts) {
            let fields = counts.fields
            arguments.append(String(fields.count))
            for field in fields { arguments += [field.name, String(field.amount)] }
        }
        return ScriptCall(
            StatisticsCalls.add, keys: common(batch.kind) + named.map { key(batch.kind, $0.name) },
            arguments: arguments)
    }

    func read(_ kind: HoldKind, _ name: String?) -> ScriptCall {
        ScriptCall(StatisticsCalls.read, keys: common(kind) + names(kind, name), arguments: [])
    }

    func reset(_ kind: HoldKind, _ name: String?) -> ScriptCall {
        ScriptCall(
            StatisticsCalls.reset, keys: [keys.statistics(kind, part: "total")] + names(kind, name), arguments: [])
    }

    private func common(_ kind: HoldKind) -> [String] {
        [keys.statistics(kind, part: "total"), keys.statistics(kind, part: "batch:\(client)")]
    }

    private func names(_ kind: HoldKind, _ name: String?) -> [String] {
        name.map { [key(kind, $0)] } ?? []
    }

    private func key(_ kind: HoldKind, _ name: String) -> String {
        keys.statistics(kind, part: "name:\(name)")
    }
}
