// Commands as bytes. Written here and not by hiredis: `redisFormatCommandArgv` returns memory of its own for every command,
// which costs an allocation and a copy more than appending to the buffer that is sent.

/// A growing buffer of commands in the server's wire format.
public struct CommandWriter: Sendable {
    /// The commands written so far.
    public private(set) var bytes: [UInt8] = []
    /// How many commands there are, hence how many replies to expect.
    public private(set) var commandCount = 0

    public init() {}

    /// An empty writer that keeps its memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        commandCount = 0
    }

    /// Begins a command of `count` arguments, its name included; exactly that many `argument` calls must follow.
    public mutating func begin(count: Int) {
        bytes.append(UInt8(ascii: "*"))
        appendDecimal(UInt64(count.magnitude))
        appendLineEnd()
        commandCount += 1
    }

    /// Appends a text argument.
    public mutating func argument(_ text: StaticString) {
        text.withUTF8Buffer { argument($0) }
    }

    /// Appends a text argument.
    public mutating func argument(_ text: String) {
        var text = text
        text.withUTF8 { argument($0) }
    }

    /// Appends a number in decimal.
    public mutating func argument(_ number: Int64) {
        let negative = number < 0
        let digits = CommandWriter.decimalDigits(number.magnitude)
        beginArgument(length: digits + (negative ? 1 : 0))
        if negative { bytes.append(UInt8(ascii: "-")) }
        appendDecimal(number.magnitude)
        appendLineEnd()
    }

    /// Appends any bytes.
    public mutating func argument(_ content: [UInt8]) {
        beginArgument(length: content.count)
        bytes.append(contentsOf: content)
        appendLineEnd()
    }

    /// Appends any bytes.
    public mutating func argument(_ content: UnsafeBufferPointer<UInt8>) {
        beginArgument(length: content.count)
        bytes.append(contentsOf: content)
        appendLineEnd()
    }

    /// Begins an argument whose `length` bytes follow by `append`, and then `endArgument`.
    public mutating func beginArgument(length: Int) {
        bytes.append(UInt8(ascii: "$"))
        appendDecimal(UInt64(length.magnitude))
        appendLineEnd()
    }

    /// Appends part of the argument that `beginArgument` announced.
    public mutating func append(_ content: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: content)
    }

    /// Appends part of the argument that `beginArgument` announced.
    public mutating func append(_ content: [UInt8]) {
        bytes.append(contentsOf: content)
    }

    /// Appends part of the argument that `beginArgument` announced.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Ends the argument that `beginArgument` announced.
    public mutating func endArgument() {
        appendLineEnd()
    }

    /// Appends a whole command of texts.
    public mutating func command(_ words: String...) {
        begin(count: words.count)
        for word in words { argument(word) }
    }

    /// Appends the commands of another writer.
    public mutating func append(_ other: CommandWriter) {
        bytes.append(contentsOf: other.bytes)
        commandCount += other.commandCount
    }

    private mutating func appendLineEnd() {
        bytes.append(13)
        bytes.append(10)
    }

    private mutating func appendDecimal(_ number: UInt64) {
        if number < 10 {
            bytes.append(48 &+ UInt8(truncatingIfNeeded: number))
            return
        }
        var rest = number
        let digits = CommandWriter.decimalDigits(number)
        let start = bytes.count
        for _ in 0..<digits { bytes.append(48) }
        var position = start + digits
        while rest > 0 {
            position -= 1
            bytes[position] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func decimalDigits(_ number: UInt64) -> Int {
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}
