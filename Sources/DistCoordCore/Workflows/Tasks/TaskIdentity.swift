// How a job says that it is a task of a run, and what it carries besides its arguments.

/// Which task of which run a job is: the tie "<run>\n<name>\n<round>\n<index>\n<what it belongs to>" of its record.
struct TaskIdentity: Sendable {
    let run: String
    let name: String
    /// How often its loop has run it before.
    let round: Int32
    /// Of an item of a map; -1 of others.
    let index: Int64

    /// From the tie; nil when it is not one.
    init?(_ tie: String) {
        let parts = tie.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 5, let round = Int32(parts[2]), let index = Int64(parts[3]) else { return nil }
        run = String(parts[0])
        name = String(parts[1])
        self.round = round
        self.index = index
    }
}

/// The payload of a task: <I4 length>arguments <I4 length>item, where the length of no item is the greatest there is,
/// then how it gets its inputs, and those that are small enough.
struct TaskEnvelope {
    enum Inputs {
        /// It needs nothing.
        case none
        /// They are to be fetched.
        case apart
        /// Entries, see `TaskInput`.
        case here(UnsafeRawBufferPointer)
    }

    let arguments: UnsafeRawBufferPointer
    /// nil when it is no item of a map.
    let item: UnsafeRawBufferPointer?
    let inputs: Inputs

    /// Reads a payload, which must outlive this; nil when it is not a task's.
    init?(_ payload: UnsafeRawBufferPointer) {
        var reader = PackedReader(payload)
        guard let arguments = reader.block(lengthBytes: 4), let length = reader.number(4) else { return nil }
        if length == Int(UInt32.max) {
            item = nil
        } else {
            guard let bytes = reader.bytes(length) else { return nil }
            item = bytes
        }
        self.arguments = arguments
        switch reader.number(1) {
        case 0: inputs = .none
        case 1: inputs = .apart
        case 2: inputs = .here(reader.rest)
        default: return nil
        }
    }

    /// The arguments in a payload that may be cut off.
    static func arguments(of payload: [UInt8]) -> [UInt8] {
        payload.withUnsafeBytes { bytes in
            var reader = PackedReader(bytes)
            guard let length = reader.number(4) else { return [] }
            return [UInt8](reader.rest.prefix(length))
        }
    }
}

/// Takes numbers and blocks off the front of packed bytes.
struct PackedReader {
    private(set) var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    /// A little-endian number of at most seven bytes; nil when there are fewer.
    mutating func number(_ length: Int) -> Int? {
        bytes(length).map { bytes in
            bytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        }
    }

    /// So many bytes; nil when there are fewer.
    mutating func bytes(_ length: Int) -> UnsafeRawBufferPointer? {
        guard rest.count >= length else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(length))
    }

    /// A length, and so many bytes.
    mutating func block(lengthBytes: Int) -> UnsafeRawBufferPointer? {
        number(lengthBytes).flatMap { bytes($0) }
    }
}
