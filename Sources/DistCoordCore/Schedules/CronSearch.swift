// The next moment that a cron line names. Lua/schedule_next.lua finds the same moments on the server. No loop is over
// minutes, nor over more days than a month has.

extension CronLine {
    /// How far ahead a moment is looked for, in seconds: 20 years.
    static let horizon = 7_305 * CivilCalendar.secondsPerDay

    /// The first moment after another, both in seconds since 1970; nil when there is none in 20 years.
    ///
    /// - Parameter zone: Must hold from `moment` to 20 years later.
    func next(after moment: Int, in zone: ZoneOffsets) -> Int? {
        let stop = moment + CronLine.horizon
        var from = moment + 1
        var part = zone.part(at: from)
        while from <= stop {
            let offset = zone.offset(ofPart: part)
            let ends = min(zone.end(ofPart: part) ?? stop + 1, stop + 1)
            var first = from + offset
            if let start = zone.start(ofPart: part) {
                let before = zone.offset(ofPart: part - 1)
                // Clocks were set forward: what they left out is due now.
                if from == start, before < offset, nextLocal(from: from + before, before: first) != nil { return from }
                // Clocks were set back: what they show a second time was due the first time.
                if !hasAnyHour { first = max(first, start + before) }
            }
            if let found = nextLocal(from: first, before: ends + offset) { return found - offset }
            part += 1
            from = ends
        }
        return nil
    }

    /// The first second of a clock that fits, from `from` to before `limit`.
    private func nextLocal(from: Int, before limit: Int) -> Int? {
        let today = CivilCalendar.floored(from, CivilCalendar.secondsPerDay)
        let last = CivilCalendar.floored(limit - 1, CivilCalendar.secondsPerDay)
        guard var day = nextDay(from: today, through: last) else { return nil }
        var time = nextTime(from: day == today ? from - today * CivilCalendar.secondsPerDay : 0)
        if time == nil {
            guard let later = nextDay(from: today + 1, through: last) else { return nil }
            day = later
            time = nextTime(from: 0)
        }
        guard let time else { return nil }
        let found = day * CivilCalendar.secondsPerDay + time
        return found < limit ? found : nil
    }

    /// The first day since 1970 that fits, from a day on; looks no further than the month of `last`.
    private func nextDay(from number: Int, through last: Int) -> Int? {
        var (year, month, day) = CivilCalendar.date(ofDay: number)
        var number = number
        while number <= last {
            if months >> month & 1 == 1, let found = dayInMonth(year, month, from: day) { return found }
            if let following = months.least(from: month + 1) {
                month = following
            } else {
                guard let first = months.least(from: 1) else { return nil }
                year += 1
                month = first
            }
            day = 1
            number = CivilCalendar.dayNumber(year: year, month: month, day: day)
        }
        return nil
    }

    /// The first day, since 1970, that fits and is in that month, from that day of it on.
    private func dayInMonth(_ year: Int, _ month: Int, from day: Int) -> Int? {
        let first = CivilCalendar.dayNumber(year: year, month: month, day: 1)
        let length = CivilCalendar.dayNumber(year: year, month: month + 1, day: 1) - first
        let hasLast = days >> 32 & 1 == 1
        var day = day
        while day <= length {
            var byDate = days.least(from: day)
            if byDate.map({ $0 > length }) ?? true { byDate = hasLast ? length : nil }
            let byWeek = (day...min(day + 6, length)).first {
                weekdays >> CivilCalendar.weekday(ofDay: first + $0 - 1) & 1 == 1
            }
            if eitherDaySuffices {
                guard let found = [byDate, byWeek].compactMap({ $0 }).min() else { return nil }
                return first + found - 1
            }
            guard let byDate, let byWeek else { return nil }
            if byDate == byWeek { return first + byDate - 1 }
            day = max(byDate, byWeek)
        }
        return nil
    }

    /// The first second of a day that fits, from a second on.
    private func nextTime(from time: Int) -> Int? {
        let hour = time / 3_600
        let minute = time / 60 % 60
        guard let firstMinute = minutes.least(from: 0), let firstSecond = seconds.least(from: 0) else { return nil }
        if hours >> hour & 1 == 1 {
            if minutes >> minute & 1 == 1, let second = seconds.least(from: time % 60) {
                return hour * 3_600 + minute * 60 + second
            }
            if let later = minutes.least(from: minute + 1) { return hour * 3_600 + later * 60 + firstSecond }
        }
        return hours.least(from: hour + 1).map { $0 * 3_600 + firstMinute * 60 + firstSecond }
    }
}

extension UInt64 {
    /// The lowest bit that is set, from a bit on.
    fileprivate func least(from bit: Int) -> Int? {
        // Shifts by more than there is answer 0.
        let rest = self >> bit
        return rest == 0 ? nil : bit + rest.trailingZeroBitCount
    }
}
