// Asking a program something: what it writes, without a shell, without leaving a zombie, and without waiting for ever.

import CLinux
import Glibc

extension DetachedProcess {
    /// Runs a program and returns what it writes to its standard output.
    ///
    /// - Parameters:
    ///   - arguments: The program, looked for on PATH, and its arguments.
    ///   - limit: How many bytes it may write.
    /// - Returns: nil when it cannot be run, fails, takes longer than `milliseconds` or writes more.
    public static func output(of arguments: [String], milliseconds: Int64, limit: Int) -> [UInt8]? {
        guard let program = arguments.first else { return nil }
        let deadline = Instant.now.advanced(milliseconds: milliseconds)
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { return nil }
        defer { Glibc.close(ends[0]) }
        // Above the numbers that it gets in the program, so that neither is in the other's way.
        let writeEnd = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        Glibc.close(ends[1])
        guard writeEnd >= 0 else { return nil }
        var process = pid_t()
        let failure = withSettings(
            arguments, environment, output: "/dev/null", [(descriptor: writeEnd, number: 1)]
        ) {
            posix_spawnp(&process, program, $0, $1, $2, $3)
        }
        // While it is open here, too, the program's end would not be seen.
        Glibc.close(writeEnd)
        guard failure == 0 else { return nil }
        let output = read(ends[0], until: deadline, limit: limit)
        let hasSucceeded = collect(process, until: output == nil ? .now : deadline)
        return hasSucceeded ? output : nil
    }

    /// Reads to the end; nil when that does not come in time, or not within the limit.
    private static func read(_ descriptor: Int32, until deadline: Instant, limit: Int) -> [UInt8]? {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 512)
        while output.count <= limit {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, deadline.pollTimeout())
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return output }
            output += buffer[..<count]
        }
        return nil
    }

    /// Takes a process's status, ending the process when it goes on after the deadline; whether it has succeeded.
    private static func collect(_ process: pid_t, until deadline: Instant) -> Bool {
        let parker = Parker()
        var status: Int32 = 0
        while true {
            let collected = waitpid(process, &status, WNOHANG)
            if collected == process { return status == 0 }
            // A host that ignores SIGCHLD, or waits for all children, has had the status: what was written must do.
            if collected < 0, errno != EINTR { return errno == ECHILD }
            guard Instant.now < deadline else { break }
            parker.park(until: .now.advanced(milliseconds: 1))
        }
        kill(process, SIGKILL)
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return false
    }
}
