// Durations as people write them, and as the command writes them.

import ArgumentParser
import DistCoord

/// A duration from the command line or the environment: `10`, `0.5`, `250ms`, `10s`, `5m`, `2h`, `1d`.
struct WrittenDuration: ExpressibleByArgument {
    let duration: Duration

    private static let units: [(suffix: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Ten years: longer is a mistake in writing, and the sum with a clock must not overflow.
    private static let longest = 10 * 366 * 86_400_000.0

    init?(argument: String) {
        var number = argument[...]
        var scale = 1000.0
        if let unit = Self.units.first(where: { argument.hasSuffix($0.suffix) }) {
            number = argument.dropLast(unit.suffix.count)
            scale = unit.milliseconds
        }
        // `Double` reads more than people mean: "nan", "0x10", "+1".
        guard let first = number.first, first.isASCII, first.isNumber || first == ".",
            number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(number)
        else { return nil }
        let milliseconds = value * scale
        guard milliseconds <= Self.longest else { return nil }
        duration = .milliseconds(Int64(milliseconds.rounded(.up)))
    }

    /// From an environment variable that stands for a flag; the flag wins.
    static func environment(_ name: String) throws -> WrittenDuration? {
        guard let text = Environment.value(name), !text.isEmpty else { return nil }
        guard let written = WrittenDuration(argument: text) else {
            throw Complaint(
                "\(name) is '\(text)', which is no duration such as 10s", status: ExitStatus.badConfiguration)
        }
        return written
    }
}

extension Duration {
    /// As few letters as tell it: `0s`, `12s`, `1m05s`, `2h03m`, `3d04h`. Rounded up to seconds, since a lease of 0 s
    /// would look ended.
    var brief: String {
        let milliseconds = max(0, wholeMilliseconds)
        let seconds = milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
        if seconds < 86_400 { return "\(seconds / 3600)h\(two(seconds % 3600 / 60))m" }
        return "\(seconds / 86_400)d\(two(seconds % 86_400 / 3600))h"
    }

    /// For times that are mostly short: `85µs`, `1.2ms`, `340ms`, `2.5s`, and from a minute on as ``brief``.
    var precise: String {
        let seconds = inSecondsExactly
        if seconds >= 60 { return brief }
        let (number, unit) =
            seconds >= 1 ? (seconds, "s") : seconds >= 0.001 ? (seconds * 1000, "ms") : (seconds * 1_000_000, "µs")
        let rounded = number < 10 && number > 0 ? (number * 10).rounded() / 10 : number.rounded()
        return (rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)) + unit
    }

    /// Seconds for JSON.
    var inSeconds: Double { Double(wholeMilliseconds) / 1000 }

    /// Seconds with all their digits, for measured times.
    var inSecondsExactly: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
