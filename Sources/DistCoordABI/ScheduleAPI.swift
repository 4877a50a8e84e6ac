// include/distcoord/schedule.h

public import CDistCoord
import DistCoordCore

/// Options of a schedule as C holds them.
final class ScheduleOptionsBox {
    var options = ScheduleOptions()
}

/// A list of schedules as C holds it.
final class SchedulesBox {
    struct Line {
        let entry: ScheduleEntry
        let name: CText
        let cron: CText
        let timeZone: CText
        let task: CText

        init(_ entry: ScheduleEntry) {
            self.entry = entry
            name = CText(entry.name)
            cron = CText(entry.cron)
            timeZone = CText(entry.timeZone)
            task = CText(entry.task)
        }
    }

    let lines: [Line]

    init(_ entries: [ScheduleEntry]) {
        lines = entries.map { Line($0) }
    }
}

/// A line of a list of C's.
private func line(_ list: OpaquePointer?, _ index: Int) -> SchedulesBox.Line? {
    guard let box = HandleBox.borrow(list, as: SchedulesBox.self), box.lines.indices.contains(index) else { return nil }
    return box.lines[index]
}

/// The time zone that C names; NULL is UTC.
private func zone(_ name: UnsafePointer<CChar>?) throws(CoordinationError) -> String {
    name == nil ? "UTC" : try text(name, "time_zone")
}

// MARK: - When a schedule ticks

@implementation @_cdecl("distcoord_schedule_options_new")
public func distcoord_schedule_options_new() -> OpaquePointer! {
    HandleBox.make(ScheduleOptionsBox())
}

@implementation @_cdecl("distcoord_schedule_options_free")
public func distcoord_schedule_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: ScheduleOptionsBox.self)
}

@implementation @_cdecl("distcoord_schedule_options_set_interval_ms")
public func distcoord_schedule_options_set_interval_ms(
    _ options: OpaquePointer!, _ interval_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ScheduleOptionsBox = try require(options, "options")
        try box.options.setInterval(interval_ms)
    }
}

@implementation @_cdecl("distcoord_schedule_options_set_cron")
public func distcoord_schedule_options_set_cron(
    _ options: OpaquePointer!, _ line: UnsafePointer<CChar>!, _ time_zone: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ScheduleOptionsBox = try require(options, "options")
        try box.options.setCron(try text(line, "line"), zone: try zone(time_zone))
    }
}

@implementation @_cdecl("distcoord_schedule_options_set_start_ms")
public func distcoord_schedule_options_set_start_ms(_ options: OpaquePointer!, _ unix_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ScheduleOptionsBox = try require(options, "options")
        try box.options.setStart(unix_ms)
    }
}

@implementation @_cdecl("distcoord_schedule_options_set_missed")
public func distcoord_schedule_options_set_missed(_ options: OpaquePointer!, _ missed: Int32) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ScheduleOptionsBox = try require(options, "options")
        let skip = Int32(DISTCOORD_MISSED_SKIP)
        box.options.skipsMissed = try inRange(missed, Int32(DISTCOORD_MISSED_RUN_ONCE)...skip, "missed") == skip
    }
}

@implementation @_cdecl("distcoord_cron_next")
public func distcoord_cron_next(
    _ line: UnsafePointer<CChar>!, _ time_zone: UnsafePointer<CChar>!, _ after_ms: Int64,
    _ out_ms: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_ms, "out_ms")
        out.pointee = 0
        let next = try Cron.next(try text(line, "line"), zone: try zone(time_zone), after: after_ms)
        guard let next else { return .notFound }
        out.pointee = next
        return .ok
    }
}

// MARK: - The schedules of a queue

@implementation @_cdecl("distcoord_queue_set_schedule")
public func distcoord_queue_set_schedule(
    _ queue: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ schedule: OpaquePointer!, _ payload: UnsafeRawPointer!,
    _ length: Int, _ options: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        let timing: ScheduleOptionsBox = try require(schedule, "schedule")
        try box.queue.setSchedule(
            name: try text(name, "name"), timing.options, payload: try bytes(payload, length, "payload"),
            options: HandleBox.borrow(options, as: JobOptionsBox.self)?.options)
        return .ok
    }
}

@implementation @_cdecl("distcoord_queue_remove_schedule")
public func distcoord_queue_remove_schedule(
    _ queue: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: QueueBox = try require(queue, "queue")
        return try box.queue.removeSchedule(name: try text(name, "name"))
    }
}

@implementation @_cdecl("distcoord_queue_list_schedules")
public func distcoord_queue_list_schedules(
    _ queue: OpaquePointer!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: QueueBox = try require(queue, "queue")
        out.pointee = HandleBox.make(SchedulesBox(try box.queue.schedules()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_schedule_list_count")
public func distcoord_schedule_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: SchedulesBox.self)?.lines.count ?? 0
}

@implementation @_cdecl("distcoord_schedule_list_name")
public func distcoord_schedule_list_name(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_schedule_list_cron")
public func distcoord_schedule_list_cron(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.cron.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_schedule_list_time_zone")
public func distcoord_schedule_list_time_zone(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.timeZone.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_schedule_list_interval_ms")
public func distcoord_schedule_list_interval_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.entry.interval ?? 0
}

@implementation @_cdecl("distcoord_schedule_list_missed")
public func distcoord_schedule_list_missed(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    Int32(line(list, index)?.entry.skipsMissed == true ? DISTCOORD_MISSED_SKIP : DISTCOORD_MISSED_RUN_ONCE)
}

@implementation @_cdecl("distcoord_schedule_list_task")
public func distcoord_schedule_list_task(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.task.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_schedule_list_next_ms")
public func distcoord_schedule_list_next_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.entry.nextMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_schedule_list_last_ms")
public func distcoord_schedule_list_last_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.entry.lastMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_schedule_list_runs")
public func distcoord_schedule_list_runs(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.entry.runs ?? 0
}

@implementation @_cdecl("distcoord_schedule_list_free")
public func distcoord_schedule_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: SchedulesBox.self)
}
