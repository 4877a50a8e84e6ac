// How long to leave a server alone that is away.

/// Pauses between attempts that failed for a reason that may pass; each is twice as long as the one before.
struct Pauses {
    private static let first = Duration.milliseconds(100)
    private static let longest = Duration.seconds(2)

    private var pause = Pauses.first

    /// Does not sleep in a cancelled task.
    mutating func sleep() async {
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, Self.longest)
    }

    mutating func reset() { pause = Self.first }
}
