// How long a caller is willing to wait, and who may tell it to stop.

/// Asked by whoever waits whether to give up; may run a function of the host, so no lock is held.
public typealias StopQuestion = @Sendable () -> Bool

/// The deadline of a call and a question whether to give up before.
public struct Patience: Sendable {
    /// When to give up.
    public var deadline: Instant
    /// Asked at least every `slice` while a call waits; true ends it with `.cancelled`.
    public var shouldStop: StopQuestion?

    /// How often `shouldStop` is asked, in milliseconds.
    public static let slice: Int64 = 50

    public init(deadline: Instant, shouldStop: StopQuestion? = nil) {
        self.deadline = deadline
        self.shouldStop = shouldStop
    }

    /// The next moment at which to look up from a sleep.
    public var nextLook: Instant {
        shouldStop == nil ? deadline : min(deadline, Instant.now.advanced(milliseconds: Patience.slice))
    }

    /// Whether somebody wants the call to end.
    public var isStopped: Bool {
        shouldStop?() ?? false
    }
}
