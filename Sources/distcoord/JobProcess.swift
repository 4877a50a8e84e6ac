// The command that works on one job: payload in, result out, the end of its stderr kept.

import DistCoord
import Glibc

/// How the command ended.
enum JobEnd {
    case exited(_ status: Int32, result: [UInt8], errorTail: String)
    /// More on stdout than a result may hold.
    case tooLarge
    /// Stopped because the worker ends.
    case stopped
    case lost
}

struct JobProcess {
    /// As much of stderr as goes with a failed job.
    private static let errorTailBytes = 4096
    /// The library's limit; the client's own may be lower, which it says itself.
    private static let resultBytes = 64 * 1024 * 1024

    private enum Stop { case givingBack, lost, tooLarge }

    private let child: ChildProcess
    private let input: Int32
    private let output: Int32
    private let error: Int32
    private let payload: [UInt8]
    private let killAfter: Int64

    init(_ job: BlockingJob, _ settings: WorkerSettings, queue: String, _ signals: Signals) throws {
        let toChild = try Pipe()
        let fromChild = try Pipe()
        let errors = try Pipe()
        let environment = Environment.forChild([
            ("DISTCOORD_JOB_ID", job.id), ("DISTCOORD_QUEUE", queue), ("DISTCOORD_TASK", job.task),
            ("DISTCOORD_ATTEMPT", String(job.attempt)), ("DISTCOORD_FENCE", String(job.fence)),
        ])
        do {
            child = try ChildProcess.start(
                settings.command, environment: environment,
                streams: ChildProcess.Streams(
                    input: toChild.readEnd, output: fromChild.writeEnd, error: errors.writeEnd),
                ownGroup: true, signals: signals)
        } catch {
            for pipe in [toChild, fromChild, errors] { pipe.closeBoth() }
            throw error
        }
        close(toChild.readEnd)
        close(fromChild.writeEnd)
        close(errors.writeEnd)
        (input, output, error) = (toChild.writeEnd, fromChild.readEnd, errors.readEnd)
        for descriptor in [input, output, error] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        payload = job.payload
        killAfter = settings.killAfter
    }

    /// Serves the command until its end. `mustStop` is asked whenever the slot is poked.
    func run(pokes: Int32, lossDescriptor: Int32, mustStop: () -> Bool) -> JobEnd {
        var written = 0
        var (inputIsOpen, outputIsOpen, errorIsOpen) = (true, true, true)
        var result: [UInt8] = []
        var tail: [UInt8] = []
        var stop: Stop?
        var killAt: Int64?
        func end(_ reason: Stop) {
            guard stop == nil else { return }
            stop = reason
            // One that is stopped could not heed a mere SIGTERM.
            for signal in [SIGTERM, SIGCONT] { for member in child.members { kill(member, signal) } }
            killAt = monotonicMilliseconds() + killAfter
        }
        func takeOutput() {
            outputIsOpen = Self.read(output) { result += $0 }
            if result.count > Self.resultBytes {
                result = []
                end(.tooLarge)
            }
        }
        func takeError() {
            errorIsOpen = Self.read(error) { bytes in
                _ = Output.writeAll(Array(bytes), to: STDERR_FILENO)
                tail += bytes
                if tail.count > 2 * Self.errorTailBytes { tail.removeFirst(tail.count - Self.errorTailBytes) }
            }
        }
        defer { for descriptor in [output, error] { close(descriptor) } }

        while true {
            if inputIsOpen {
                written += Self.write(payload[written...], to: input, isOpen: &inputIsOpen)
                if written == payload.count { inputIsOpen = false }
                if !inputIsOpen { close(input) }
            }
            if let status = child.reap() {
                if inputIsOpen { close(input) }
                // What the command wrote before it ended is in the pipes; what its own children still write is not waited for.
                if outputIsOpen { takeOutput() }
                if errorIsOpen { takeError() }
                // Nothing of a stopped command may work on when another worker has the job.
                if stop != nil { ProcessGroup.outlive(Set(child.members), killAt: killAt ?? 0) }
                switch stop {
                case .givingBack: return .stopped
                case .lost: return .lost
                case .tooLarge: return .tooLarge
                case nil: return .exited(status, result: result, errorTail: Self.text(tail))
                }
            }
            if mustStop() { end(.givingBack) }

            // A negative descriptor is one that poll(2) passes over.
            var ready = [
                pollfd(fd: pokes, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop == nil ? lossDescriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: outputIsOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorIsOpen ? error : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inputIsOpen ? input : -1, events: Int16(POLLOUT), revents: 0),
            ]
            _ = poll(&ready, nfds_t(ready.count), pollTimeout(until: killAt))
            if ready[0].revents != 0 { Self.drain(pokes) }
            if ready[1].revents != 0 { end(.lost) }
            if ready[2].revents != 0 { takeOutput() }
            if ready[3].revents != 0 { takeError() }
            if let at = killAt, monotonicMilliseconds() >= at {
                for member in child.members { kill(member, SIGKILL) }
                killAt = nil
            }
        }
    }

    /// Gives what can be read without waiting; false at the end of the stream.
    private static func read(_ descriptor: Int32, _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                take(buffer[..<count])
            } else if count == 0 {
                return false
            } else if errno != EINTR {
                return errno == EAGAIN
            }
        }
    }

    /// Writes as much as goes without waiting; the stream is closed when the command does not read it.
    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, isOpen: inout Bool) -> Int {
        var written = 0
        bytes.withUnsafeBytes { buffer in
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    written += count
                } else if errno != EINTR {
                    isOpen = errno == EAGAIN
                    return
                }
            }
        }
        return written
    }

    static func drain(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64)
        while Glibc.read(descriptor, &buffer, buffer.count) > 0 {}
    }

    /// The last lines as text; a cut inside a character shows as a replacement character, which says that it was cut.
    private static func text(_ tail: [UInt8]) -> String {
        var text = String(decoding: tail.suffix(errorTailBytes), as: UTF8.self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
