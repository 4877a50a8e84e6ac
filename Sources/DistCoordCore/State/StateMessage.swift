// What is announced when shared state changes; see `announce` in state_tell.lua.

/// One announcement: "<version><what><when it expires> <key>\n<content>".
struct StateMessage {
    enum What {
        case value, bigValue, list, absent
        /// The version stays, the expiry is another; the content is the server's time.
        case expiry
    }

    let version: UInt64
    let what: What
    /// The server's milliseconds; 0 for never.
    let expires: Int64
    let key: String
    private let content: Slice<UnsafeBufferPointer<UInt8>>

    /// - Parameter prefix: Messages on other keys are nil, as are those that are none of this library's.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, prefix: [UInt8]) {
        let head = StateEntry.versionDigits
        guard bytes.count > head, let space = bytes[head...].firstIndex(of: UInt8(ascii: " ")),
            let newline = bytes[space...].firstIndex(of: UInt8(ascii: "\n")),
            bytes[(space + 1)..<newline].starts(with: prefix)
        else { return nil }
        switch bytes[head] {
        case UInt8(ascii: "v"): what = .value
        case UInt8(ascii: "b"): what = .bigValue
        case UInt8(ascii: "l"): what = .list
        case UInt8(ascii: "x"): what = .absent
        case UInt8(ascii: "e"): what = .expiry
        default: return nil
        }
        version = StateEntry.version(bytes)
        expires = StateMessage.number(bytes[(head + 1)..<space])
        key = String(decoding: bytes[(space + 1)..<newline], as: UTF8.self)
        content = bytes[(newline + 1)...]
    }

    /// What it tells of the key; a value that is too big is missing.
    var entry: StateEntry {
        switch what {
        case .value:
            StateEntry(key: key, kind: .value, version: version, text: StateEntry.terminated(content))
        case .bigValue, .expiry: cutEntry
        case .list:
            StateEntry(key: key, kind: .list, version: version, itemCount: Int(clamping: StateMessage.number(content)))
        case .absent: StateEntry(key: key, kind: .absent, version: version)
        }
    }

    /// What it tells of the key, which is to be read.
    var cutEntry: StateEntry {
        StateEntry(key: key, kind: .value, version: version, isCut: true)
    }

    /// Of an expiry: the server's microseconds when it was changed.
    var changedAt: Int64 { StateMessage.number(content) }

    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64 {
        digits.reduce(0) { $0 &* 10 &+ Int64($1 &- 48) }
    }
}
