// How a consumer takes part in its group.

/// Options of a consumer.
public struct ConsumerOptions: Sendable {
    /// Nil: the library makes one.
    public private(set) var name: String?
    /// How long what it holds outlives its process, in milliseconds.
    public private(set) var lease: Int64 = 10_000
    /// How many messages it holds at most.
    public private(set) var prefetch = 64
    /// A group that is not there yet begins with the next message that is published.
    public var fromNew = false
    /// How long it may hold a message, in milliseconds; 0: no limit.
    public private(set) var timeout: Int64 = 0

    static let prefetches: ClosedRange<Int32> = 1...10_000
    static let timeouts: ClosedRange<Int64> = 1_000...86_400_000

    public init() {}

    public mutating func setName(_ name: String) throws(CoordinationError) {
        try Names.check(name, what: "consumer's name", limit: 128)
        self.name = name
    }

    public mutating func setLease(_ milliseconds: Int64) throws(CoordinationError) {
        try LeaseLength.check(milliseconds)
        lease = milliseconds
    }

    public mutating func setPrefetch(_ messages: Int32) throws(CoordinationError) {
        guard ConsumerOptions.prefetches.contains(messages) else {
            throw .invalid("a consumer cannot hold \(messages) messages; 1 to 10000 are allowed")
        }
        prefetch = Int(messages)
    }

    public mutating func setTimeout(_ milliseconds: Int64) throws(CoordinationError) {
        guard milliseconds == 0 || ConsumerOptions.timeouts.contains(milliseconds) else {
            throw .invalid("a time limit of \(milliseconds) ms is out of range; 1000 ms to a day, or 0 for none")
        }
        timeout = milliseconds
    }
}
