// What is known of a failed attempt; its packed form is laid out in Lua/queue_keys.lua.

import DistCoordRedis

/// A failure of a job.
public struct JobFailure: Sendable {
    /// Kind of error.
    public var type: String
    /// Name of the worker, or what else is known of it.
    public var worker: String
    public var message: String
    public var traceback: String

    public init(type: String = "", worker: String = "", message: String = "", traceback: String = "") {
        self.type = type
        self.worker = worker
        self.message = message
        self.traceback = traceback
    }

    /// All texts together are kept up to that many bytes.
    static let limit = 64 * 1024

    /// With its texts cut to the limit, the traceback in the middle: its two ends tell most.
    func cut() -> JobFailure {
        var result = self
        result.type = JobFailure.head(of: type, 255)
        result.worker = JobFailure.head(of: worker, 255)
        result.message = JobFailure.head(of: message, traceback.isEmpty ? JobFailure.limit : JobFailure.limit / 2)
        let left = JobFailure.limit - result.message.utf8.count
        if traceback.utf8.count > left {
            let half = left / 2 - 8
            result.traceback = JobFailure.head(of: traceback, half) + "\n[...]\n" + JobFailure.tail(of: traceback, half)
        }
        return result
    }

    /// The first so many bytes at most, cut between characters.
    private static func head(of text: String, _ limit: Int) -> String {
        let bytes = text.utf8
        guard bytes.count > limit else { return text }
        var end = bytes.index(bytes.startIndex, offsetBy: limit)
        while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// The last so many bytes at most, cut between characters.
    private static func tail(of text: String, _ limit: Int) -> String {
        let bytes = text.utf8
        guard bytes.count > limit else { return text }
        var start = bytes.index(bytes.endIndex, offsetBy: -limit)
        while start < bytes.endIndex, bytes[start] & 0xC0 == 0x80 { start = bytes.index(after: start) }
        return String(decoding: bytes[start...], as: UTF8.self)
    }

    var packed: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ text: String, lengthBytes: Int) {
            let count = text.utf8.count
            for index in 0..<lengthBytes { bytes.append(UInt8(truncatingIfNeeded: count >> (8 * index))) }
            bytes.append(contentsOf: text.utf8)
        }
        append(type, lengthBytes: 2)
        append(worker, lengthBytes: 2)
        append(message, lengthBytes: 4)
        bytes.append(contentsOf: traceback.utf8)
        return bytes
    }

    /// Reads a packed failure; one that is cut off has what is there.
    init(packed: ArraySlice<UInt8>) {
        var rest = packed
        func text(lengthBytes: Int) -> String {
            var length = 0
            for (index, byte) in rest.prefix(lengthBytes).enumerated() { length |= Int(byte) << (8 * index) }
            rest = rest.dropFirst(lengthBytes)
            defer { rest = rest.dropFirst(length) }
            return String(decoding: rest.prefix(length), as: UTF8.self)
        }
        type = text(lengthBytes: 2)
        worker = text(lengthBytes: 2)
        message = text(lengthBytes: 4)
        traceback = String(decoding: rest, as: UTF8.self)
    }
}
