// How a run is started; explained in include/distcoord/run.h.

/// Options of a run.
public struct RunOptions: Sendable {
    /// nil for one that is made here.
    public private(set) var id: String?
    /// For how long what became of it is kept after its end, in milliseconds.
    public private(set) var retention: Int64 = 7 * 86_400_000
    /// It is stopped when a task fails.
    public var failsFast = false

    private static let retentions: ClosedRange<Int64> = 1_000...365 * 86_400_000

    public init() {}

    public mutating func set(id: String?) throws(CoordinationError) {
        if let id { try RunOptions.check(id: id) }
        self.id = id
    }

    public mutating func set(retention: Int64) throws(CoordinationError) {
        guard RunOptions.retentions.contains(retention) else {
            throw .invalid("a retention of \(retention) ms is out of range; 1 s to 365 days are allowed")
        }
        self.retention = retention
    }

    static func check(id: String) throws(CoordinationError) {
        try Names.check(id, what: "run id", limit: 128)
    }
}
