// Replies as hiredis parses them, behind a type that frees them and never traps.

import CHiredis

/// One reply, or one element of it; the whole tree lives as long as any part is referenced.
public struct Reply: @unchecked Sendable {
    /// Frees the tree. Replies are read-only once parsed, hence safe to share between threads.
    private final class Tree {
        let root: UnsafeMutablePointer<redisReply>

        init(root: UnsafeMutablePointer<redisReply>) {
            self.root = root
        }

        deinit {
            freeReplyObject(root)
        }
    }

    private let tree: Tree
    private let node: UnsafeMutablePointer<redisReply>

    /// Takes over a reply that the parser made.
    init(owning root: UnsafeMutablePointer<redisReply>) {
        tree = Tree(root: root)
        node = root
    }

    private init(tree: Tree, node: UnsafeMutablePointer<redisReply>) {
        self.tree = tree
        self.node = node
    }

    /// The server's error text, when the reply is an error.
    public var error: String? {
        node.pointee.type == REDIS_REPLY_ERROR ? string : nil
    }

    /// Whether the reply is nil.
    public var isNull: Bool {
        node.pointee.type == REDIS_REPLY_NIL
    }

    /// The number of an integer reply, or of a text that is one.
    public var integer: Int64? {
        switch node.pointee.type {
        case REDIS_REPLY_INTEGER: node.pointee.integer
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: Int64(string)
        default: nil
        }
    }

    /// The reply as text; ill-formed UTF-8 is repaired, other kinds of reply are empty.
    public var string: String {
        withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// The reply as bytes; empty when it is not a text.
    public var bytes: [UInt8] {
        withBytes { [UInt8]($0) }
    }

    /// Looks at the bytes of a text reply without copying them.
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        switch node.pointee.type {
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS, REDIS_REPLY_ERROR:
            guard let text = node.pointee.str else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
            // `len` is int in hiredis 0.x and size_t later.
            let length = Int(node.pointee.len)
            return try text.withMemoryRebound(to: UInt8.self, capacity: length) {
                try body(UnsafeBufferPointer(start: $0, count: length))
            }
        default:
            return try body(UnsafeBufferPointer(start: nil, count: 0))
        }
    }

    /// Number of elements of an array reply; 0 for others.
    public var count: Int {
        node.pointee.type == REDIS_REPLY_ARRAY ? Int(node.pointee.elements) : 0
    }

    /// Element of an array reply, or nil when there is none.
    public subscript(index: Int) -> Reply? {
        guard index >= 0, index < count, let element = node.pointee.element?[index] else { return nil }
        return Reply(tree: tree, node: element)
    }

    /// The element's number, 0 when there is none.
    public func integer(at index: Int) -> Int64 {
        guard index >= 0, index < count, let element = node.pointee.element?[index] else { return 0 }
        if element.pointee.type == REDIS_REPLY_INTEGER { return element.pointee.integer }
        return Reply(tree: tree, node: element).integer ?? 0
    }

    /// The element's text, empty when there is none.
    public func string(at index: Int) -> String {
        self[index]?.string ?? ""
    }
}

/// Turns the bytes of one connection into replies.
final class ReplyParser {
    private let reader: UnsafeMutablePointer<redisReader>?

    init() {
        reader = redisReaderCreate()
    }

    deinit {
        if let reader { redisReaderFree(reader) }
    }

    /// Adds bytes as they came.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        guard let reader else { throw RedisError(.system, "out of memory for a reply parser") }
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        if redisReaderFeed(reader, base.assumingMemoryBound(to: CChar.self), bytes.count) != REDIS_OK {
            throw malformed(reader)
        }
    }

    /// The next whole reply, or nil when more bytes are needed.
    func next() throws(RedisError) -> Reply? {
        guard let reader else { return nil }
        var reply: UnsafeMutableRawPointer?
        if redisReaderGetReply(reader, &reply) != REDIS_OK { throw malformed(reader) }
        guard let reply else { return nil }
        return Reply(owning: reply.assumingMemoryBound(to: redisReply.self))
    }

    private func malformed(_ reader: UnsafeMutablePointer<redisReader>) -> RedisError {
        let text = withUnsafePointer(to: &reader.pointee.errstr) {
            $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
        }
        return RedisError(
            .connectionLost,
            "the server's answer is not in Redis' format (\(text)); is this port really a Redis server?")
    }
}
