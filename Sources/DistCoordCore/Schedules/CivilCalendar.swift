// Days, dates and the Gregorian calendar, in whole numbers; Lua/schedule_next.lua counts the same way.

/// Dates as numbers of days since 1970.
enum CivilCalendar {
    static let secondsPerDay = 86_400

    /// Years whose dates fit into what is computed here with room to spare.
    static let years = 1...9_999

    /// Days since 1970 of a date; month 13 is the next January.
    static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        // Counted from March, so that a leap day is the last of its year.
        let shifted = month < 3 ? (year: year - 1, month: month + 12) : (year: year, month: month)
        return 365 * shifted.year + floored(shifted.year, 4) - floored(shifted.year, 100) + floored(shifted.year, 400)
            + floored(153 * shifted.month - 457, 5) + day - 719_469
    }

    /// The date of a day since 1970.
    static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
        // Since the first of March of year 0, of which 400 years have 146 097.
        let days = number + 719_468
        let era = floored(days, 146_097)
        var day = days - era * 146_097
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        day -= 365 * year + year / 4 - year / 100
        let month = (5 * day + 2) / 153
        day -= (153 * month + 2) / 5 - 1
        let marchYear = year + era * 400
        return month < 10 ? (marchYear, month + 3, day) : (marchYear + 1, month - 9, day)
    }

    /// The day of the week of a day since 1970; 0 is Sunday.
    static func weekday(ofDay number: Int) -> Int {
        let day = (number + 4) % 7
        return day < 0 ? day + 7 : day
    }

    /// The year in which a moment lies, in seconds since 1970 UTC.
    static func year(ofSecond second: Int) -> Int {
        date(ofDay: floored(second, secondsPerDay)).year
    }

    /// When a year begins, in seconds since 1970 UTC.
    static func start(ofYear year: Int) -> Int {
        dayNumber(year: year, month: 1, day: 1) * secondsPerDay
    }

    /// A quotient, rounded down; the divisor is positive.
    static func floored(_ number: Int, _ divisor: Int) -> Int {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}
