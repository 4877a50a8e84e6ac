// What steps say, each line under the step's name, and one line at the bottom of a terminal that tells how it goes.
// Several slots write at the same time; a line of one never lies within a line of another.

import Glibc
import Synchronization

final class StepPrinter: Sendable {
    private struct State {
        /// What stands at the bottom of the terminal, not ended by a newline.
        var status = ""
        /// Steps that run here, and since when.
        var running: [(step: String, since: Int64)] = []
    }

    /// Whether steps' words are shown at all.
    let showsOutput: Bool
    /// Whether there is a line at the bottom.
    let hasStatus: Bool
    /// Where steps' words go: to stderr when stdout is for data alone.
    private let descriptor: Int32
    private let state = Mutex(State())

    init(showsOutput: Bool, toError: Bool = false, hasStatus: Bool = false) {
        self.showsOutput = showsOutput
        self.hasStatus = hasStatus
        descriptor = toError ? STDERR_FILENO : STDOUT_FILENO
    }

    // MARK: Steps

    func begin(_ step: String, attempt: Int, in logDirectory: String?) -> StepOutput {
        state.withLock { $0.running.append((step, monotonicMilliseconds())) }
        return StepOutput(step, attempt: attempt, self, logDirectory)
    }

    func end(_ step: String) {
        state.withLock { state in
            if let place = state.running.firstIndex(where: { $0.step == step }) { state.running.remove(at: place) }
        }
    }

    func show(_ lines: [UInt8]) {
        if lines.isEmpty || !showsOutput { return }
        state.withLock { state in
            erase(state)
            // A reader that is gone is found out about by those who write data.
            _ = Output.writeAll(lines, to: descriptor)
            draw(state)
        }
    }

    /// One line for people.
    func note(_ message: String) {
        state.withLock { state in
            erase(state)
            Output.note(message)
            draw(state)
        }
    }

    // MARK: The line at the bottom

    /// - Parameter head: What is told before the steps that run here.
    func status(_ head: String) {
        guard hasStatus else { return }
        let now = monotonicMilliseconds()
        state.withLock { state in
            erase(state)
            let running = state.running.map { "\($0.step) (\(Duration.milliseconds(now - $0.since).brief))" }
            let text = running.isEmpty ? head : "\(head) · \(running.joined(separator: ", "))"
            // A line that wraps could not be erased.
            state.status = text.clipped(max(20, Self.width - 1))
            draw(state)
        }
    }

    func endStatus() {
        state.withLock { state in
            erase(state)
            state.status = ""
        }
    }

    private func erase(_ state: State) { if !state.status.isEmpty { write("\r\u{1b}[K") } }
    private func draw(_ state: State) { if !state.status.isEmpty { write(state.status) } }
    private func write(_ text: String) { _ = Output.writeAll(Array(text.utf8), to: STDERR_FILENO) }

    private static var width: Int {
        var size = winsize()
        if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return 80
    }
}

/// The words of one attempt. Used by the thread that runs it.
final class StepOutput {
    /// A line without an end is shown in pieces of that size.
    private static let longestLine = 16_384

    private let step: String
    private let printer: StepPrinter
    private let prefix: [UInt8]
    private var held: [UInt8] = []
    private var log: Int32 = -1

    fileprivate init(_ step: String, attempt: Int, _ printer: StepPrinter, _ logDirectory: String?) {
        self.step = step
        self.printer = printer
        prefix = Array("[\(step)] ".utf8)
        guard let logDirectory else { return }
        let file = "\(logDirectory)/\(String(step.map { $0 == "/" ? "_" : $0 }))\(attempt > 1 ? ".\(attempt)" : "").log"
        log = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        if log < 0 { printer.note("\(file): \(String(cString: strerror(errno))); step '\(step)' has no log") }
    }

    func take(_ bytes: [UInt8]) {
        if log >= 0, !Output.writeAll(bytes, to: log) {
            printer.note("log of step '\(step)': \(String(cString: strerror(errno))); the rest is not kept")
            close(log)
            log = -1
        }
        held += bytes
        var lines: [UInt8] = []
        var start = held.startIndex
        while let end = held[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines += prefix + held[start...end]
            start = end + 1
        }
        held.removeSubrange(..<start)
        if held.count > Self.longestLine { flush(into: &lines) }
        printer.show(lines)
    }

    /// Something that is wrong with the step itself.
    func say(_ message: String) { take(Array((message + "\n").utf8)) }

    func end() {
        var lines: [UInt8] = []
        if !held.isEmpty { flush(into: &lines) }
        printer.show(lines)
        if log >= 0 { close(log) }
        printer.end(step)
    }

    private func flush(into lines: inout [UInt8]) {
        lines += prefix + held + [UInt8(ascii: "\n")]
        held = []
    }
}
