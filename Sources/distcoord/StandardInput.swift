// Bytes from stdin.

import Glibc

enum StandardInput {
    /// Everything until the end.
    static func all() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try next() { bytes += chunk }
        return bytes
    }

    /// What an argument says, or all of stdin for `-` and without an argument.
    static func content(unless argument: String?) throws -> [UInt8] {
        if let argument, argument != "-" { return Array(argument.utf8) }
        return try all()
    }

    /// Whether somebody sits at stdin who would have to type what an argument could have said.
    static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Calls for each line without its newline, the last one also if it has none; `moreIsReady` tells whether the next
    /// one can be had without waiting. It ends also when the other descriptor becomes readable.
    static func eachLine(
        unless stop: Int32 = -1, _ body: (_ line: [UInt8], _ moreIsReady: Bool) throws -> Void
    ) throws {
        let newline = UInt8(ascii: "\n")
        var rest: [UInt8] = []
        while let chunk = try next(unless: stop) {
            rest += chunk
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: newline) {
                let next = rest.index(after: end)
                let isLast = rest[next...].firstIndex(of: newline) == nil
                try body(Array(rest[start..<end]), !isLast || isReady())
                start = next
            }
            rest.removeSubrange(..<start)
        }
        if !rest.isEmpty { try body(rest, false) }
    }

    /// Calls for lines together that are there together, at most so many; a slow producer's line comes at once.
    static func eachGroup(ofLines most: Int, _ body: (_ lines: [[UInt8]]) throws -> Void) throws {
        var pending: [[UInt8]] = []
        func flush() throws {
            if pending.isEmpty { return }
            defer { pending.removeAll(keepingCapacity: true) }
            try body(pending)
        }
        try eachLine { line, moreIsReady in
            pending.append(line)
            if pending.count >= most || !moreIsReady { try flush() }
        }
        try flush()
    }

    private static func isReady() -> Bool {
        var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Nothing at the end.
    private static func next(unless stop: Int32 = -1) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if stop >= 0 {
                var ready = [
                    pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                ]
                _ = poll(&ready, 2, -1)
                if ready[1].revents != 0 { return nil }
            }
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count > 0 { return Array(buffer[..<count]) }
            if count == 0 { return nil }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                _ = poll(&entry, 1, -1)
            default:
                throw Complaint("stdin: \(String(cString: strerror(errno)))", status: ExitStatus.ourFault)
            }
        }
    }
}
