// Files of the IANA time zone database as machines have them, RFC 8536. The first of two blocks, with numbers of 32
// bits, is for old readers; there is nothing but it in a file of version 1.

/// A file of the database, read.
struct ZoneFile: Sendable {
    private let first: Int
    private let changes: [ZoneOffsets.Change]
    /// For the time after the last change.
    private let rule: ZoneRule?

    /// Offsets that exist are below a day.
    private static let offsets = -172_800...172_800
    /// Moments that can be reckoned with: files begin with the Big Bang.
    private static var moments: ClosedRange<Int> {
        CivilCalendar.start(
            ofYear: CivilCalendar.years.lowerBound)...CivilCalendar.start(
                ofYear: CivilCalendar.years.upperBound)
    }

    /// The numbers at the beginning of a block.
    private struct Header {
        let version: UInt8
        let indicators: Int
        let leapSeconds: Int
        let moments: Int
        let types: Int
        let characters: Int
    }

    /// Reads a file; nil when it is not one, or counts leap seconds.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard var header = reader.header() else { return nil }
        var width = 4
        if header.version >= UInt8(ascii: "2") {
            let length = header.moments * 5 + header.types * 6 + header.characters + header.leapSeconds * 8
            guard reader.skip(length + header.indicators), let second = reader.header() else { return nil }
            header = second
            width = 8
        }
        guard header.leapSeconds == 0, header.types > 0 else { return nil }
        var moments: [Int] = []
        var kinds: [Int] = []
        var offsets: [Int] = []
        for _ in 0..<header.moments {
            guard let moment = reader.number(width) else { return nil }
            moments.append(moment)
        }
        for _ in 0..<header.moments {
            guard let kind = reader.number(1), (0..<header.types).contains(kind & 0xFF) else { return nil }
            kinds.append(kind & 0xFF)
        }
        for _ in 0..<header.types {
            guard let offset = reader.number(4), ZoneFile.offsets.contains(offset), reader.skip(2) else { return nil }
            offsets.append(offset)
        }
        first = offsets[0]
        let possible = ZoneFile.moments
        changes = zip(moments, kinds).filter { possible.contains($0.0) }
            .map { ZoneOffsets.Change(moment: $0, offset: offsets[$1]) }
        guard width == 8 else {
            rule = nil
            return
        }
        guard reader.skip(header.characters + header.indicators), let text = reader.line() else { return nil }
        if text.isEmpty {
            rule = nil
        } else {
            guard let read = ZoneRule(text) else { return nil }
            rule = read
        }
    }

    /// The offsets between two moments, in seconds since 1970.
    func offsets(from: Int, through: Int) -> ZoneOffsets {
        var all = changes
        let last = changes.last?.moment ?? ZoneFile.moments.lowerBound
        if let rule, through > last {
            let years = CivilCalendar.year(ofSecond: max(from, last)) - 1...CivilCalendar.year(ofSecond: through) + 1
            all += rule.changes(in: years).filter { $0.moment > last }
        }
        return ZoneOffsets(first: first, changes: all, from: from, through: through)
    }

    /// Reads numbers, the most significant byte first.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func skip(_ count: Int) -> Bool {
            guard count <= bytes.count - position else { return false }
            position += count
            return true
        }

        /// A signed number of so many bytes.
        mutating func number(_ width: Int) -> Int? {
            let start = position
            guard skip(width) else { return nil }
            var value: UInt64 = bytes[start] >= 0x80 ? .max : 0
            for index in start..<position { value = value << 8 | UInt64(bytes[index]) }
            return Int(Int64(bitPattern: value))
        }

        mutating func header() -> Header? {
            let start = position
            guard skip(20), bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
            var counts: [Int] = []
            for _ in 0..<6 {
                // No file has more of anything than it has bytes, so that sums stay small.
                guard let count = number(4), (0...bytes.count).contains(count) else { return nil }
                counts.append(count)
            }
            return Header(
                version: bytes[start + 4], indicators: counts[0] + counts[1], leapSeconds: counts[2],
                moments: counts[3],
                types: counts[4], characters: counts[5])
        }

        /// What is between two newlines.
        mutating func line() -> ArraySlice<UInt8>? {
            guard position < bytes.count, bytes[position] == 10 else { return nil }
            let rest = bytes[(position + 1)...]
            guard let end = rest.firstIndex(of: 10) else { return nil }
            return rest[..<end]
        }
    }
}
