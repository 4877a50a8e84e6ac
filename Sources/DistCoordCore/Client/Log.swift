// Lines for the host's log. Nothing is formatted unless somebody listens.

/// Where log lines go.
public struct Log: Sendable {
    /// Levels as in include/distcoord/log.h.
    public enum Level: Int32, Sendable {
        case error = 1
        case warning, info, debug
    }

    private let threshold: Int32
    private let write: @Sendable (Int32, String) -> Void

    /// - Parameters:
    ///   - threshold: Lines of this level and below are written.
    ///   - write: Receives them, on any thread.
    public init(threshold: Int32, write: @escaping @Sendable (Int32, String) -> Void) {
        self.threshold = threshold
        self.write = write
    }

    /// A log that nobody reads.
    public static let none = Log(threshold: 0) { _, _ in }

    /// Whether lines of a level are written.
    func wants(_ level: Level) -> Bool { level.rawValue <= threshold }

    func callAsFunction(_ level: Level, _ message: @autoclosure () -> String) {
        if level.rawValue <= threshold { write(level.rawValue, message()) }
    }
}
