// Recurring jobs.

import CDistCoord

extension BlockingQueue {
    package func setSchedule(
        _ name: String, _ schedule: Schedule, _ payload: [UInt8], _ options: PushOptions
    ) throws(DistCoordError) {
        try requireWhole(name, "the schedule's name")
        let jobs = try BlockingJobOptions(options)
        let handle = try owned(distcoord_schedule_options_new())
        defer { distcoord_schedule_options_free(handle) }
        try schedule.apply(to: handle)
        _ = try ask {
            distcoord_queue_set_schedule(pointer, name, handle, payload, payload.count, jobs.pointer, $0)
        }
    }

    /// "Not found" when there is none of that name.
    package func removeSchedule(_ name: String) throws(DistCoordError) -> Answer {
        try requireWhole(name, "the schedule's name")
        return try ask { distcoord_queue_remove_schedule(pointer, name, $0) }
    }

    package func schedules() throws(DistCoordError) -> [ScheduleInfo] {
        var list: OpaquePointer?
        _ = try ask { distcoord_queue_list_schedules(pointer, &list, $0) }
        defer { distcoord_schedule_list_free(list) }
        return (0..<distcoord_schedule_list_count(list)).map { ScheduleInfo(list, $0) }
    }
}

extension Schedule {
    /// The first moment after another that a cron line names; nothing when there is none in the next 20 years.
    package static func nextMoment(
        _ line: String, _ timeZone: String, after milliseconds: Int64
    ) throws(DistCoordError) -> Int64? {
        try requireWhole(line, "the cron line")
        try requireWhole(timeZone, "the time zone")
        var next: Int64 = 0
        let answer = try ask { distcoord_cron_next(line, timeZone, milliseconds, &next, $0) }
        return answer == .ok ? next : nil
    }

    fileprivate func apply(to options: OpaquePointer) throws(DistCoordError) {
        switch moments {
        case .every(let interval):
            try accept(
                distcoord_schedule_options_set_interval_ms(options, interval.wholeMilliseconds),
                "every \(interval): 0.1 s to 366 days are allowed")
        case .cron(let line, let timeZone):
            try requireWhole(line, "the cron line")
            try requireWhole(timeZone, "the time zone")
            if distcoord_schedule_options_set_cron(options, line, timeZone) != 0 {
                // The setter only refuses; this tells what is wrong with the line.
                _ = try Self.nextMoment(line, timeZone, after: 0)
                throw DistCoordError(.invalidArgument, "cron line '\(line)' in time zone '\(timeZone)' is not possible")
            }
        }
        if let startMillisecondsSince1970 {
            try accept(
                distcoord_schedule_options_set_start_ms(options, startMillisecondsSince1970),
                "a start at \(startMillisecondsSince1970) ms since 1970 is not possible")
        }
        let missed = whenMissed == .skip ? DISTCOORD_MISSED_SKIP : DISTCOORD_MISSED_RUN_ONCE
        try accept(distcoord_schedule_options_set_missed(options, Int32(missed)), "missed ticks: not possible")
    }
}

extension ScheduleInfo {
    fileprivate init(_ list: OpaquePointer?, _ index: Int) {
        let line = text(distcoord_schedule_list_cron(list, index))
        let next = distcoord_schedule_list_next_ms(list, index)
        let last = distcoord_schedule_list_last_ms(list, index)
        let missed = Int(distcoord_schedule_list_missed(list, index))
        self.init(
            name: text(distcoord_schedule_list_name(list, index)),
            moments: line.isEmpty
                ? .every(.milliseconds(distcoord_schedule_list_interval_ms(list, index)))
                : .cron(line, timeZone: text(distcoord_schedule_list_time_zone(list, index))),
            whenMissed: missed == DISTCOORD_MISSED_SKIP ? .skip : .runOnce,
            task: text(distcoord_schedule_list_task(list, index)),
            nextMillisecondsSince1970: next > 0 ? next : nil, lastMillisecondsSince1970: last > 0 ? last : nil,
            runs: Int(distcoord_schedule_list_runs(list, index)))
    }
}
