// The rule at the end of a zone file for the years after its list, in the form of the environment variable TZ, for
// instance "CET-1CEST,M3.5.0,M10.5.0/3". POSIX describes it; RFC 8536 adds hours from -167 to 167.

/// A rule that holds for all years from some on.
struct ZoneRule: Sendable {
    /// A day of a year and a time of it.
    private struct Moment {
        enum Day {
            /// Day of the year from 1; the leap day is not counted.
            case julian(Int)
            /// Day of the year from 0.
            case day(Int)
            /// A day of the week, the so-manieth of a month; 5 is the last.
            case month(Int, week: Int, weekday: Int)
        }

        let day: Day
        /// Seconds after midnight; may be on other days.
        let time: Int

        /// Seconds since 1970 by the clocks of the zone.
        func local(year: Int) -> Int {
            let number: Int
            switch day {
            case .julian(let day):
                let march = CivilCalendar.dayNumber(year: year, month: 3, day: 1)
                // Day 60 is the first of March, leap year or not.
                number = day >= 60 ? march + day - 60 : CivilCalendar.dayNumber(year: year, month: 1, day: day)
            case .day(let day):
                number = CivilCalendar.dayNumber(year: year, month: 1, day: 1) + day
            case .month(let month, let week, let weekday):
                let first = CivilCalendar.dayNumber(year: year, month: month, day: 1)
                let next = CivilCalendar.dayNumber(year: year, month: month + 1, day: 1)
                let start = first + (weekday - CivilCalendar.weekday(ofDay: first) + 7) % 7
                let found = start + 7 * (week - 1)
                number = found < next ? found : found - 7
            }
            return number * CivilCalendar.secondsPerDay + time
        }
    }

    private let standard: Int
    /// Summer time, and when it begins and ends.
    private let summer: (offset: Int, start: Moment, end: Moment)?

    /// Reads a rule; nil when it is none.
    init?(_ text: ArraySlice<UInt8>) {
        var scanner = Scanner(rest: text)
        guard scanner.skipName(), let standard = scanner.time() else { return nil }
        self.standard = -standard
        if scanner.rest.isEmpty {
            summer = nil
            return
        }
        guard scanner.skipName() else { return nil }
        var offset = self.standard + 3_600
        if scanner.rest.first != UInt8(ascii: ",") {
            guard let given = scanner.time() else { return nil }
            offset = -given
        }
        guard let start = ZoneRule.moment(&scanner), let end = ZoneRule.moment(&scanner), scanner.rest.isEmpty else {
            return nil
        }
        summer = (offset, start, end)
    }

    /// The changes of some years, in order within each.
    func changes(in years: ClosedRange<Int>) -> [ZoneOffsets.Change] {
        guard let summer else { return [] }
        return years.flatMap { year in
            let start = ZoneOffsets.Change(moment: summer.start.local(year: year) - standard, offset: summer.offset)
            let end = ZoneOffsets.Change(moment: summer.end.local(year: year) - summer.offset, offset: standard)
            return start.moment <= end.moment ? [start, end] : [end, start]
        }
    }

    private static func moment(_ scanner: inout Scanner) -> Moment? {
        guard scanner.skip(",") else { return nil }
        let day: Moment.Day
        if scanner.skip("M") {
            guard let month = scanner.number(1...12), scanner.skip("."), let week = scanner.number(1...5),
                scanner.skip("."), let weekday = scanner.number(0...6)
            else { return nil }
            day = .month(month, week: week, weekday: weekday)
        } else if scanner.skip("J") {
            guard let number = scanner.number(1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = scanner.number(0...365) else { return nil }
            day = .day(number)
        }
        guard scanner.skip("/") else { return Moment(day: day, time: 7_200) }
        return scanner.time().map { Moment(day: day, time: $0) }
    }

    /// Takes a text apart from its beginning.
    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard let first = rest.first, first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// A name, of letters or in angle brackets.
        mutating func skipName() -> Bool {
            let before = rest.count
            if skip("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return skip(">")
            }
            rest = rest.drop { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
            return rest.count < before
        }

        mutating func number(_ allowed: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...3).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            let number = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
            return allowed.contains(number) ? number : nil
        }

        /// "[+-]h[:m[:s]]" in seconds.
        mutating func time() -> Int? {
            let sign = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard let hours = number(0...167) else { return nil }
            var time = hours * 3_600
            for unit in [60, 1] where skip(":") {
                guard let value = number(0...59) else { return nil }
                time += value * unit
            }
            return sign * time
        }
    }
}
