// How far a batch is, on stderr: a bar on a terminal, else a line now and then, as logs want it.

import ArgumentParser
import DistCoord
import Glibc

enum ProgressForm: String, ExpressibleByArgument, CaseIterable {
    case auto, bar, plain, none
}

struct BatchProgress {
    private let form: ProgressForm
    private let title: String
    private var hasBar = false
    private var begun: (at: Int64, ended: Int)?

    /// How long to wait before it is shown anew, in milliseconds.
    var interval: Int64 { form == .bar ? 200 : 10_000 }

    init(_ form: ProgressForm, isQuiet: Bool, title: String) {
        let isTerminal = isatty(STDERR_FILENO) == 1 && Environment.value("TERM") != "dumb"
        self.form = form == .auto ? (isQuiet ? .none : isTerminal ? .bar : .plain) : form
        self.title = title
    }

    mutating func show(_ counts: BatchCounts, isLast: Bool) {
        let now = monotonicMilliseconds()
        let ended = counts.total - counts.open
        if begun == nil { begun = (now, ended) }
        switch form {
        case .none, .auto: break
        case .plain: Output.note("batch of '\(title)': \(counts.words)\(pace(counts, now))")
        case .bar:
            let width = 20
            let filled = counts.total == 0 ? 0 : ended * width / counts.total
            let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
            // Back to the line's begin, and erased behind: the text before may have been longer.
            write("\r\(title.visible)  [\(bar)] \(counts.words)\(isLast ? "" : pace(counts, now))\u{1b}[K")
            hasBar = true
            if isLast { end() }
        }
    }

    /// Leaves the bar's line.
    mutating func end() {
        if hasBar { write("\n") }
        hasBar = false
    }

    private func write(_ text: String) { _ = Output.writeAll(Array(text.utf8), to: STDERR_FILENO) }

    /// Jobs a second since the wait began, and how long the rest takes at that.
    private func pace(_ counts: BatchCounts, _ now: Int64) -> String {
        guard let begun, now - begun.at >= 1000, counts.open > 0 else { return "" }
        let perSecond = Double(counts.total - counts.open - begun.ended) * 1000 / Double(now - begun.at)
        guard perSecond > 0 else { return "" }
        let rate = perSecond < 10 ? String((perSecond * 10).rounded() / 10) : String(Int(perSecond))
        return ", \(rate)/s, \(Duration.seconds(Double(counts.open) / perSecond).brief) left"
    }
}
