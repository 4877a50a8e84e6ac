import DistCoord
import Testing

@Suite struct ScheduleTests {
    struct Report: JobPayload { var kind: String }

    @Test func aScheduleTicksForWhoeverWaits() async throws {
        let queue = try await makeClient().queue("q")
        try await queue.schedule("beat", .every(.milliseconds(200)), payload: "x", options: PushOptions(task: "t"))
        let first = try #require(try await queue.claim(timeout: .seconds(20)))
        #expect(first.task == "t" && first.text == "x" && first.id.hasPrefix("beat@"))
        try await first.complete()
        let second = try #require(try await queue.claim(timeout: .seconds(20)))
        #expect(second.id != first.id)
        try await second.complete()
        let schedule = try #require(try await queue.schedules().first)
        #expect(schedule.name == "beat" && schedule.moments == .every(.milliseconds(200)) && schedule.task == "t")
        #expect(schedule.runs >= 2 && schedule.lastMillisecondsSince1970 != nil)
        #expect(try await queue.unschedule("beat"))
        #expect(try await queue.unschedule("beat") == false)
        #expect(try await queue.schedules().isEmpty)
    }

    @Test func cronLinesInTimeZones() async throws {
        let queue = try await makeClient().queue("q")
        let schedule = Schedule.cron("30 4 * * 1-5", timeZone: "Europe/Berlin", whenMissed: .skip)
        try await queue.schedule("report", schedule, payload: Report(kind: "daily"))
        // What every instance does when it starts changes nothing.
        try await queue.schedule("report", schedule, payload: Report(kind: "daily"))
        let info = try #require(try await queue.schedules().first)
        #expect(info.moments == .cron("30 4 * * 1-5", timeZone: "Europe/Berlin") && info.whenMissed == .skip)
        #expect(info.task == "Report" && info.runs == 0 && info.lastMillisecondsSince1970 == nil)
        let next = try #require(info.nextMillisecondsSince1970)
        #expect(next % 60_000 == 0)
    }

    @Test func theNextMomentOfACronLine() throws {
        // 2024-02-28 00:00 UTC: the last day of that February is the 29th.
        let day: Int64 = 1_709_078_400_000
        #expect(try Schedule.cronNext("0 12 L * *", afterMillisecondsSince1970: day) == day + 36 * 3_600_000)
        // Noon in Berlin is eleven by the clock of the world in winter.
        #expect(
            try Schedule.cronNext("0 12 * * *", timeZone: "Europe/Berlin", afterMillisecondsSince1970: day)
                == day + 11 * 3_600_000)
        #expect(try Schedule.cronNext("0 0 30 2 *", afterMillisecondsSince1970: day) == nil)
    }

    @Test func malformedSchedules() async throws {
        let queue = try await makeClient().queue("q")
        for schedule in [
            Schedule.cron("* * * *"), .cron("61 * * * *"), .cron("* * * * *", timeZone: "Nowhere/Town"),
            .cron("* * *\0 * *"), .every(.zero), .cron("0 0 30 2 *"),
        ] {
            #expect(
                await code { try await queue.schedule("s", schedule, payload: "") } == .invalidArgument, "\(schedule)")
        }
        #expect(
            await code {
                try await queue.schedule("s", .every(.seconds(1)), payload: "", options: PushOptions(id: "mine"))
            } == .invalidArgument)
        #expect(throws: DistCoordError.self) { try Schedule.cronNext("nonsense", afterMillisecondsSince1970: 0) }
        #expect(try await queue.schedules().isEmpty)
    }
}
