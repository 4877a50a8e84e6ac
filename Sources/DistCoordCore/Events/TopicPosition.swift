// From where a topic is read.

/// A position that a caller names.
enum TopicPosition: Sendable {
    /// With the oldest message that is kept.
    case oldest
    /// After a message.
    case after(MessageID)
    /// With the first message published at that time or later, milliseconds since 1970.
    case since(UInt64)
    /// With the next message that is published.
    case new

    /// - Parameters:
    ///   - after: An id, "0", or nil.
    ///   - since: Milliseconds since 1970; counts without `after`, above 0.
    init(after: String?, since: Int64) throws(CoordinationError) {
        if let after {
            self = after == "0" ? .oldest : .after(try MessageID.checked(after))
        } else if since > 0 {
            self = .since(UInt64(since))
        } else {
            self = .new
        }
    }

    /// As XRANGE takes it; empty for what is published from now on.
    var start: String {
        switch self {
        case .oldest: "-"
        case .after(let id): "(" + id.text
        case .since(let moment): String(moment)
        case .new: ""
        }
    }
}
