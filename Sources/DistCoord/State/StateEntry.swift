// What is under a key of shared state.

import CDistCoord

/// What is under a key, as the server saw it when it was asked; see ``SharedState``.
public struct StateEntry: Sendable, Hashable {
    /// What kind of thing it is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Nothing: it was deleted, or has expired. Only watches tell so.
        case absent
        /// A value; a counter is one, written as a decimal number.
        case value
        /// A list, which ``SharedState/items(_:from:count:)`` reads.
        case list
    }

    /// The key.
    public var key: String
    /// What is under it.
    public var kind: Kind
    /// The bytes of a value; none of a list.
    public var bytes: [UInt8]
    /// How many items a list has; 0 for what is none.
    public var count: Int
    /// The version: of two versions of a key the greater is the later one, also across deletion.
    public var version: UInt64
    /// How long it still lived when it was read; `nil` when it does not expire.
    public var timeLeft: Duration?

    /// ``bytes`` as UTF-8.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value from JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(type, from: bytes)
    }
}

/// How long what is written lives.
public struct TimeToLive: Sendable, Hashable {
    /// For the C interface.
    let milliseconds: Int64

    /// Until it is deleted.
    public static let unlimited = TimeToLive(milliseconds: Int64(DISTCOORD_TTL_NONE))
    /// As long as what was there before would have lived.
    public static let kept = TimeToLive(milliseconds: Int64(DISTCOORD_TTL_KEEP))

    /// That long from now, up to 10 years.
    public static func limited(_ time: Duration) -> TimeToLive {
        // Neither "until it is deleted" nor "as before" may come of a time that is over: such a time is refused.
        TimeToLive(milliseconds: time <= .zero ? .min : time.wholeMilliseconds)
    }

    /// That many seconds from now.
    public static func seconds(_ seconds: Double) -> TimeToLive { limited(.seconds(seconds)) }

    /// That many milliseconds from now.
    public static func milliseconds(_ milliseconds: Int64) -> TimeToLive { limited(.milliseconds(milliseconds)) }
}
