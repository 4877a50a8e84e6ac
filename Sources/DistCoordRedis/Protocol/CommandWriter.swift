// Commands as bytes. Written here and not by hiredis: `redisFormatCommandArgv` returns memory of its own for every command,
// which costs an allocation and a copy more than appending to the buffer that is sent. The memory is managed by hand,
// because an array checks on every append whether it is shared.

/// A growing buffer of commands in the server's wire format; used by one thread at a time.
public final class CommandWriter: @unchecked Sendable {
    /// How many commands there are, hence how many replies to expect.
    public private(set) var commandCount = 0
    /// How many bytes they take.
    public private(set) var count = 0
    private var capacity = 512
    private var base: UnsafeMutablePointer<UInt8>

    public init() {
        base = .allocate(capacity: capacity)
    }

    deinit {
        base.deallocate()
    }

    /// The commands written so far, valid until the next change.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Empties the writer; memory beyond 1 MiB is given back.
    public func removeAll() {
        count = 0
        commandCount = 0
        if capacity > 1 << 20 {
            base.deallocate()
            capacity = 512
            base = .allocate(capacity: capacity)
        }
    }

    /// Begins a command of `count` arguments, its name included; exactly that many `argument` calls must follow.
    public func begin(count: Int) {
        header(UInt8(ascii: "*"), UInt64(count.magnitude))
        commandCount += 1
    }

    /// Appends a text argument.
    public func argument(_ text: StaticString) {
        text.withUTF8Buffer { argument($0) }
    }

    /// Appends a text argument.
    public func argument(_ text: String) {
        var text = text
        text.withUTF8 { argument($0) }
    }

    /// Appends a number in decimal.
    public func argument(_ number: Int64) {
        let digits = CommandWriter.digits(of: number.magnitude)
        let sign = number < 0 ? 1 : 0
        beginArgument(length: digits + sign)
        reserve(digits + sign)
        if sign == 1 { base[count] = UInt8(ascii: "-") }
        count += sign
        put(number.magnitude, digits)
        endArgument()
    }

    /// Appends any bytes.
    public func argument(_ content: [UInt8]) {
        content.withUnsafeBufferPointer { argument($0) }
    }

    /// Appends any bytes.
    public func argument(_ content: UnsafeBufferPointer<UInt8>) {
        beginArgument(length: content.count)
        append(content)
        endArgument()
    }

    /// Begins an argument whose `length` bytes follow by `append`, and then `endArgument`.
    public func beginArgument(length: Int) {
        header(UInt8(ascii: "$"), UInt64(length.magnitude))
    }

    /// Appends part of the argument that `beginArgument` announced.
    public func append(_ content: UnsafeBufferPointer<UInt8>) {
        guard let source = content.baseAddress, content.count > 0 else { return }
        reserve(content.count)
        (base + count).update(from: source, count: content.count)
        count += content.count
    }

    /// Appends part of the argument that `beginArgument` announced.
    public func append(_ content: [UInt8]) {
        content.withUnsafeBufferPointer { append($0) }
    }

    /// Appends part of the argument that `beginArgument` announced.
    public func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// Ends the argument that `beginArgument` announced.
    public func endArgument() {
        reserve(2)
        base[count] = 13
        base[count + 1] = 10
        count += 2
    }

    /// Appends a whole command of texts.
    public func command(_ words: String...) {
        begin(count: words.count)
        for word in words { argument(word) }
    }

    /// Appends the commands of another writer, or the arguments.
    public func append(_ other: CommandWriter) {
        append(UnsafeBufferPointer(start: other.base, count: other.count))
        commandCount += other.commandCount
    }

    /// "<kind><number>\r\n"
    private func header(_ kind: UInt8, _ number: UInt64) {
        reserve(24)
        base[count] = kind
        count += 1
        put(number, CommandWriter.digits(of: number))
        base[count] = 13
        base[count + 1] = 10
        count += 2
    }

    /// Writes a number into room that is there already.
    private func put(_ number: UInt64, _ digits: Int) {
        var rest = number
        var position = count + digits
        repeat {
            position -= 1
            base[position] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        count += digits
    }

    private func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    private static func digits(of number: UInt64) -> Int {
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}
