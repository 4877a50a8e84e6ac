// What is left of a command after its end: the processes that it started and that were told to stop with it.

import Glibc

enum ProcessGroup {
    /// Waits until nobody of those is left, kills at the moment given who still is, and does not wait long for that.
    /// Members are as for kill(2): a process, or a group by its negative number.
    static func outlive(_ members: Set<pid_t>, killAt: Int64) {
        var pause: UInt32 = 500
        func waitForAll(until deadline: Int64) -> Bool {
            while members.contains(where: isAlive) {
                if monotonicMilliseconds() >= deadline { return false }
                usleep(pause)
                pause = min(pause * 2, 20_000)
            }
            return true
        }
        if waitForAll(until: killAt) { return }
        for member in members { kill(member, SIGKILL) }
        // One that the kernel cannot end (it waits for a dead disk) must not hold us up for ever.
        _ = waitForAll(until: monotonicMilliseconds() + 1000)
    }

    /// Whether it runs. A dead one whose parent has not asked for its status still answers kill(2), and the parent that
    /// it got after the command's end, the first process of a container, may never ask.
    private static func isAlive(_ member: pid_t) -> Bool {
        if kill(member, 0) != 0 { return false }
        if member > 0 { return state(of: member).map { !$0.isDead } ?? false }
        return processes().contains { pid in
            guard let state = state(of: pid) else { return false }
            return state.group == -member && !state.isDead
        }
    }

    private static func state(of pid: pid_t) -> (isDead: Bool, group: pid_t)? {
        guard let text = contents(ofFile: "/proc/\(pid)/stat") else { return nil }
        // The name in parentheses may itself contain spaces and parentheses; what follows the last one is fixed:
        // state, parent, group.
        let fields = text.split(separator: ")", omittingEmptySubsequences: false).last?.split(separator: " ") ?? []
        guard fields.count > 2, let group = pid_t(fields[2]) else { return nil }
        return (fields[0] == "Z" || fields[0] == "X", group)
    }

    private static func processes() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var result: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let pid = pid_t(name) { result.append(pid) }
        }
        return result
    }

    /// A small file of /proc as text.
    static func contents(ofFile path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
