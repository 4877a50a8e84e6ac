// What is counted of the use of one name, or of all names of a kind.

/// Counts and times, to be added to others.
struct UseCounts: Sendable {
    /// Numbered as DISTCOORD_COUNT_* of include/distcoord/monitor.h.
    enum Count: Int, CaseIterable, Sendable {
        case acquired = 0
        case contended, timedOut, lost, released

        /// Its field on the server; see Lua/statistics_add.lua.
        var field: String {
            switch self {
            case .acquired: "a"
            case .contended: "c"
            case .timedOut: "t"
            case .lost: "l"
            case .released: "r"
            }
        }
    }

    /// Durations of one kind.
    struct Times: Sendable {
        private(set) var nanoseconds: Int64 = 0
        private(set) var histogram = DurationHistogram()

        mutating func record(nanoseconds: Int64) {
            let duration = max(0, nanoseconds)
            self.nanoseconds &+= duration
            histogram.record(nanoseconds: duration)
        }

        mutating func add(_ other: Times) {
            nanoseconds &+= other.nanoseconds
            histogram.add(other.histogram)
        }

        /// Takes whole microseconds and all buckets out; nanoseconds below that stay for the next time.
        mutating func take() -> Times {
            let rest = nanoseconds % 1_000
            defer { self = Times(nanoseconds: rest) }
            var taken = self
            taken.nanoseconds -= rest
            return taken
        }

        init() {}

        private init(nanoseconds: Int64) {
            self.nanoseconds = nanoseconds
        }
    }

    var acquired: Int64 = 0
    var contended: Int64 = 0
    var timedOut: Int64 = 0
    var lost: Int64 = 0
    var released: Int64 = 0
    var waits = Times()
    var holds = Times()

    subscript(count: Count) -> Int64 {
        switch count {
        case .acquired: acquired
        case .contended: contended
        case .timedOut: timedOut
        case .lost: lost
        case .released: released
        }
    }

    var isEmpty: Bool { (acquired | timedOut | lost | released) == 0 }

    mutating func add(_ other: UseCounts) {
        acquired &+= other.acquired
        contended &+= other.contended
        timedOut &+= other.timedOut
        lost &+= other.lost
        released &+= other.released
        waits.add(other.waits)
        holds.add(other.holds)
    }

    /// Takes everything out that can be told to the server.
    mutating func take() -> UseCounts {
        var taken = self
        taken.waits = waits.take()
        taken.holds = holds.take()
        var rest = UseCounts()
        rest.waits = waits
        rest.holds = holds
        self = rest
        return taken
    }

    /// Fields and amounts, as statistics_add.lua wants them.
    var fields: [(name: String, amount: Int64)] {
        var fields: [(name: String, amount: Int64)] = []
        for count in Count.allCases where self[count] != 0 { fields.append((count.field, self[count])) }
        for (prefix, times) in [("w", waits), ("h", holds)] {
            if times.nanoseconds >= 1_000 { fields.append((prefix + "s", times.nanoseconds / 1_000)) }
            times.histogram.forEach { fields.append((prefix + String($0), Int64($1))) }
        }
        return fields
    }
}
