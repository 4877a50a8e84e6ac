// Ids of a topic's messages, "<ms>-<sequence>": when the server took it, and which one it is of all of the topic.

/// The place of a message in its topic.
struct MessageID: Hashable, Comparable, Sendable {
    let milliseconds: UInt64
    let sequence: UInt64

    init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Before all messages.
    static var zero: MessageID { MessageID(milliseconds: 0, sequence: 0) }

    /// Nil when the text is no id.
    init?(_ text: some Collection<UInt8>) {
        guard let dash = text.firstIndex(of: UInt8(ascii: "-")),
            let milliseconds = MessageID.number(text[..<dash]),
            let sequence = MessageID.number(text[text.index(after: dash)...])
        else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// An id that a caller names, or an error.
    static func checked(_ text: String) throws(CoordinationError) -> MessageID {
        guard let id = MessageID(text.utf8) else {
            throw .invalid("'\(text)' is no id of a message; an id is two numbers with a '-' between, see publishing")
        }
        return id
    }

    var text: String { "\(milliseconds)-\(sequence)" }

    /// The id of a message that was published together with this one, so many before it.
    func earlier(by count: UInt64) -> MessageID {
        MessageID(milliseconds: milliseconds, sequence: sequence &- count)
    }

    static func < (left: MessageID, right: MessageID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }

    /// How many messages lie between this one and the next that was read.
    func gap(before next: MessageID) -> Int64 {
        // A topic that was forgotten begins to count anew.
        let last = next.sequence > sequence ? sequence : 0
        return Int64(clamping: next.sequence &- last &- (next.sequence > last ? 1 : 0))
    }

    private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard (1...20).contains(digits.count) else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tens.addingReportingOverflow(UInt64(digit &- UInt8(ascii: "0")))
            guard !overflowed, !carried else { return nil }
            value = sum
        }
        return value
    }
}
