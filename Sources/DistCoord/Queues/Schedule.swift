// When recurring jobs are pushed.

/// When a recurring job is pushed; see ``Queue/schedule(_:_:payload:options:)-([UInt8],_)``.
///
/// ```swift
/// try await queue.schedule("backup", .cron("0 4 * * *", timeZone: "Europe/Berlin"), payload: "all")
/// try await queue.schedule("beat", .every(.seconds(30)), payload: "")
/// ```
public struct Schedule: Sendable, Hashable {
    /// At which moments it ticks.
    public enum Moments: Sendable, Hashable {
        /// Every so often, counted from the start: the n-th tick does not depend on how late the one before was.
        case every(Duration)
        /// At each moment that a cron line names in a time zone of the IANA database.
        case cron(String, timeZone: String)
    }

    /// What becomes of ticks that nobody was there for, the server or all workers being away.
    public enum WhenMissed: Sendable, Hashable, CaseIterable {
        /// One job for all of them.
        case runOnce
        /// None, unless the last is not older than a second.
        case skip
    }

    /// At which moments it ticks.
    public var moments: Moments
    /// When it begins, by the server's clock; when it is first set if `nil`.
    public var startMillisecondsSince1970: Int64?
    /// What becomes of missed ticks.
    public var whenMissed: WhenMissed

    /// Makes a schedule.
    public init(_ moments: Moments, startMillisecondsSince1970: Int64? = nil, whenMissed: WhenMissed = .runOnce) {
        self.moments = moments
        self.startMillisecondsSince1970 = startMillisecondsSince1970
        self.whenMissed = whenMissed
    }

    /// A tick every so often, 0.1 s to 366 days.
    public static func every(
        _ interval: Duration, startMillisecondsSince1970: Int64? = nil, whenMissed: WhenMissed = .runOnce
    ) -> Schedule {
        Schedule(
            .every(interval), startMillisecondsSince1970: startMillisecondsSince1970, whenMissed: whenMissed)
    }

    /// A tick at each moment that a cron line names.
    ///
    /// - Parameters:
    ///   - line: Minute, hour, day of month, month, day of week; with six fields the first is the second. Each is `*`,
    ///     a number, a range `a-b`, a step `x/n`, or several with commas; `L` is the last day of the month. Also
    ///     `@daily` and its like. Where clocks are set forward, what falls into the gap is due at its end; where they
    ///     are set back, a line with a fixed hour runs once.
    ///   - timeZone: A name of the IANA database, read from this machine's zoneinfo.
    ///   - startMillisecondsSince1970: When it begins, by the server's clock.
    ///   - whenMissed: What becomes of missed ticks.
    public static func cron(
        _ line: String, timeZone: String = "UTC", startMillisecondsSince1970: Int64? = nil,
        whenMissed: WhenMissed = .runOnce
    ) -> Schedule {
        Schedule(
            .cron(line, timeZone: timeZone), startMillisecondsSince1970: startMillisecondsSince1970,
            whenMissed: whenMissed)
    }

    /// The first moment after another that a cron line names, in milliseconds since 1970; `nil` when there is none in
    /// the next 20 years. Asks no server. Throws ``DistCoordError/Code-swift.struct/invalidArgument`` with what is
    /// wrong with the line.
    public static func cronNext(
        _ line: String, timeZone: String = "UTC", afterMillisecondsSince1970 moment: Int64
    ) throws -> Int64? {
        try nextMoment(line, timeZone, after: moment)
    }
}

/// A schedule as the server saw it when it was asked; see ``Queue/schedules()``.
public struct ScheduleInfo: Sendable, Hashable {
    /// Its name in the queue.
    public var name: String
    /// At which moments it ticks.
    public var moments: Schedule.Moments
    /// What becomes of missed ticks.
    public var whenMissed: Schedule.WhenMissed
    /// The task name of its jobs.
    public var task: String
    /// When it ticks next, by the server's clock; `nil` when it never does again.
    public var nextMillisecondsSince1970: Int64?
    /// The tick of its last job; `nil` when there was none.
    public var lastMillisecondsSince1970: Int64?
    /// How many jobs it has pushed.
    public var runs: Int
}
