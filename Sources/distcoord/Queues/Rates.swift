// Rates as people write them.

import ArgumentParser
import DistCoord

/// So many in a time: `100/s`, `10/m`, `20/10s`; `none` for no limit.
struct WrittenRate: ExpressibleByArgument {
    /// 0 for no limit.
    let count: Int
    let period: Duration

    init?(argument: String) {
        if argument == "none" {
            (count, period) = (0, .seconds(1))
            return
        }
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), number > 0, let first = parts[1].first else { return nil }
        // A unit alone is one of it.
        let written = first.isNumber || first == "." ? String(parts[1]) : "1" + parts[1]
        guard let period = WrittenDuration(argument: written)?.duration, period > .zero else { return nil }
        count = number
        self.period = period
    }
}
