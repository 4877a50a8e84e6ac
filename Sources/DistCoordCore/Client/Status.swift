// What operations answer. The numbers are those of include/distcoord/status.h, where each is explained.

/// A normal answer or the kind of an error.
public struct Status: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let ok = Status(rawValue: 0)
    public static let timedOut = Status(rawValue: 1)
    public static let empty = Status(rawValue: 2)
    public static let notHeld = Status(rawValue: 3)
    public static let lost = Status(rawValue: 4)
    public static let exists = Status(rawValue: 5)
    public static let cancelled = Status(rawValue: 6)
    public static let interrupted = Status(rawValue: 7)
    public static let broken = Status(rawValue: 8)
    public static let notFound = Status(rawValue: 9)
    public static let expired = Status(rawValue: 10)
    public static let changed = Status(rawValue: 11)
    public static let rejected = Status(rawValue: 12)

    public static let invalidArgument = Status(rawValue: -1)
    public static let tooLarge = Status(rawValue: -2)
    public static let closed = Status(rawValue: -3)
    public static let forked = Status(rawValue: -4)
    public static let conflict = Status(rawValue: -5)
    public static let unreachable = Status(rawValue: -10)
    public static let noReply = Status(rawValue: -11)
    public static let notPermitted = Status(rawValue: -12)
    public static let unavailable = Status(rawValue: -13)
    public static let serverFull = Status(rawValue: -14)
    public static let unsupportedServer = Status(rawValue: -15)
    public static let serverError = Status(rawValue: -16)
    public static let internalError = Status(rawValue: -90)

    /// Whether the same call may succeed later without anybody changing anything.
    public var isRetriable: Bool {
        [.unreachable, .noReply, .unavailable, .serverFull].contains(self)
    }
}
