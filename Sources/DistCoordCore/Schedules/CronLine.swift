// Cron lines; explained in include/distcoord/schedule.h.

/// A cron line, read: which values of each field it names.
struct CronLine: Sendable {
    /// The line with single spaces.
    let text: String
    // Each value is a bit.
    let seconds: UInt64
    let minutes: UInt64
    let hours: UInt64
    /// Bit 32 is the last of the month.
    let days: UInt64
    let months: UInt64
    /// Bit 0 is Sunday.
    let weekdays: UInt64
    /// One of the two days suffices: both are restricted. As cron has it, a field that begins with a star is not: of
    /// "*/2" and another day both must fit.
    let eitherDaySuffices: Bool
    /// Clocks that are set back do not matter to a line with any hour.
    let hasAnyHour: Bool

    /// Longest line in bytes.
    private static let limit = 512

    /// Reads a line; fails with a message that says which field is wrong and what is allowed.
    init(_ line: String) throws(CoordinationError) {
        guard line.utf8.count <= CronLine.limit else {
            throw .invalid("the cron line has \(line.utf8.count) bytes; at most \(CronLine.limit) are allowed")
        }
        let words = line.split { $0 == " " || $0 == "\t" }
        text = words.joined(separator: " ")
        var fields = words
        if let first = words.first, first.hasPrefix("@") {
            guard words.count == 1, let meaning = CronLine.meaning(of: first.lowercased()) else {
                throw .invalid(
                    "the cron line '\(text)' is not known; @yearly, @annually, @monthly, @weekly, @daily, @midnight "
                        + "and @hourly are, and lines of 5 or 6 fields")
            }
            fields = meaning.split(separator: " ")
        }
        if fields.count == 5 { fields.insert("0", at: 0) }
        guard fields.count == 6 else {
            throw .invalid(
                "the cron line '\(text)' has \(fields.count) fields; it needs 5 (minute, hour, day of month, month, "
                    + "day of week) or 6, then the first is the second")
        }
        var values: [UInt64] = []
        for (field, text) in zip(CronField.line, fields) { values.append(try field.values(of: text)) }
        (seconds, minutes, hours) = (values[0], values[1], values[2])
        (days, months, weekdays) = (values[3], values[4], values[5])
        eitherDaySuffices = !fields[3].hasPrefix("*") && !fields[5].hasPrefix("*")
        hasAnyHour = hours == (1 << 24) - 1
    }

    private static func meaning(of word: String) -> String? {
        switch word {
        case "@yearly", "@annually": "0 0 1 1 *"
        case "@monthly": "0 0 1 * *"
        case "@weekly": "0 0 * * 0"
        case "@daily", "@midnight": "0 0 * * *"
        case "@hourly": "0 * * * *"
        default: nil
        }
    }

    /// The values as Lua/schedule_next.lua has them.
    var digits: [UInt8] {
        func digits(_ values: UInt64, _ range: ClosedRange<Int>) -> [UInt8] {
            range.map { UInt8(ascii: values >> $0 & 1 == 1 ? "1" : "0") }
        }
        return digits(seconds, 0...59) + digits(minutes, 0...59) + digits(hours, 0...23) + digits(days, 1...32)
            + digits(months, 1...12) + digits(weekdays, 0...6)
    }
}
