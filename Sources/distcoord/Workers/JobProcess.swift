// The command that works on one job: input in, result out, the end of its messages kept.

import DistCoord
import Glibc

/// How the command ended.
enum JobEnd {
    case ended(ChildProcess.End, result: [UInt8], errorTail: String)
    case stopped(JobStop)
}

/// Why a command was stopped.
enum JobStop {
    /// The worker ends.
    case givingBack
    /// More on stdout than a result may hold.
    case tooLarge
    /// Somebody has asked to cancel the job.
    case cancelled
    /// The time for the attempt is over; the library has said so.
    case expired
    /// The lease has ended.
    case lost

    init?(_ state: BlockingJob.State) {
        switch state {
        case .claimed: return nil
        case .cancelling: self = .cancelled
        case .expired: self = .expired
        // Settled by nobody here: the library has given it back.
        case .lost, .settled: self = .lost
        }
    }
}

/// What is started for a job, and what becomes of its streams.
struct JobPlan {
    let arguments: [String]
    let environment: [String]
    var directory: String?
    /// What it gets on stdin.
    var input: [UInt8] = []
    /// Whether stdout is the result; else it goes with stderr, in the order in which both are written.
    var keepsOutput = true
    let killAfter: Int64
    /// Gets what it says: stderr.
    var pass: ([UInt8]) -> Void = { _ = Output.writeAll($0, to: STDERR_FILENO) }
}

struct JobProcess {
    /// As much of stderr as goes with a failed job.
    private static let errorTailBytes = 4096
    /// The library's limit; the client's own may be lower, which it says itself.
    private static let resultBytes = 64 * 1024 * 1024

    /// How often a job's state is looked at when the process has no descriptor left that would tell it.
    private static let lookInterval: Int32 = 200

    private let job: BlockingJob
    private let child: ChildProcess
    private let plan: JobPlan
    private let input: Int32
    /// Negative when all that it writes comes by `error`.
    private let output: Int32
    private let error: Int32

    init(_ job: BlockingJob, _ plan: JobPlan, _ signals: Signals) throws {
        let toChild = try Pipe()
        let fromChild = plan.keepsOutput ? try Pipe() : nil
        let errors = try Pipe()
        do {
            child = try ChildProcess.start(
                plan.arguments, environment: plan.environment, directory: plan.directory,
                streams: ChildProcess.Streams(
                    input: toChild.readEnd, output: fromChild?.writeEnd ?? errors.writeEnd, error: errors.writeEnd),
                ownGroup: true, signals: signals)
        } catch {
            for pipe in [toChild, fromChild, errors] { pipe?.closeBoth() }
            throw error
        }
        close(toChild.readEnd)
        if let fromChild { close(fromChild.writeEnd) }
        close(errors.writeEnd)
        (input, output, error) = (toChild.writeEnd, fromChild?.readEnd ?? -1, errors.readEnd)
        for descriptor in [input, output, error] where descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        self.job = job
        self.plan = plan
    }

    /// Serves the command until its end. `mustStop` is asked whenever the slot is poked.
    func run(pokes: Int32, progress: ProgressReporter, mustStop: () -> Bool) -> JobEnd {
        let payload = plan.input
        var written = 0
        var (inputIsOpen, outputIsOpen, errorIsOpen) = (true, output >= 0, true)
        var result: [UInt8] = []
        var lines = ProgressLines()
        var tail: [UInt8] = []
        var stop: JobStop?
        var killAt: Int64?
        func end(_ reason: JobStop) {
            guard stop == nil else { return }
            stop = reason
            // One that is stopped could not heed a mere SIGTERM.
            for signal in [SIGTERM, SIGCONT] { for member in child.members { kill(member, signal) } }
            killAt = monotonicMilliseconds() + plan.killAfter
        }
        func takeOutput() {
            outputIsOpen = Self.read(output) { result += $0 }
            if result.count > Self.resultBytes {
                result = []
                end(.tooLarge)
            }
        }
        func pass(_ bytes: [UInt8]) {
            if bytes.isEmpty { return }
            plan.pass(bytes)
            tail += bytes
            if tail.count > 2 * Self.errorTailBytes { tail.removeFirst(tail.count - Self.errorTailBytes) }
        }
        func takeError() {
            errorIsOpen = Self.read(error) { bytes in
                let (rest, said) = lines.take(bytes)
                pass(rest)
                if let said { progress.report(job, said) }
            }
        }
        defer { for descriptor in [output, error] where descriptor >= 0 { close(descriptor) } }

        let events = job.lossDescriptor
        while true {
            if inputIsOpen {
                written += Self.write(payload[written...], to: input, isOpen: &inputIsOpen)
                if written == payload.count { inputIsOpen = false }
                if !inputIsOpen { close(input) }
            }
            if let childEnd = child.reap() {
                if inputIsOpen { close(input) }
                // What the command wrote before it ended is in the pipes; what its own children still write is not
                // waited for.
                if outputIsOpen { takeOutput() }
                if errorIsOpen { takeError() }
                pass(lines.finish())
                progress.forget(job)
                guard let stop else { return .ended(childEnd, result: result, errorTail: Self.text(tail)) }
                // Nothing of a stopped command may work on when another worker has the job.
                ProcessGroup.outlive(Set(child.members), killAt: killAt ?? 0)
                return .stopped(stop)
            }
            if mustStop() { end(.givingBack) }

            var timeout = pollTimeout(until: killAt)
            if stop == nil, events < 0 { timeout = Self.lookInterval }
            // A negative descriptor is one that poll(2) passes over.
            var ready = [
                pollfd(fd: pokes, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop == nil ? events : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: outputIsOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorIsOpen ? error : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inputIsOpen ? input : -1, events: Int16(POLLOUT), revents: 0),
            ]
            _ = poll(&ready, nfds_t(ready.count), timeout)
            if ready[0].revents != 0 { Self.drain(pokes) }
            if stop == nil, events < 0 || ready[1].revents != 0, let reason = JobStop(job.state) { end(reason) }
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

    /// Reads what one write has put there.
    static func drainByte(_ descriptor: Int32) {
        var byte: UInt8 = 0
        _ = Glibc.read(descriptor, &byte, 1)
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
