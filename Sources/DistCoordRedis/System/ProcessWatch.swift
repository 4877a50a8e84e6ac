// Another process of this machine: whether it has ended, and a sleep until it does.

import CLinux
import Glibc

/// A process, told apart from later ones that are given its number.
public final class ProcessWatch: Sendable {
    public let process: Int32
    private let startTime: UInt64?
    /// Readable when the process has ended; -1 on kernels that have no such thing (before Linux 5.3).
    private let descriptor: Int32
    private let isGone: Bool
    private let wake = EventDescriptor()

    /// How often a process is looked for on kernels that do not tell, in milliseconds.
    private static let recheck: Int64 = 100

    /// - Parameter startTime: When the process that is meant was started; nil: the one that has the number now.
    public init(_ process: Int32, startTime: UInt64? = nil) {
        self.process = process
        descriptor = clinux_pidfd_open(process)
        let failure = descriptor < 0 ? errno : 0
        // Looked at after the descriptor was made: when it is the right one now, so it is in the descriptor.
        let present = ProcessWatch.startTime(of: process)
        isGone = failure == ESRCH || (startTime != nil && present != nil && present != startTime)
        self.startTime = startTime ?? present
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// When a process was started, in ticks since boot; nil when there is none or /proc does not tell.
    public static func startTime(of process: Int32) -> UInt64? {
        fields(of: process).flatMap { $0.count > 19 ? UInt64($0[19]) : nil }
    }

    /// Whether it has ended, even if nobody has waited for it yet.
    public var hasEnded: Bool {
        if isGone { return true }
        if descriptor >= 0 {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&watched, 1, 0) > 0
        }
        if kill(process, 0) != 0, errno == ESRCH { return true }
        guard let fields = ProcessWatch.fields(of: process), fields.count > 19 else { return false }
        return fields[0] == "Z" || (startTime != nil && UInt64(fields[19]) != startTime)
    }

    /// Sleeps until it ends, somebody unparks the parker, or the deadline; now and then without a reason.
    public func sleep(_ parker: Parker, until deadline: Instant) {
        guard descriptor >= 0 else {
            parker.park(until: min(deadline, .now.advanced(milliseconds: ProcessWatch.recheck)))
            return
        }
        if parker.beginPolling(wake) {
            defer { parker.endPolling() }
            var watched = (
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            )
            _ = withUnsafeMutablePointer(to: &watched) {
                $0.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, deadline.pollTimeout()) }
            }
            if watched.1.revents != 0 { wake.lower() }
        }
        _ = parker.take()
    }

    /// Asks it to end, and collects it if that falls to this process, as it does in a container whose first process
    /// this is.
    public func terminate() {
        if descriptor >= 0 {
            _ = clinux_pidfd_send_signal(descriptor, SIGTERM)
        } else if !hasEnded {
            kill(process, SIGTERM)
        }
        guard let fields = ProcessWatch.fields(of: process), fields.count > 19, Int32(fields[1]) == getpid(),
            startTime == UInt64(fields[19])
        else { return }
        var status: Int32 = 0
        let end = Instant.now.advanced(milliseconds: ProcessWatch.recheck)
        while waitpid(process, &status, WNOHANG) == 0, Instant.now < end { poll(nil, 0, 1) }
    }

    /// The fields of /proc/<process>/stat that follow its name, which may itself contain anything: its state is the
    /// first.
    private static func fields(of process: Int32) -> [Substring]? {
        let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
    }
}
