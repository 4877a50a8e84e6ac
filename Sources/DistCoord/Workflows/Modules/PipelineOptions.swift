// How an instance takes part in the run of a pipeline.

import Glibc

/// How an instance takes part in the run of a pipeline.
public struct PipelineOptions: Sendable {
    /// Which run it is, which instance this is, what it has. The environment says what is not given.
    public var instance: InstanceOptions
    /// How many modules this instance runs at the same time.
    public var concurrency: Int
    /// How long modules that run may take when this instance leaves; then they are given back.
    public var grace: Duration
    /// Whether SIGINT and SIGTERM stop the run everywhere: the first time modules that run always do so, the second
    /// time not even those, the third time ends this process.
    public var stopsOnSignals: Bool
    /// Is given a line for all that happens.
    public var report: @Sendable (String) -> Void

    /// Makes options; everything not given has its default. Without `report` the lines go to standard error.
    public init(
        instance: InstanceOptions = InstanceOptions(), concurrency: Int = 1, grace: Duration = .seconds(30),
        stopsOnSignals: Bool = true, report: (@Sendable (String) -> Void)? = nil
    ) {
        self.instance = instance
        self.concurrency = concurrency
        self.grace = grace
        self.stopsOnSignals = stopsOnSignals
        self.report = report ?? { writeLine($0, to: STDERR_FILENO) }
    }
}

/// One write for the whole text, so that lines of several processes do not mix.
func writeLine(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8) + [UInt8(ascii: "\n")]
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno != EINTR { return }
        sent += max(count, 0)
    }
}
