// How long a topic keeps its messages.

/// Limits that whoever publishes applies.
public struct TopicOptions: Sendable {
    /// How many messages are kept; 0: no limit.
    public private(set) var maxMessages: Int64 = 100_000
    /// How long, in milliseconds; 0: no limit.
    public private(set) var maxAge: Int64 = 7 * 86_400_000

    private static let messages: ClosedRange<Int64> = 1...1_000_000_000
    private static let ages: ClosedRange<Int64> = 1_000...(10 * 366 * 86_400_000)

    public init() {}

    public mutating func setMaxMessages(_ messages: Int64) throws(CoordinationError) {
        guard messages == 0 || TopicOptions.messages.contains(messages) else {
            throw .invalid("a topic cannot keep \(messages) messages; 1 to 1000000000 are allowed, or 0 for no limit")
        }
        maxMessages = messages
    }

    public mutating func setMaxAge(_ milliseconds: Int64) throws(CoordinationError) {
        guard milliseconds == 0 || TopicOptions.ages.contains(milliseconds) else {
            throw .invalid(
                "messages cannot be kept for \(milliseconds) ms; 1000 ms to ten years are allowed, or 0 for no limit")
        }
        maxAge = milliseconds
    }

    /// How often a publisher sees to the age of messages, in milliseconds: what is too old goes, and the topic stays.
    var upkeep: Int64 { maxAge == 0 ? 60_000 : max(50, min(maxAge / 16, 60_000)) }
}
