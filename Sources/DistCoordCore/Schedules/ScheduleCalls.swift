// The calls to the server for the schedules of one queue, and the packed forms that Lua/schedule_next.lua lays out.

import DistCoordRedis

/// Calls on the schedules of one queue.
enum ScheduleCalls {
    private static let set = Script("schedule_set", PackageResources.schedule_set_lua)
    private static let remove = Script("schedule_remove", PackageResources.schedule_remove_lua)
    private static let list = Script("schedule_list", PackageResources.schedule_list_lua)

    static var scripts: [Script] { [set, remove, list] }

    /// - Parameters:
    ///   - slot: Nobody else uses it meanwhile.
    ///   - zone: Offsets of the time zone, packed.
    static func set(
        _ queue: QueueCalls, _ slot: ClaimSlot, name: String, _ parts: ScheduleParts, zone: [UInt8]
    ) -> ScriptCall {
        ScriptCall(set, keys: queue.keys, argumentCount: 8) { writer, isResent in
            begin(writer, slot, isResent, name)
            writer.argument(parts.timing)
            writer.argument(zone)
            writer.argument(parts.look)
            writer.argument(parts.job)
        }
    }

    static func remove(_ queue: QueueCalls, _ slot: ClaimSlot, name: String) -> ScriptCall {
        ScriptCall(remove, keys: queue.keys, argumentCount: 4) { writer, isResent in
            begin(writer, slot, isResent, name)
        }
    }

    static func list(_ queue: QueueCalls) -> ScriptCall {
        ScriptCall(list, keys: queue.keys, arguments: [])
    }

    private static func begin(_ writer: CommandWriter, _ slot: ClaimSlot, _ isResent: Bool, _ name: String) {
        writer.argument(slot.name)
        writer.argument(slot.request)
        writer.argument(isResent ? "1" as StaticString : "0")
        writer.argument(name)
    }
}

/// A schedule as the server keeps it, but for the offsets of its time zone.
struct ScheduleParts: Sendable {
    let timing: [UInt8]
    let look: [UInt8]
    /// Record of its jobs from the flags on.
    let job: [UInt8]

    init(_ schedule: ScheduleOptions, _ timing: ScheduleOptions.Timing, task: String, job: [UInt8]) {
        self.job = job
        let start = ScheduleParts.packed(schedule.start, bytes: 6)
        var line = ""
        switch timing {
        case .interval(let interval):
            self.timing = [UInt8(ascii: "i")] + start + ScheduleParts.packed(interval, bytes: 6)
        case .cron(let cron, let zone):
            line = cron.text
            self.timing =
                [UInt8(ascii: "c")] + start + [cron.eitherDaySuffices ? 1 : 0] + cron.digits + Array(zone.utf8)
        }
        look = [schedule.skipsMissed ? 1 : 0, UInt8(clamping: task.utf8.count)] + Array(task.utf8) + Array(line.utf8)
    }

    /// Offsets with the time for which they hold, in seconds since 1970.
    static func packed(_ offsets: ZoneOffsets, from: Int, through: Int) -> [UInt8] {
        var bytes = packed(Int64(from), bytes: 6) + packed(Int64(through), bytes: 6)
        bytes += packed(Int64(offsets.first), bytes: 4)
        for change in offsets.changes {
            bytes += packed(Int64(change.moment), bytes: 6) + packed(Int64(change.offset), bytes: 4)
        }
        return bytes
    }

    /// The lowest bytes of a number, the least significant first.
    private static func packed(_ value: Int64, bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) }
    }
}

/// One line of the list of a queue's schedules.
public struct ScheduleEntry: Sendable {
    public let name: String
    /// Empty when it has an interval.
    public let cron: String
    /// Of the cron line; empty when it has an interval.
    public let timeZone: String
    /// Milliseconds; 0 when it has a cron line.
    public let interval: Int64
    public let skipsMissed: Bool
    /// Task name of its jobs.
    public let task: String
    /// Milliseconds since 1970 by the server's clock; 0 when it never ticks again.
    public let nextMilliseconds: Int64
    /// Milliseconds since 1970 by the server's clock; 0 when it has not pushed any job.
    public let lastMilliseconds: Int64
    /// How many jobs it has pushed.
    public let runs: Int64

    /// Those that never tick again come last.
    var order: Int64 { nextMilliseconds == 0 ? .max : nextMilliseconds }

    /// How many elements of a reply tell of one schedule.
    static let replyLength = 6

    /// - Parameter index: Where in the reply it begins.
    init(_ reply: Reply, at index: Int) {
        name = reply.string(at: index)
        nextMilliseconds = reply.integer(at: index + 1)
        lastMilliseconds = reply.integer(at: index + 2)
        runs = reply.integer(at: index + 3)
        let timing = reply[index + 4]?.bytes ?? []
        let look = reply[index + 5]?.bytes ?? []
        let isCron = timing.first == UInt8(ascii: "c")
        interval = isCron ? 0 : timing.dropFirst(7).reversed().reduce(0) { $0 << 8 | Int64($1) }
        // After the kind, the start, whether either day suffices, and the digits.
        timeZone = isCron ? String(decoding: timing.dropFirst(203), as: UTF8.self) : ""
        skipsMissed = look.first == 1
        let length = look.count > 1 ? Int(look[1]) : 0
        task = String(decoding: look.dropFirst(2).prefix(length), as: UTF8.self)
        cron = String(decoding: look.dropFirst(2 + length), as: UTF8.self)
    }
}
