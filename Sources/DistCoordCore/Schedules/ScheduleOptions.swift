// When a schedule ticks; explained in include/distcoord/schedule.h.

/// Options of a schedule.
public struct ScheduleOptions: Sendable {
    enum Timing: Sendable {
        case interval(Int64)
        case cron(CronLine, zone: String)
    }

    private(set) var timing: Timing?
    /// Milliseconds since 1970; 0 for when it is first set.
    private(set) var start: Int64 = 0
    public var skipsMissed = false

    private static let day: Int64 = 86_400_000
    /// The end of the year 9999, in milliseconds since 1970: what the server's calendar can do.
    static let latest: Int64 = 253_402_300_799_999

    public init() {}

    /// A tick every so many milliseconds; replaces a cron line.
    public mutating func setInterval(_ milliseconds: Int64) throws(CoordinationError) {
        guard (100...366 * ScheduleOptions.day).contains(milliseconds) else {
            throw .invalid(
                "an interval of \(milliseconds) ms is out of range; "
                    + "100 to \(366 * ScheduleOptions.day) ms (366 days) are allowed")
        }
        timing = .interval(milliseconds)
    }

    /// A tick at each moment that a cron line names; replaces an interval. Whether there is such a time zone is found
    /// out when the schedule is set.
    public mutating func setCron(_ line: String, zone: String) throws(CoordinationError) {
        try TimeZone.check(zone)
        timing = .cron(try CronLine(line), zone: zone)
    }

    /// When the schedule begins, in milliseconds since 1970; 0 for when it is first set.
    public mutating func setStart(_ milliseconds: Int64) throws(CoordinationError) {
        guard (0...ScheduleOptions.latest).contains(milliseconds) else {
            throw .invalid("a start at \(milliseconds) ms is out of range; 0 to the end of the year 9999 are allowed")
        }
        start = milliseconds
    }
}

/// Cron lines without a schedule.
public enum Cron {
    /// The first moment after another that a line names, both in milliseconds since 1970; nil when there is none in 20
    /// years.
    public static func next(_ line: String, zone: String, after: Int64) throws(CoordinationError) -> Int64? {
        let line = try CronLine(line)
        let zone = try TimeZone(zone)
        let second = CivilCalendar.floored(Int(after), 1_000)
        let years = CivilCalendar.start(ofYear: 2)...CivilCalendar.start(ofYear: 9_970)
        guard years.contains(second) else {
            throw .invalid("the moment \(after) ms is out of range; the years 2 to 9969 are possible")
        }
        // From a few days before: clocks that were set back then matter.
        let offsets = zone.offsets(
            from: second - 4 * CivilCalendar.secondsPerDay,
            through: second + CronLine.horizon + CivilCalendar.secondsPerDay)
        return line.next(after: second, in: offsets).map { Int64($0) * 1_000 }
    }
}
