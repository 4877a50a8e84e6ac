// The replies of one call. Nearly always it is one, which should not cost an array.

/// Replies in order.
public struct Replies: Sendable, RandomAccessCollection {
    public private(set) var first: Reply?
    private var rest: [Reply] = []

    public init() {}

    public var startIndex: Int { 0 }
    public var endIndex: Int { first == nil ? 0 : 1 + rest.count }

    public subscript(index: Int) -> Reply {
        get {
            if index == 0, let first { return first }
            return rest[index - 1]
        }
        set {
            if index == 0 { first = newValue } else { rest[index - 1] = newValue }
        }
    }

    mutating func append(_ reply: Reply) {
        if first == nil { first = reply } else { rest.append(reply) }
    }

    mutating func removeAll() {
        first = nil
        rest = []
    }
}
