// The part of a job's record that few jobs have; laid out in Lua/queue_keys.lua under "Ties".

/// What a record says of a job beyond the usual.
struct JobTies: Sendable {
    /// As it is in a record, but for its length.
    let bytes: [UInt8]

    enum Letter: UInt8 {
        case capabilities = 0x43  // C
        case capabilityTimeout = 0x4C  // L
        case worker = 0x57  // W
        case concurrencyKey = 0x4B  // K
        case uniqueKey = 0x55  // U
        case batch = 0x42  // B
        case onFailure = 0x44  // D
        case timeout = 0x54  // T
        case contentType = 0x59  // Y
        case headers = 0x48  // H
        case graph = 0x47  // G
    }

    /// From the bytes of a record.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What the options say; empty for a job that has nothing of the kind.
    init(_ options: JobOptions) {
        var bytes: [UInt8] = []
        func append(_ letter: Letter, _ value: [UInt8]) {
            bytes.append(letter.rawValue)
            bytes.append(UInt8(truncatingIfNeeded: value.count))
            bytes.append(UInt8(truncatingIfNeeded: value.count >> 8))
            bytes.append(contentsOf: value)
        }
        func append(_ letter: Letter, _ text: String) { append(letter, Array(text.utf8)) }
        var capabilities = options.capabilities
        if !options.pool.isEmpty {
            capabilities.append(Capabilities.of(pool: options.pool))
            capabilities = Set(capabilities).sorted()
        }
        if !capabilities.isEmpty {
            append(.capabilities, capabilities.joined(separator: ","))
            if options.capabilityTimeout != JobOptions.defaultCapabilityTimeout {
                append(.capabilityTimeout, String(options.capabilityTimeout))
            }
        }
        if let worker = options.worker { append(.worker, JobTies.escaped(worker)) }
        if let key = options.concurrencyKey { append(.concurrencyKey, key) }
        if let key = options.uniqueKey { append(.uniqueKey, key) }
        if let batch = options.batch { append(.batch, batch) }
        if !options.after.isEmpty { append(.onFailure, options.onFailure.letter) }
        if options.timeout != 0 { append(.timeout, String(options.timeout)) }
        if !options.contentType.isEmpty { append(.contentType, options.contentType) }
        if !options.headers.isEmpty {
            var block: [UInt8] = []
            for (name, value) in options.headers {
                for text in [name, value] {
                    block.append(UInt8(truncatingIfNeeded: text.utf8.count))
                    block.append(UInt8(truncatingIfNeeded: text.utf8.count >> 8))
                    block.append(contentsOf: text.utf8)
                }
            }
            append(.headers, block)
        }
        self.bytes = bytes
    }

    var isEmpty: Bool { bytes.isEmpty }

    /// As it is written into a record, with its length before it.
    var packed: [UInt8] {
        [UInt8(truncatingIfNeeded: bytes.count), UInt8(truncatingIfNeeded: bytes.count >> 8)] + bytes
    }

    /// The bytes of one part; nil when there is none.
    private func value(_ letter: Letter) -> ArraySlice<UInt8>? {
        var position = 0
        while bytes.count - position >= 3 {
            let length = Int(bytes[position + 1]) | Int(bytes[position + 2]) << 8
            let start = position + 3
            guard bytes.count - start >= length else { return nil }
            if bytes[position] == letter.rawValue { return bytes[start..<(start + length)] }
            position = start + length
        }
        return nil
    }

    /// A part as text; "" when there is none.
    func text(_ letter: Letter) -> String {
        value(letter).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    var timeout: Int64 { Int64(text(.timeout)) ?? 0 }

    var worker: String { JobTies.unescaped(text(.worker)) }

    /// Whether the job is a task of a run.
    var isTask: Bool { value(.graph) != nil }

    /// Whether the job concerns others: then the server has to look at it again when it ends.
    var concernsOthers: Bool {
        value(.concurrencyKey) != nil || value(.uniqueKey) != nil || value(.batch) != nil
    }

    var headers: [(name: String, value: String)] {
        guard let block = value(.headers) else { return [] }
        var texts: [String] = []
        var position = block.startIndex
        while block.endIndex - position >= 2 {
            let length = Int(block[position]) | Int(block[position + 1]) << 8
            let start = position + 2
            guard block.endIndex - start >= length else { break }
            texts.append(String(decoding: block[start..<(start + length)], as: UTF8.self))
            position = start + length
        }
        return stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
    }

    // MARK: - Names without spaces, for profiles and places

    static func escaped(_ name: String) -> String {
        name.utf8.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "%") }
            ? name.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%25")
                .split(separator: " ", omittingEmptySubsequences: false).joined(separator: "%20") : name
    }

    static func unescaped(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "%")) else { return name }
        var result = ""
        var rest = name[...]
        while let mark = rest.firstIndex(of: "%") {
            result += rest[..<mark]
            result += rest[mark...].hasPrefix("%20") ? " " : "%"
            rest = rest[mark...].dropFirst(3)
        }
        return result + rest
    }
}
