// Data to stdout, everything else to stderr.

import Glibc

enum Output {
    /// Data. A reader that is gone ends the command by SIGPIPE, as it ends every filter; where that is blocked, in the
    /// same way, when it has cleared up.
    static func write(_ bytes: [UInt8]) throws {
        if !writeAll(bytes, to: STDOUT_FILENO) {
            if errno == EPIPE { throw Ended(status: ExitStatus.signalled(SIGPIPE)) }
            throw Complaint("stdout: \(String(cString: strerror(errno)))", status: ExitStatus.ourFault)
        }
    }

    /// Bytes as they are. On a terminal a prompt right behind them would look like a part of them.
    static func content(_ bytes: [UInt8]) throws {
        try write(bytes)
        if isatty(STDOUT_FILENO) == 1, bytes.last != UInt8(ascii: "\n") { try line("") }
    }

    static func line(_ text: String) throws { try write(Array((text + "\n").utf8)) }

    static func line(_ value: JSONValue) throws { try line(value.text) }

    /// One line for people.
    static func note(_ message: String) {
        _ = writeAll(Array("\(Program.name): \(message)\n".utf8), to: STDERR_FILENO)
    }

    static func hint(_ message: String) { _ = writeAll(Array("hint: \(message)\n".utf8), to: STDERR_FILENO) }

    /// False, with `errno`, when not all could be written.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    if errno == EAGAIN {
                        // Somebody else made the terminal or pipe non-blocking for all who share it.
                        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&entry, 1, -1)
                        continue
                    }
                    return false
                }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Names and values in two columns.
    static func table(_ rows: [(String, String)]) throws {
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value) in rows {
            try line(name + String(repeating: " ", count: width - name.count + 2) + value)
        }
    }

    /// Rows under a heading, each column as wide as its widest cell. What is written never breaks over lines.
    static func columns(_ heading: [String], _ rows: [[String]]) throws {
        var widths = heading.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        for row in [heading] + rows {
            var text = ""
            for (width, cell) in zip(widths, row) {
                text += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while text.last == " " { text.removeLast() }
            try line(text)
        }
    }

    /// A text of several lines under its name, set in; nothing for an empty one.
    static func block(_ name: String, _ text: String) throws {
        if text.isEmpty { return }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        try line("\(name):")
        for part in lines.last == "" ? lines.dropLast() : lines[...] {
            try line(part.isEmpty ? "" : "  " + String(part).visible)
        }
    }

    /// A moment as RFC 3339 in UTC with milliseconds.
    static func moment(_ millisecondsSince1970: Int64) -> String {
        var seconds = time_t(millisecondsSince1970 / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(time).\(padded(millisecondsSince1970 % 1000, 3))Z"
    }

    static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

extension String {
    /// With what would move the cursor or change the terminal written out: what jobs carry comes from others.
    var visible: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            result += Self.isControl(scalar) ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }

    /// At most so many characters of its visible form; what is cut is told.
    func clipped(_ length: Int) -> String {
        let whole = prefix(length + 1).description.visible
        return whole.count > length ? whole.prefix(length - 3) + "..." : whole
    }
}
