// What is under a key of shared state, as it was read or told.

import DistCoordRedis

/// What kind of thing is under a key; the numbers are those of include/distcoord/state.h.
public enum StateKind: Int32, Sendable {
    case absent = 0
    case value, list
}

/// A key, its version, and what is under it.
public struct StateEntry: Sendable {
    public let key: String
    public let kind: StateKind
    /// 0 when nothing is known of the key.
    public let version: UInt64
    /// The value's bytes and a NUL, for those who read it as text.
    public let text: [UInt8]
    /// How many items a list has.
    public let itemCount: Int
    /// Milliseconds that it still lives; -1 when it does not expire.
    public internal(set) var ttlLeft: Int64
    /// The value is too big for the way it has come; it is not here.
    let isCut: Bool

    /// Digits before the letter of kind.
    static let versionDigits = 16

    init(
        key: String, kind: StateKind, version: UInt64, text: [UInt8] = [0], itemCount: Int = 0, ttlLeft: Int64 = -1,
        isCut: Bool = false
    ) {
        self.key = key
        self.kind = kind
        self.version = version
        self.text = text
        self.itemCount = itemCount
        self.ttlLeft = ttlLeft
        self.isCut = isCut
    }

    /// How many bytes the value has.
    public var valueCount: Int { text.count - 1 }

    /// Of four elements that state_entries.lua adds to an answer.
    init(_ reply: Reply, at index: Int) {
        let number = reply.integer(at: index + 3)
        let key = reply.string(at: index)
        let ttlLeft = max(reply.integer(at: index + 2), -1)
        self =
            reply[index + 1]?.withBytes { bytes in
                let letter = bytes.count > StateEntry.versionDigits ? bytes[StateEntry.versionDigits] : 0
                let version = StateEntry.version(bytes)
                switch letter {
                case UInt8(ascii: "v"), UInt8(ascii: "V"):
                    let isCut = number >= 0
                    let content = isCut ? bytes[..<0] : bytes[(StateEntry.versionDigits + 1)...]
                    return StateEntry(
                        key: key, kind: .value, version: version, text: StateEntry.terminated(content),
                        ttlLeft: ttlLeft, isCut: isCut)
                case UInt8(ascii: "l"), UInt8(ascii: "L"):
                    return StateEntry(
                        key: key, kind: .list, version: version, itemCount: Int(clamping: number), ttlLeft: ttlLeft)
                default:
                    return StateEntry(key: key, kind: .absent, version: version)
                }
            } ?? StateEntry(key: key, kind: .absent, version: 0)
    }

    /// The digits that a stored text or a message begins with; 0 when there are none.
    static func version(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard bytes.count >= versionDigits else { return 0 }
        return bytes.prefix(versionDigits).reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }
    }

    /// A copy with a NUL behind it.
    static func terminated(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count + 1)
        copy.append(contentsOf: bytes)
        copy.append(0)
        return copy
    }
}

/// Some entries, and where the next page begins.
public struct StatePage: Sendable {
    public let entries: [StateEntry]
    /// Empty when this is the last page.
    public let cursor: String
}
