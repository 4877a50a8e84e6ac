// Between `Duration` and the whole milliseconds of the C interface.

extension Duration {
    /// Rounded up, so that a positive time never becomes "do not wait"; clamped to what the interface can carry.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        let part = attoseconds / attosecondsPerMillisecond + (attoseconds % attosecondsPerMillisecond > 0 ? 1 : 0)
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = whole.addingReportingOverflow(part)
        return carried ? (whole < 0 ? .min : .max) : sum
    }
}

/// A wait of the C interface: nothing waits for ever, and a time that is over already (negative) tries once.
func waitMilliseconds(_ timeout: Duration?) -> Int64 {
    guard let timeout else { return -1 }
    return max(0, timeout.wholeMilliseconds)
}
