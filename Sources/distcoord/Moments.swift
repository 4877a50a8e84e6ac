// Moments as people write them.

import ArgumentParser
import Glibc

/// A moment from the command line: `2026-11-21T15:00:00Z`, `2026-11-21T15:00+01:00`, `2026-11-21 15:00` by this
/// machine's clock, or `@1795273200` in seconds since 1970.
struct WrittenMoment: ExpressibleByArgument {
    let millisecondsSince1970: Int64

    /// Year 9999: longer numbers are mistakes in writing.
    private static let latest: Double = 253_402_300_799

    init?(argument: String) {
        let milliseconds =
            argument.hasPrefix("@") ? Self.seconds(argument.dropFirst()) : Self.calendar(Array(argument.utf8))
        guard let milliseconds else { return nil }
        millisecondsSince1970 = milliseconds
    }

    private static func seconds(_ text: Substring) -> Int64? {
        // `Double` reads more than people mean: "nan", "0x10", "+1".
        guard text.first?.isASCII == true, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let value = Double(text), value <= latest
        else { return nil }
        return Int64((value * 1000).rounded())
    }

    private static func calendar(_ text: [UInt8]) -> Int64? {
        var rest = text[...]
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest.removeFirst()
            return true
        }
        func number(_ digits: Int, _ range: ClosedRange<Int32>) -> Int32? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            let value = part.reduce(Int32(0)) { $0 * 10 + Int32($1 - 0x30) }
            return range.contains(value) ? value : nil
        }

        guard let year = number(4, 1970...9999), skip("-"), let month = number(2, 1...12), skip("-"),
            let day = number(2, 1...31)
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
        var milliseconds: Int64 = 0
        var offset: Int64?
        if skip("T ") {
            guard let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59) else { return nil }
            (parts.tm_hour, parts.tm_min) = (hour, minute)
            if skip(":") {
                guard let second = number(2, 0...59) else { return nil }
                parts.tm_sec = second
                if skip(".") {
                    guard let fraction = number(3, 0...999) else { return nil }
                    milliseconds = Int64(fraction)
                }
            }
            if skip("Z") {
                offset = 0
            } else if let sign = rest.first, skip("+-") {
                guard let hours = number(2, 0...14) else { return nil }
                _ = skip(":")
                guard let minutes = number(2, 0...59) else { return nil }
                offset = Int64(hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
            }
        }
        guard rest.isEmpty else { return nil }
        // Without an offset the machine's own zone decides, summer time included.
        parts.tm_isdst = -1
        let seconds = offset.map { Int64(timegm(&parts)) - $0 } ?? Int64(mktime(&parts))
        // The C library makes March out of February 30.
        guard parts.tm_mday == day, seconds >= 0 else { return nil }
        return seconds * 1000 + milliseconds
    }
}
