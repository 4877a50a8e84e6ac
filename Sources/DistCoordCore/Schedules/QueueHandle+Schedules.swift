// The schedules of a queue.

import DistCoordRedis
import Glibc

extension QueueHandle {
    /// Longest name of a schedule in bytes: with the tick behind it, it is the id of a job, of at most 128.
    private static let scheduleNameLimit = 112

    /// Sets a schedule; one that is set already stays as it is.
    ///
    /// - Parameters:
    ///   - payload: Borrowed for the call.
    ///   - options: Of its jobs; nil for the defaults.
    public func setSchedule(
        name: String, _ schedule: ScheduleOptions, payload: UnsafeRawBufferPointer, options: JobOptions?
    ) throws(CoordinationError) {
        try Names.check(name, what: "schedule's name", limit: QueueHandle.scheduleNameLimit)
        guard let timing = schedule.timing else {
            throw .invalid("the schedule has neither an interval nor a cron line; set one of them")
        }
        let rooms = try rooms()
        if let options { try QueueHandle.checkRepeatable(options, isSplit: rooms.all.count > 1) }
        let limit = min(JobRecord.inlineLimit, rooms.session.options.maxPayload)
        if payload.count > limit {
            throw CoordinationError(
                .tooLarge, "the payload has \(payload.count) bytes; at most \(limit) are allowed in a schedule")
        }
        let parts = ScheduleParts(
            schedule, timing, task: options?.task ?? "",
            job: JobRecord.head(options, isPayloadApart: false) + Array(payload))
        let patience = rooms.session.patience()
        try rooms.register(patience)
        let room = rooms.room(for: name)
        let slot = room.takeSlot()
        defer { room.giveBack(slot) }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var second = Int(now.tv_sec)
        // A second time when this machine's clock and the server's are in different years.
        for _ in 0..<2 {
            let zone = try QueueHandle.zone(of: timing, at: second)
            let call = ScheduleCalls.set(room.calls, slot, name: name, parts, zone: zone)
            let answer = try room.run(call, patience).integer ?? 0
            if answer == 1 { return }
            if answer == 0 { throw .invalid("the cron line names no moment of the next 20 years") }
            second = Int(answer / 1_000)
        }
        throw CoordinationError(.serverError, "the server's clock says it is \(second) s after 1970; set it right")
    }

    /// Ends a schedule.
    ///
    /// - Returns: `.ok`, `.notFound`.
    public func removeSchedule(name: String) throws(CoordinationError) -> Status {
        try Names.check(name, what: "schedule's name", limit: QueueHandle.scheduleNameLimit)
        let room = try rooms().room(for: name)
        let slot = room.takeSlot()
        defer { room.giveBack(slot) }
        let reply = try room.run(ScheduleCalls.remove(room.calls, slot, name: name), room.session.patience())
        return reply.integer == 1 ? .ok : .notFound
    }

    /// The schedules by their next tick.
    public func schedules() throws(CoordinationError) -> [ScheduleEntry] {
        let replies = try askAll { ScheduleCalls.list($0) }
        let entries = replies.flatMap { reply in
            stride(from: 0, to: reply.count, by: ScheduleEntry.replyLength).map { ScheduleEntry(reply, at: $0) }
        }
        return entries.sorted { ($0.order, $0.name) < ($1.order, $1.name) }
    }

    /// Fails when options say what cannot be said of all jobs of a schedule.
    ///
    /// - Parameter isSplit: The queue has partitions. A schedule is in one of them, by its name, and so are its jobs.
    private static func checkRepeatable(_ options: JobOptions, isSplit: Bool) throws(CoordinationError) {
        try options.validate()
        let refusals = [
            (options.id != nil, "an id: theirs are made of the schedule's name and the tick"),
            (options.delay != 0 || options.at != nil, "a delay or a time: they are pushed when they are to run"),
            (options.uniqueKey != nil, "a unique key: there is one job for each tick in any case"),
            (!options.after.isEmpty, "other jobs to wait for"),
            (options.batch != nil, "a batch"),
            (isSplit && options.concurrencyKey != nil, "a concurrency key in a queue with partitions"),
        ]
        for (isRefused, what) in refusals where isRefused {
            throw .invalid("the jobs of a schedule cannot have \(what)")
        }
    }

    /// The packed offsets of a time zone: those that everybody packs who does so in the same year.
    private static func zone(of timing: ScheduleOptions.Timing, at second: Int) throws(CoordinationError) -> [UInt8] {
        guard case .cron(_, let name) = timing else { return [] }
        let zone = try TimeZone(name)
        if zone.isUTC { return [] }
        let year = min(max(CivilCalendar.year(ofSecond: second), 1_971), CivilCalendar.years.upperBound - 30)
        let from = CivilCalendar.start(ofYear: year - 1)
        let through = CivilCalendar.start(ofYear: year + 22)
        return ScheduleParts.packed(zone.offsets(from: from, through: through), from: from, through: through)
    }
}
