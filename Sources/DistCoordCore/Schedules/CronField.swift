// One field of a cron line: which values it names, and what to say when it cannot be read.

/// What a field of a cron line may contain.
struct CronField {
    /// For messages: "minute".
    let name: String
    /// What a number may be.
    let numbers: ClosedRange<Int>
    /// What a star stands for.
    let all: ClosedRange<Int>
    /// Names of the values from the lowest on.
    let names: [String]
    /// For messages: "0 to 59".
    let allowed: String

    private init(_ name: String, _ all: ClosedRange<Int>, allowed: String? = nil, names: [String] = []) {
        self.name = name
        self.all = all
        self.names = names
        self.allowed = allowed ?? "\(all.lowerBound) to \(all.upperBound)"
        numbers = all
    }

    private init(weekday name: String) {
        self.name = name
        all = 0...6
        numbers = 0...7
        names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        allowed = "0 to 7 (0 and 7 are Sunday), nor sun to sat"
    }

    /// The fields of a whole line, in order.
    static var line: [CronField] {
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        return [
            CronField("second", 0...59), CronField("minute", 0...59), CronField("hour", 0...23),
            CronField("day of month", 1...31, allowed: "1 to 31, nor L for the last"),
            CronField("month", 1...12, allowed: "1 to 12, nor jan to dec", names: months),
            CronField(weekday: "day of week"),
        ]
    }

    /// Whether the field may be "L".
    private var hasLast: Bool { all == 1...31 }
    private var isWeekday: Bool { numbers.upperBound == 7 }

    /// The values that a text names, each as a bit; Sunday is 0, and bit 32 the last day of the month.
    func values(of text: Substring) throws(CoordinationError) -> UInt64 {
        var values: UInt64 = 0
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            if hasLast, entry == "L" || entry == "l" {
                values |= 1 << 32
                continue
            }
            let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw problem(text, "'\(entry)' has more than one step") }
            var range = try self.range(of: parts[0], in: text)
            var step = 1
            if parts.count == 2 {
                guard let number = CronField.number(parts[1]), (1...all.upperBound).contains(number) else {
                    throw problem(text, "the step '\(parts[1])' is not 1 to \(all.upperBound)")
                }
                step = number
                // From a single number on: to the end.
                if !parts[0].contains("-") { range = range.lowerBound...max(range.lowerBound, all.upperBound) }
            }
            for value in stride(from: range.lowerBound, through: range.upperBound, by: step) {
                values |= 1 << (isWeekday ? value % 7 : value)
            }
        }
        return values
    }

    /// The values of "*", "a" or "a-b".
    private func range(of part: Substring, in text: Substring) throws(CoordinationError) -> ClosedRange<Int> {
        if part == "*" { return all }
        let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw problem(text, "'\(part)' is more than one range") }
        var first = try value(of: ends[0], in: text)
        if ends.count == 1 { return first...first }
        var last = try value(of: ends[1], in: text)
        if isWeekday {
            // Sunday is where the range has it: at the beginning of "7-2", at the end of "fri-sun".
            if first == 7, last < 7 { first = 0 }
            if last == 0, first > 0 { last = 7 }
        }
        guard first <= last else {
            throw problem(
                text, "the range '\(part)' runs backwards; write '\(first)-\(all.upperBound),\(all.lowerBound)-\(last)'"
            )
        }
        return first...last
    }

    private func value(of part: Substring, in text: Substring) throws(CoordinationError) -> Int {
        if let number = CronField.number(part), numbers.contains(number) { return number }
        if let place = names.firstIndex(of: part.lowercased()) { return all.lowerBound + place }
        throw problem(text, part.isEmpty ? "a value is missing" : "'\(part)' is not \(allowed)")
    }

    /// A number of digits alone, few of them.
    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private func problem(_ text: Substring, _ what: String) -> CoordinationError {
        .invalid("the \(name) field of the cron line, '\(text)', is wrong: \(what)")
    }
}
