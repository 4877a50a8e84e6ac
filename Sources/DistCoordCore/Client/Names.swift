// Which names are accepted, and why not.

/// Checks of names, once for all faces.
public enum Names {
    /// Longest name of a lock, queue, ... in bytes.
    public static let limit = 512

    /// Fails with a message that says what is wrong with a name.
    ///
    /// - Parameter what: The kind of name, for the message ("lock name").
    public static func check(_ name: String, what: String, limit: Int = Names.limit) throws(CoordinationError) {
        let count = name.utf8.count
        if count == 0 { throw .invalid("the \(what) is empty; give it 1 to \(limit) bytes") }
        if count > limit { throw .invalid("the \(what) has \(count) bytes; at most \(limit) are allowed") }
        if name.utf8.contains(where: { $0 < 32 || $0 == 127 }) {
            throw .invalid("the \(what) contains a control character (a newline, tab or the like)")
        }
    }
}
