// The packed form of a job on the server, laid out in Lua/queue_keys.lua.

/// What a record says of its job, but for the payload.
struct JobRecord: Sendable {
    private enum Flags {
        static let backoff: UInt8 = 1
        static let resultTTL: UInt8 = 2
        static let payloadApart: UInt8 = 4
        static let priority: UInt8 = 8
        static let ties: UInt8 = 64
        static let task: UInt8 = 128
    }

    let pushedMilliseconds: Int64
    let attempt: Int
    let maxAttempts: Int
    let priority: Int32
    let resultTTL: Int64
    let task: String
    /// nil for most jobs.
    let ties: JobTies?
    /// How long the attempt may take, in milliseconds; 0 for no limit.
    let timeout: Int64
    /// It is a task of a run.
    let isTask: Bool
    /// The payload is under a key of its own.
    let isPayloadApart: Bool
    /// Where the payload begins.
    let payloadOffset: Int

    /// Payloads above this many bytes are kept apart: records are rewritten with each attempt and read to be ordered.
    static let inlineLimit = 64 * 1024

    /// Reads a record; nil when it is not one.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var position = 0
        /// A little-endian number of so many bytes.
        func number(_ length: Int) -> UInt64? {
            guard bytes.count - position >= length else { return nil }
            var value: UInt64 = 0
            for index in 0..<length { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
            position += length
            return value
        }
        guard let pushed = number(6), let flags = number(1).map({ UInt8(truncatingIfNeeded: $0) }),
            let attempt = number(1), let maxAttempts = number(1)
        else { return nil }
        var priority: Int32 = 0
        var resultTTL = JobOptions.defaultResultTTL
        var task = ""
        var ties: JobTies?
        if flags & Flags.priority != 0 {
            guard let value = number(4) else { return nil }
            priority = Int32(truncatingIfNeeded: value)
        }
        if flags & Flags.backoff != 0 {
            guard number(8) != nil else { return nil }
        }
        if flags & Flags.resultTTL != 0 {
            guard let value = number(6) else { return nil }
            resultTTL = Int64(truncatingIfNeeded: value)
        }
        if flags & Flags.task != 0 {
            guard let length = number(1).map({ Int($0) }), bytes.count - position >= length else { return nil }
            task = String(decoding: bytes[position..<(position + length)], as: UTF8.self)
            position += length
        }
        if flags & Flags.ties != 0 {
            guard let length = number(2).map({ Int($0) }), bytes.count - position >= length else { return nil }
            ties = JobTies([UInt8](bytes[position..<(position + length)]))
            position += length
        }
        pushedMilliseconds = Int64(truncatingIfNeeded: pushed)
        self.attempt = Int(attempt)
        self.maxAttempts = Int(maxAttempts)
        self.priority = priority
        self.resultTTL = resultTTL
        self.task = task
        self.ties = ties
        timeout = ties?.timeout ?? 0
        isTask = ties?.isTask ?? false
        isPayloadApart = flags & Flags.payloadApart != 0
        payloadOffset = position
    }

    /// A record from the flags to before the payload, for a job that has not been tried yet.
    static func head(_ options: JobOptions?, isPayloadApart: Bool) -> [UInt8] {
        let apart = isPayloadApart ? Flags.payloadApart : 0
        guard let options else { return [apart, 1, UInt8(JobOptions.defaultAttempts)] }
        let ties = JobTies(options)
        return head(options, flags: ties.isEmpty ? apart : apart | Flags.ties) + (ties.isEmpty ? [] : ties.packed)
    }

    /// The same for a task of a workflow, which always has ties: to before them.
    static func headBeforeTies(_ options: JobOptions) -> [UInt8] {
        head(options, flags: Flags.ties)
    }

    private static func head(_ options: JobOptions, flags given: UInt8) -> [UInt8] {
        var flags = given
        var rest: [UInt8] = []
        func append(_ value: Int64, bytes: Int) {
            for index in 0..<bytes { rest.append(UInt8(truncatingIfNeeded: value >> Int64(8 * index))) }
        }
        if options.priority != 0 {
            flags |= Flags.priority
            append(Int64(options.priority), bytes: 4)
        }
        if options.backoffFirst != JobOptions.defaultBackoff.first
            || options.backoffMax != JobOptions.defaultBackoff.max
        {
            flags |= Flags.backoff
            append(options.backoffFirst, bytes: 4)
            append(options.backoffMax, bytes: 4)
        }
        if options.resultTTL != JobOptions.defaultResultTTL {
            flags |= Flags.resultTTL
            append(options.resultTTL, bytes: 6)
        }
        if !options.task.isEmpty {
            flags |= Flags.task
            rest.append(UInt8(clamping: options.task.utf8.count))
            rest.append(contentsOf: options.task.utf8)
        }
        return [flags, 1, UInt8(clamping: options.maxAttempts)] + rest
    }
}
